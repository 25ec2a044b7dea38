// Auto, light or dark, kept in this browser. layout.html applies it before the first paint.
import { each } from "./dom.js";

const KEY = "theme";

function stored() {
  try {
    return localStorage.getItem(KEY) ?? "auto";
  } catch {
    return "auto";
  }
}

function apply(choice) {
  if (choice === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  for (const button of document.querySelectorAll("[data-theme-value]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeValue === choice));
  }
}

export function init(root) {
  each(root, "[data-theme-switch]", (group) => {
    apply(stored());
    group.addEventListener("click", (event) => {
      const choice = event.target.closest("[data-theme-value]")?.dataset.themeValue;
      if (!choice) return;
      try {
        localStorage.setItem(KEY, choice);
      } catch {
        // Private windows may refuse; the choice then lasts for this page.
      }
      apply(choice);
    });
  });
}
