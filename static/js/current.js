// What one is on stays in sight where a row of tabs or the side of the desk has to scroll.
import { each } from "./dom.js";

export function init(root) {
  each(root, ".tabs, .side", (list) => {
    const current = list.querySelector("[aria-current], [aria-selected='true']");
    if (!current) return;
    const [inner, outer] = [current.getBoundingClientRect(), list.getBoundingClientRect()];
    if (inner.right > outer.right) list.scrollLeft += inner.right - outer.right + 24;
    if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom + 24;
  });
}
