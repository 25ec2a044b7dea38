// Show a password, tick all rows, send a form as soon as a choice changes.
import { each } from "./dom.js";

export function init(root) {
  each(root, "[data-password]", (box) => {
    const input = box.querySelector("input");
    const button = box.querySelector("[data-password-show]");
    const show = button.textContent;
    button.hidden = false;
    button.addEventListener("click", () => {
      input.type = input.type === "password" ? "text" : "password";
      button.textContent = input.type === "password" ? show : button.dataset.hide;
    });
  });
  each(root, "[data-pick-all]", (all) => {
    const rows = () => [...document.querySelectorAll(`input[name="${all.dataset.pickAll}"]`)];
    all.addEventListener("change", () => {
      for (const row of rows()) row.checked = all.checked;
      rows()[0]?.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });
  each(root, "form[data-send-on-change]", (form) => {
    form.addEventListener("change", () => form.requestSubmit());
  });
  each(root, "tr:has(> .pick input)", (row) => {
    const box = row.querySelector(".pick input");
    const follow = () => row.classList.toggle("selected", box.checked);
    follow();
    box.addEventListener("change", follow);
  });
}
