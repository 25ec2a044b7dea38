"""Somebody at a browser: opens pages, clicks and types as people do, and counts what the hands did."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Response

from tests.browser.site import Site

# A refusal that the page itself explains, and a network that the test itself took away.
QUIET = re.compile(r"status of (404|409|410|422|401|400|403)|net::ERR_INTERNET_DISCONNECTED")


@dataclass
class Visitor:
    """One tab of one browser. Texts are given in English, as in the code, and looked for in the tab's language."""

    site: Site
    context: BrowserContext
    page: Page
    locale: str
    clicks: int = 0
    fields: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("response", self._watch)
        self.page.set_default_timeout(15_000)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not QUIET.search(message.text):
            self.faults.append(f"{self.page.url}: {message.text}")

    def _watch(self, response: Response) -> None:
        if response.status >= 500:
            self.faults.append(f"{response.status} {response.url}")

    def say(self, text: str, **values: Any) -> str:
        """A text of the site in this tab's language."""
        return self.site.say(text, self.locale, **values)

    def pattern(self, text: str) -> re.Pattern[str]:
        """Matches a text of the site in this tab's language, whatever its parameters are."""
        return self.site.pattern(text, self.locale)

    def open(self, path: str) -> "Visitor":
        """Go to an address of the site without a click."""
        answer = self.page.goto(path if path.startswith("http") else self.site.url + path)
        assert answer is None or answer.status < 500, f"{answer.status} {path}"
        return self

    def tab(self) -> "Visitor":
        """A second tab of the same browser."""
        return Visitor(self.site, self.context, self.context.new_page(), self.locale)

    def button(self, text: str, within: Locator | None = None) -> Locator:
        """The first visible button with this text."""
        return self._named("button", text, within)

    def link(self, text: str, within: Locator | None = None) -> Locator:
        """The first visible link with this text."""
        return self._named("link", text, within)

    def field(self, label: str, within: Locator | None = None) -> Locator:
        """The input with this label; scripts are there before anybody could have typed."""
        self.page.wait_for_load_state()
        return (within or self.page).get_by_label(self.say(label)).first

    def _named(self, role: Any, text: str, within: Locator | None) -> Locator:
        return (within or self.page).get_by_role(role, name=self.pattern(text)).filter(visible=True).first

    def click(self, target: Locator) -> None:
        """One click or tap."""
        self.clicks += 1
        target.click()

    def press(self, text: str, within: Locator | None = None) -> None:
        """Click a button."""
        self.click(self.button(text, within))

    def follow(self, text: str, within: Locator | None = None) -> None:
        """Click a link."""
        self.click(self.link(text, within))

    def follow_way(self, label: str) -> None:
        """Click a way on: a link that begins with this text and explains itself."""
        self.click(self.page.get_by_role("link").filter(has_text=self.say(label)).filter(visible=True).first)

    def fill(self, target: Locator, value: str) -> None:
        """Type one field; a choice from a list counts as a field too."""
        self.fields += 1
        if target.evaluate("element => element.tagName") == "SELECT":
            target.select_option(value)
        else:
            target.fill(value)

    def count_from_here(self) -> None:
        """Forget what was counted."""
        self.clicks = self.fields = 0

    def shows(self, text: str, **values: Any) -> None:
        """Wait until a text of the site, with these values, can be seen."""
        self.page.get_by_text(self.say(text, **values)).filter(visible=True).first.wait_for()

    def sees(self, text: str) -> None:
        """Wait until this very text can be seen."""
        self.page.get_by_text(text).filter(visible=True).first.wait_for()

    def texts(self) -> str:
        """Everything that can be read on the page."""
        return str(self.page.locator("body").inner_text())

    def picture(self, file: Path, *, whole: bool = False) -> None:
        """Keep what is seen."""
        file.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=file, full_page=whole, animations="disabled")

    def is_content(self) -> None:
        """Nothing went wrong behind the scenes."""
        assert not self.faults, "\n".join(self.faults)
