"""Reading the mail that the worker sends, on the page where developers see it."""

import re
import time

from playwright.sync_api import Locator

from tests.browser.visitor import Visitor

PATIENCE = 20.0


def newest_mail(visitor: Visitor, recipient: str, words: str = "") -> Locator:
    """The newest mail to somebody whose subject or text has these words; waits until the worker made it."""
    page = visitor.context.new_page()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        page.goto(f"{visitor.site.url}/development/mail")
        mail = page.locator("details").filter(has_text=recipient).filter(has_text=words).first
        if mail.count():
            mail.evaluate("element => { element.open = true }")
            return mail
        time.sleep(0.3)
    raise AssertionError(f"no mail to {recipient} with {words!r}")


def code_in_mail(visitor: Visitor, recipient: str) -> str:
    """The six digits sent to somebody."""
    mail = newest_mail(visitor, recipient)
    found = re.search(r"\b(\d{6})\b", mail.inner_text())
    assert found, mail.inner_text()
    mail.page.close()
    return found[1]
