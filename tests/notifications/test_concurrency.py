"""Many senders at once: every mail and every text message goes out exactly once."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core.clock import now
from app.core.db import session, unit_of_work
from app.core.web import App
from app.notifications.models import Mail, TextMessage
from app.notifications.operations import queue_mail, send_due_mails
from app.notifications.texters import OutgoingText
from app.notifications.texting import queue_text, send_due_texts
from tests.ledger.live import committed_application

pytestmark = pytest.mark.live

MAILS, SENDERS = 40, 4


class SlowMailer:
    """Takes its time, so that senders overlap."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.lock = threading.Lock()

    def send(self, mail: Mail) -> None:
        time.sleep(0.005)
        with self.lock:
            self.sent[mail.key] += 1


@pytest.fixture(scope="module")
def live(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with committed_application(postgres_url, tmp_path_factory.mktemp("files")) as application:
        yield application


def test_four_senders_send_every_mail_once(live: App) -> None:
    with unit_of_work():
        for number in range(MAILS):
            queue_mail(key=f"k{number}", recipient="a@example.org", locale="en", subject="s", body="b\n")
    mailer = SlowMailer()
    together(live, lambda: send_due_mails(mailer))
    assert mailer.sent == Counter({f"k{number}": 1 for number in range(MAILS)})
    assert session.scalar(select(func.count()).where(Mail.sent_at.is_(None))) == 0


class SlowTexter:
    """The same for text messages, which are handed over outside of any transaction."""

    def __init__(self) -> None:
        self.sent: Counter[str] = Counter()
        self.lock = threading.Lock()

    def send(self, text: OutgoingText) -> None:
        time.sleep(0.005)
        with self.lock:
            self.sent[text.recipient] += 1


def test_four_senders_send_every_text_message_once(live: App) -> None:
    numbers = [f"+86138001380{number:02d}" for number in range(MAILS)]
    with unit_of_work():
        for number in numbers:
            queue_text(key=number, recipient=number, body="b", expires_at=now() + timedelta(minutes=5))
    texter = SlowTexter()
    together(live, lambda: send_due_texts(texter))
    assert texter.sent == Counter(dict.fromkeys(numbers, 1))
    assert session.scalar(select(func.count()).where(TextMessage.sent_at.is_(None))) == 0


def together(live: App, send: Callable[[], object]) -> None:
    """Let all senders begin at once and wait until they have ended."""
    barrier = threading.Barrier(SENDERS)

    def run() -> None:
        with live.app_context():
            barrier.wait()
            send()
            session.remove()  # type: ignore[attr-defined]

    threads = [threading.Thread(target=run) for _sender in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
