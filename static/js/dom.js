// Finds the elements of a behaviour once: those below root and root itself.
export function each(root, selector, act) {
  const found = [...root.querySelectorAll(selector)];
  if (root.matches?.(selector)) found.unshift(root);
  const mark = `ready${selector.replace(/[^a-z]/gi, "")}`;
  for (const element of found) {
    if (element[mark]) continue;
    element[mark] = true;
    act(element);
  }
}

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}
