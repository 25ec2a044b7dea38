"""Every main page of every role: axe-core finds nothing serious, nothing is wider than the window, no console errors."""

import pytest

from tests.browser.checks import serious_faults, too_wide
from tests.browser.conftest import EN, ZH, Visit
from tests.browser.pages import PAGES
from tests.browser.site import Site

DARK = {
    "": ("/", "/instruments", "/patents", "/patents/statistics"),
    "sme": ("/desk", "/bookings", "/licences", "/royalties"),
    "university": ("/requests",),
    "transfer": ("/our/patents", "/our/open-licences", "/our/licences"),
    "operator": ("/operator", "/operator/open-licences", "/operator/gazette"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("locale", "width"), [(ZH, 1280), (EN, 390)])
@pytest.mark.parametrize("role", PAGES)
def test_everybody_can_use_every_page(site: Site, visit: Visit, role: str, locale: str, width: int) -> None:
    """Colours are the same in both languages: they are compared once here, and again in the dark and on journeys."""
    visitor = visit(role, locale, width=width)
    faults: list[str] = []
    for path in site.pages[role]:
        visitor.open(path)
        faults += serious_faults(visitor.page, colours=locale == ZH)
        for narrow in (390, 320):
            faults += too_wide(visitor.page, narrow)
        visitor.page.set_viewport_size({"width": width, "height": 900})
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("role", DARK)
def test_everybody_can_use_pages_in_the_dark(visit: Visit, role: str) -> None:
    visitor = visit(role, color_scheme="dark")
    faults: list[str] = []
    for path in DARK[role]:
        faults += serious_faults(visitor.open(path).page)
    assert visitor.page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(16, 21, 19)"
    assert not faults, "\n".join(faults)
