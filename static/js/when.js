// Shows what belongs to a choice only while it is chosen: data-when="name:value,value;other:value".
import { each } from "./dom.js";

function holds(form, condition) {
  return condition.split(";").every((part) => {
    const [name, values] = part.split(":");
    const control = form.elements[name];
    return !control || values.split(",").includes(control.value);
  });
}

export function init(root) {
  each(root, "form:has([data-when])", (form) => {
    const follow = () => {
      for (const box of form.querySelectorAll("[data-when]")) box.hidden = !holds(form, box.dataset.when);
    };
    follow();
    form.addEventListener("change", follow);
  });
}
