// The error summary takes the focus; its links focus the control, also when it is a group.
import { each } from "./dom.js";

export function init(root) {
  each(root, "[data-error-summary]", (summary) => {
    summary.focus();
    summary.addEventListener("click", (event) => {
      const id = event.target.closest("a")?.getAttribute("href")?.slice(1);
      const target = id && document.getElementById(id);
      if (!target) return;
      const control = target.matches("input, select, textarea") ? target : target.querySelector("input, select, textarea");
      if (!control) return;
      event.preventDefault();
      control.focus();
      control.closest(".field")?.scrollIntoView({ block: "center" });
    });
  });
}
