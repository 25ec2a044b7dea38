"""One site, one Chromium, and one signed-in state for each role, for all journeys of a worker.

With two workers, as in `make test`, each has a database, a web server, a task worker, a broker and a Chromium.
"""

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState, sync_playwright

from tests.browser.months import Month, close_this_month
from tests.browser.pages import PAGES, pages_of
from tests.browser.site import Site, running_site
from tests.browser.visitor import Visitor

# The shell is Chromium without a window around the page, which nobody sees here but which costs a third of the time.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# One process shows the pages of everybody who visits: starting another for each is a tenth of all work.
ARGUMENTS = ("--no-sandbox", "--lang=zh-CN", "--renderer-process-limit=1")
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)
HERE = Path(__file__).parent
ZH, EN = "zh_CN", "en"

Visit = Callable[..., Visitor]


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Everything here drives a browser and needs committed data.

    Marked before `-m` chooses; sorted after the order was shuffled: a site closes its month once only, so who needs it
    closed comes last, and who closes it on the way just before. Each worker takes its tests in this order.
    """
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.live)
            if CHROMIUM is None:
                item.add_marker(
                    pytest.mark.skip(reason="Chromium is not installed (Debian: apt install chromium-headless-shell)")
                )
    yield
    items.sort(key=_needs_closed_month)


def _needs_closed_month(item: pytest.Item) -> int:
    fixtures = getattr(item, "fixturenames", ())
    return 2 if "closed_month" in fixtures else 1 if "close_the_month" in fixtures else 0


@pytest.fixture(scope="session")
def site(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The serving site."""
    with running_site(postgres_url, tmp_path_factory.mktemp("site")) as running:
        running.pages.update({role: pages_of(running, role) for role in PAGES})
        yield running


@pytest.fixture(scope="session")
def closed_month(site: Site) -> Month:
    """This month, closed."""
    return close_this_month(site, (ZH, EN))


@pytest.fixture
def close_the_month(request: pytest.FixtureRequest) -> Callable[[], None]:
    """Closes this month when it is called, with everything that has happened by then."""
    return lambda: request.getfixturevalue("closed_month")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser program."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in(site: Site) -> Callable[[str], StorageState]:
    """The cookies of a person who has signed in, the same for every journey; `test_edges` goes through the page."""
    return functools.cache(site.signed_in)


@pytest.fixture
def visit(site: Site, chromium: Browser, signed_in: Callable[[str], StorageState]) -> Iterator[Visit]:
    """Open a browser: ``visit("sme", "en", width=390)``; "" is somebody who never signed in."""
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def browser(name: str = "", locale: str = ZH, *, width: int = 1280, height: int = 900, **more: Any) -> Visitor:
        email = name if "@" in name else f"{name}@jishi.example"
        context = chromium.new_context(
            locale="zh-CN" if locale == ZH else "en-GB",
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": height},
            storage_state=signed_in(email) if name else None,
            accept_downloads=True,
            **more,
        )
        contexts.append(context)
        visitors.append(Visitor(site, context, context.new_page(), locale))
        return visitors[-1]

    yield browser
    for context in contexts:
        context.close()
    for visitor in visitors:
        visitor.is_content()
