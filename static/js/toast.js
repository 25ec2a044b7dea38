// Toasts leave after eight seconds unless somebody points at them or stands in them. Errors never come as toasts.
import { each } from "./dom.js";

const STAY = 8000;

export function init(root) {
  each(root, "[data-toast]", (toast) => {
    let timer = setTimeout(() => toast.remove(), STAY);
    const hold = () => clearTimeout(timer);
    const release = () => {
      hold();
      timer = setTimeout(() => toast.remove(), STAY);
    };
    toast.addEventListener("pointerenter", hold);
    toast.addEventListener("focusin", hold);
    toast.addEventListener("pointerleave", release);
    toast.addEventListener("focusout", release);
    toast.querySelector("[data-toast-close]")?.addEventListener("click", () => toast.remove());
  });
}
