"""What every page must keep: no fault that axe-core calls serious, and nothing wider than the window."""

import functools
import json
from typing import Any

from playwright.sync_api import Page

from deploy.local.layout import STATIC

# A rule's faults have the impact of the rule: those that could only find what is left out below need not run.
RUN_AXE = """async (withColours) => {
  const isGrave = (one) => one.impact === "serious" || one.impact === "critical";
  const others = axe._audit.rules.filter(rule => rule.impact && !isGrave(rule));
  const rules = Object.fromEntries(others.map(rule => [rule.id, {enabled: false}]));
  if (!withColours) rules["color-contrast"] = {enabled: false};
  const options = {resultTypes: ["violations"], preload: false, selectors: false, rules};
  return (await axe.run(document, options)).violations.filter(isGrave)
    .map(fault => [fault.id, fault.help, fault.nodes.slice(0, 4).map(node => node.html.slice(0, 200))]);
}"""

TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const inScroller = (element) => {
    for (let outer = element.parentElement; outer; outer = outer.parentElement)
      if (getComputedStyle(outer).overflowX !== "visible") return true;
    return false;
  };
  return [...document.body.querySelectorAll("*")]
    .filter(element => element.getBoundingClientRect().right > width + 1 && !inScroller(element))
    .slice(0, 4).map(element => element.outerHTML.slice(0, 160));
}"""


@functools.cache
def _axe() -> str:
    manifest: dict[str, str] = json.loads((STATIC / "vendor" / "manifest.json").read_text())
    return f"/static/vendor/{manifest['axe']}"


def serious_faults(page: Page, *, colours: bool = True) -> list[str]:
    """What axe-core calls serious or critical on this page, a line each; `colours`: contrast too, half of the work."""
    page.wait_for_load_state()
    if not page.evaluate("() => 'axe' in window"):
        page.add_script_tag(url=_axe())  # by its address, so that the browser need not compile it anew on each page
    faults: list[Any] = page.evaluate(RUN_AXE, colours)
    return [f"{page.url}: {name}, {text}\n    " + "\n    ".join(nodes) for name, text, nodes in faults]


def too_wide(page: Page, width: int, height: int = 844) -> list[str]:
    """What makes this page scroll sideways in a window of this width."""
    page.set_viewport_size({"width": width, "height": height})
    found: list[str] = page.evaluate(TOO_WIDE)
    return [f"{page.url} at {width} px: {element}" for element in found]
