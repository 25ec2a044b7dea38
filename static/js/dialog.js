// <button data-dialog="id"> opens a native dialog; [data-dialog-close] and a click on the backdrop close it.
import { each } from "./dom.js";

export function init(root) {
  each(root, "[data-dialog]", (button) => {
    button.addEventListener("click", (event) => {
      const dialog = document.getElementById(button.dataset.dialog);
      if (!dialog?.showModal) return;
      event.preventDefault();
      dialog.showModal();
    });
  });
  each(root, "dialog", (dialog) => {
    for (const button of dialog.querySelectorAll("[data-dialog-close]")) button.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  });
}
