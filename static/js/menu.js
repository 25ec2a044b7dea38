// <details data-menu> closes on Escape, on a click outside and when the focus leaves; filters fold on narrow screens.
import { each } from "./dom.js";

export function init(root) {
  each(root, "details[data-menu]", (menu) => {
    const summary = menu.querySelector("summary");
    document.addEventListener("pointerdown", (event) => {
      if (menu.open && !menu.contains(event.target)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      summary.focus();
    });
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
  });
  each(root, "details[data-fold-narrow]", (fold) => {
    const narrow = matchMedia("(max-width: 1020px)");
    const follow = () => { fold.open = !narrow.matches; };
    follow();
    narrow.addEventListener("change", follow);
  });
}
