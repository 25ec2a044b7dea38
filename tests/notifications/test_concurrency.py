"""Many senders at once: every mail goes out exactly once."""

import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from app.core.db import session, unit_of_work
from app.core.web import App
from app.notifications.models import Mail
from app.notifications.operations import queue_mail, send_due_mails
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
    barrier = threading.Barrier(SENDERS)

    def run() -> None:
        with live.app_context():
            barrier.wait()
            send_due_mails(mailer)
            session.remove()  # type: ignore[attr-defined]

    threads = [threading.Thread(target=run) for _sender in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mailer.sent == Counter({f"k{number}": 1 for number in range(MAILS)})
    assert session.scalar(select(func.count()).where(Mail.sent_at.is_(None))) == 0
