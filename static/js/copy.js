// <button data-copy="text" data-copied="Copied">: the word changes for two seconds.
import { each } from "./dom.js";

export function init(root) {
  each(root, "[data-copy]", (button) => {
    const word = button.querySelector("[data-copy-word]") ?? button;
    word.setAttribute("aria-live", "polite");
    const before = word.textContent;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy);
      } catch {
        return;
      }
      word.textContent = button.dataset.copied;
      setTimeout(() => { word.textContent = before; }, 2000);
    });
  });
}
