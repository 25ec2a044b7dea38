// A file field that takes drops and lists what was chosen.
import { each } from "./dom.js";

function size(bytes) {
  if (bytes < 1024 * 1024) return `${Math.max(1, Math.round(bytes / 1024))}\u00a0KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)}\u00a0MB`;
}

export function init(root) {
  each(root, "[data-upload]", (box) => {
    const input = box.querySelector("input[type=file]");
    const list = box.querySelector("[data-upload-files]");
    const show = () => {
      const names = [...input.files].map((file) => `${file.name} (${size(file.size)})`);
      const most = Number(input.dataset.most || Infinity);
      const over = [...input.files].some((file) => file.size > most);
      list.textContent = names.length ? names.join("; ") : list.dataset.none;
      if (over) list.textContent += ` – ${input.dataset.tooLarge}`;
      list.toggleAttribute("data-over", over);
      input.setCustomValidity(over ? input.dataset.tooLarge : "");
    };
    input.addEventListener("change", show);
    box.addEventListener("dragover", (event) => {
      event.preventDefault();
      box.dataset.over = "";
    });
    box.addEventListener("dragleave", () => delete box.dataset.over);
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      delete box.dataset.over;
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });
}
