"""Reading the mails and text messages that the worker sends, on the page where developers see them."""

import re
import time
from typing import Any

from playwright.sync_api import Locator, Page
from sqlalchemy import Select, select

from app.core.db import session
from app.notifications.models import Mail, TextMessage
from tests.browser.visitor import Visitor

PATIENCE = 20.0


def _development(visitor: Visitor, written: Select[Any], what: str) -> Page:
    """The page of mails and text messages, once the worker has made what is asked for."""
    deadline = time.monotonic() + PATIENCE
    while not visitor.site.look(lambda: session.scalars(written.limit(1)).first()):
        assert time.monotonic() < deadline, f"no {what}"
        time.sleep(0.1)
    page = visitor.context.new_page()
    page.goto(f"{visitor.site.url}/development/mail")
    return page


def newest_mail(visitor: Visitor, recipient: str, words: str = "") -> Locator:
    """The newest mail to somebody whose subject or text has these words; waits until the worker made it."""
    written = select(Mail.id).where(Mail.recipient == recipient, (Mail.subject + Mail.body).contains(words))
    page = _development(visitor, written, f"mail to {recipient} with {words!r}")
    mail = page.locator("details").filter(has_text=recipient).filter(has_text=words).first
    mail.evaluate("element => { element.open = true }")
    return mail


def code_in_mail(visitor: Visitor, recipient: str) -> str:
    """The six digits sent to somebody."""
    mail = newest_mail(visitor, recipient)
    found = re.search(r"\b(\d{6})\b", mail.inner_text())
    assert found, mail.inner_text()
    mail.page.close()
    return found[1]


def code_in_text(visitor: Visitor, number: str) -> str:
    """The six digits of the newest text message to a number (E.164)."""
    written = select(TextMessage.id).where(TextMessage.recipient == number)
    page = _development(visitor, written, f"text message to {number}")
    text = page.locator(f"[data-recipient='{number}']").first.inner_text()
    page.close()
    found = re.search(r"(?<!\d)(\d{6})(?!\d)", text.removeprefix(number))
    assert found, text
    return found[1]


def link_in_mail(visitor: Visitor, recipient: str, words: str) -> str:
    """The address in the newest mail to somebody that has these words."""
    mail = newest_mail(visitor, recipient, words)
    address = mail.locator(f"a[href*='{words}']").first.get_attribute("href")
    assert address, mail.inner_text()
    mail.page.close()
    return address
