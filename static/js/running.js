// <span data-running="ISO instant">: hours and minutes since then, seconds small; announced by nobody, read on demand.
import { each, make } from "./dom.js";

export function init(root) {
  each(root, "[data-running]", (element) => {
    const since = Date.parse(element.dataset.running);
    const small = make("small");
    const text = document.createTextNode("");
    const show = () => {
      const seconds = Math.max(0, Math.floor((Date.now() - since) / 1000));
      text.data = `${Math.floor(seconds / 3600)}:${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}`;
      small.textContent = `:${String(seconds % 60).padStart(2, "0")}`;
    };
    show();
    element.replaceChildren(text, small);
    const timer = setInterval(() => (element.isConnected ? show() : clearInterval(timer)), 1000);
  });
}
