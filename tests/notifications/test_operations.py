"""Notices and mails: told once, sent once, tried again, given up in the end."""

import email
import email.policy
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jinja2 import DictLoader
from sqlalchemy import select, update

from app.accounts.models import Actor
from app.core.clock import now, period
from app.core.db import session, unit_of_work
from app.core.i18n import force_locale
from app.core.money import Money
from app.core.web import App
from app.notifications import operations
from app.notifications.kinds import sentence_of
from app.notifications.links import absolute_link, path_to
from app.notifications.mailers import FolderMailer, MailRefused, MailServerAway
from app.notifications.models import Mail, Notification
from app.notifications.operations import (
    Attachment,
    forget_mail_texts,
    mark_all_read,
    mark_read,
    notify,
    queue_mail,
    render_mail,
    send_due_mails,
)
from app.notifications.queries import notices_of, unread_count
from tests.notifications.factories import make_person


class RecordingMailer:
    """Accepts, refuses or is away, and remembers."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.sent: list[str] = []

    def send(self, mail: Mail) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(mail.key)


def queue(key: str = "k1", recipient: str = "a@example.org", **changes: object) -> bool:
    values: dict[str, object] = {"locale": "en", "subject": "Hello", "body": "Text\n", **changes}
    return queue_mail(key=key, recipient=recipient, **values)  # type: ignore[arg-type]


def make_due(key: str = "k1") -> None:
    session.execute(update(Mail).where(Mail.key == key).values(due_at=now() - timedelta(seconds=1)))


def mail_of(key: str = "k1") -> Mail:
    session.expire_all()
    return session.scalars(select(Mail).where(Mail.key == key)).one()


def test_the_same_key_queues_one_mail() -> None:
    assert queue(subject="First") is True
    assert queue(subject="Second") is False
    assert mail_of().subject == "First"


def test_a_mail_is_sent_once() -> None:
    queue()
    mailer = RecordingMailer()
    assert send_due_mails(mailer) == 1
    assert send_due_mails(mailer) == 0
    assert mailer.sent == ["k1"]
    assert mail_of().sent_at is not None


def test_queueing_wakes_the_mailer_only_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr(operations.mailer_wake, "_nudge", lambda: woken.append(1))
    with unit_of_work():
        queue("k1")
        queue("k2")
        assert woken == []
    assert woken == [1]
    with suppress(ZeroDivisionError), unit_of_work():
        queue("k3")
        raise ZeroDivisionError
    assert woken == [1]


def test_a_refused_mail_is_tried_again_later_and_given_up_after_ten_attempts() -> None:
    queue()
    refusal = MailRefused("busy", is_permanent=False)
    mailer = RecordingMailer(*[refusal] * 10)
    for attempt in range(1, 11):
        make_due()
        assert send_due_mails(mailer) == 0
        assert mail_of().attempts == attempt
        assert send_due_mails(mailer) == 0  # not due yet, or given up
    assert mail_of().failed_at is not None
    assert mailer.sent == []


def test_a_permanent_refusal_is_final_and_other_mails_go_on() -> None:
    queue("bad")
    queue("good")
    mailer = RecordingMailer(MailRefused("no such user", is_permanent=True))
    assert send_due_mails(mailer) == 1
    assert mail_of("bad").failed_at is not None
    assert mailer.sent == ["good"]


def test_a_server_that_is_away_ends_the_run_and_loses_nothing() -> None:
    queue("k1")
    queue("k2")
    mailer = RecordingMailer(MailServerAway("timeout"))
    assert send_due_mails(mailer) == 0
    assert (mail_of("k1").attempts, mail_of("k2").attempts) == (1, 0)
    make_due("k1")
    assert send_due_mails(mailer) == 2


def test_texts_of_mails_sent_long_ago_are_erased_but_their_keys_stay_taken() -> None:
    queue("old", body="code 123456\n")
    queue("new")
    queue("unsent")
    for key, days in (("old", 31), ("new", 29)):
        session.execute(update(Mail).where(Mail.key == key).values(sent_at=now() - timedelta(days=days)))
    assert forget_mail_texts() == 1
    assert (mail_of("old").body, mail_of("new").body, mail_of("unsent").body) == ("", "Text\n", "Text\n")
    assert queue("old") is False


def test_the_folder_mailer_writes_a_readable_message(tmp_path: Path) -> None:
    ics = Attachment("booking.ics", "text/calendar; method=REQUEST; charset=utf-8", b"BEGIN:VCALENDAR\r\n")
    queue(subject="已确认：场发射扫描电镜", body="您好\n", attachments=[ics], recipient="甲 <a@example.org>")
    assert send_due_mails(FolderMailer(tmp_path / "mail", "Jishi <noreply@jishi.example>")) == 1
    (path,) = (tmp_path / "mail").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message["Subject"] == "已确认：场发射扫描电镜"
    text, attachment = message.iter_parts()
    assert text.get_content().strip() == "您好"
    assert attachment.get_filename() == "booking.ics"
    assert attachment.get_param("method") == "REQUEST"
    assert attachment.get_payload(decode=True) == ics.content


@pytest.fixture
def templates(app: App) -> Iterator[dict[str, str]]:
    """Templates that exist only in this test."""
    pages: dict[str, str] = {}
    loader = app.jinja_env.loader
    app.jinja_env.loader = DictLoader(pages)
    try:
        yield pages
    finally:
        app.jinja_env.loader = loader


def test_a_mail_is_rendered_in_the_language_asked_for(templates: dict[str, str]) -> None:
    templates["m.txt"] = "Subject: {{ locale() }} {{ fee|money }}\n\n<{{ name }}> & co\n"
    assert render_mail("m.txt", "en", fee=Money(12300), name="A") == ("en ¥123.00", "<A> & co\n")
    assert render_mail("m.txt", None, fee=Money(1), name="A")[0].startswith("zh_CN")


def test_a_template_without_a_subject_is_refused(templates: dict[str, str]) -> None:
    templates["m.txt"] = "Hello\n"
    with pytest.raises(ValueError, match="Subject"):
        render_mail("m.txt", "en")


def test_links_work_outside_a_request() -> None:
    assert path_to("notifications.list") == "/notifications"
    assert absolute_link("notifications.list", show="unread") == "http://localhost/notifications?show=unread"


def test_a_notice_is_told_once_and_worded_in_the_readers_language() -> None:
    person = make_person()
    slot = period(datetime(2026, 11, 26, 5, tzinfo=UTC), datetime(2026, 11, 26, 8, 30, tzinfo=UTC))
    parameters = {"instrument": {"zh_CN": "电镜", "en": "SEM"}, "slot": slot, "fee": Money(38000)}
    assert notify(person.id, None, "test_booked", "test_booked:1", parameters, "/reservations/1") is True
    assert notify(person.id, None, "test_booked", "test_booked:1", parameters, "/reservations/1") is False
    notice = session.scalars(select(Notification)).one()
    with force_locale("en"):
        assert sentence_of(notice) == "Booked: SEM, Thu 26 Nov 13:00–16:30, ¥380.00"
    with force_locale("zh_CN"):
        assert "电镜, 11月26日 周四 13:00–16:30" in sentence_of(notice)


def test_a_notice_never_points_to_another_site() -> None:
    person = make_person()
    foreign = ["https://evil.example", "//evil.example", "javascript:alert(1)", "/\\evil.example", "/a b"]
    for number, url in enumerate(foreign):
        notify(person.id, None, "test_booked", f"k{number}", {}, url)
    assert set(session.scalars(select(Notification.url))) == {""}


def test_unread_notices_are_counted_until_read() -> None:
    person, other = make_person(), make_person("other@example.org")
    for number in range(3):
        notify(person.id, None, "test_booked", f"k{number}", {})
    notify(other.id, None, "test_booked", "k", {})
    actor = Actor(user=person)
    first = session.scalars(notices_of(actor)).first()
    assert first is not None
    mark_read(Actor(user=other), first)
    assert unread_count(person.id) == 3
    mark_read(actor, first)
    assert unread_count(person.id) == 2
    assert mark_all_read(actor) == 2
    assert (unread_count(person.id), unread_count(other.id), unread_count(None)) == (0, 1, 0)
