"""Collected mails: one per person and hour, never about what was read or is no longer true."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import Actor, User
from app.core.db import session
from app.notifications import kinds
from app.notifications.digests import compose_digests, latest_hour
from app.notifications.kinds import Digest, DigestPart, register_kind
from app.notifications.models import DigestEntry, Mail
from app.notifications.operations import mark_all_read, notify, queue_digest
from tests.notifications.factories import make_person

HOURS = (time(8, 30), time(13, 30))
NINE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai


@pytest.fixture
def still_true(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """A kind with a digest about the keys in the returned set."""
    monkeypatch.setattr(kinds, "_kinds", {})
    keys: set[str] = set()

    def compose(part: DigestPart) -> tuple[str, str] | None:
        left = [key for key in part.keys if key in keys]
        return (f"{len(left)} requests", " ".join(left)) if left else None

    register_kind("waiting", sentence="A request", digest=Digest(HOURS, compose))
    return keys


def ask(person: User, *keys: str, at: datetime = NINE - timedelta(hours=2)) -> None:
    for key in keys:
        notify(person.id, None, "waiting", key, {})
        queue_digest(person.id, None, "waiting", key, recipient=person.email, locale="en")
        session.execute(update(DigestEntry).where(DigestEntry.key == key).values(created_at=at))


def mails() -> list[tuple[str, str]]:
    rows = session.execute(select(Mail.recipient, Mail.subject).order_by(Mail.created_at, Mail.recipient))
    return [(recipient, subject) for recipient, subject in rows]


def test_hours_follow_the_clock_of_the_place() -> None:
    async_hours = Digest(HOURS, lambda part: None)
    assert latest_hour(async_hours, NINE) == datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    assert latest_hour(async_hours, NINE - timedelta(hours=1)) == datetime(2026, 11, 23, 5, 30, tzinfo=UTC)


def test_several_requests_make_one_mail_per_person(still_true: set[str]) -> None:
    first, second = make_person(), make_person("second@example.org")
    still_true |= {"a", "b", "c"}
    ask(first, "a", "b")
    ask(second, "c")
    assert compose_digests(NINE) == 2
    assert mails() == [(first.email, "2 requests"), (second.email, "1 requests")]
    assert compose_digests(NINE) == 0


def test_what_comes_after_the_hour_waits_for_the_next(still_true: set[str]) -> None:
    person = make_person()
    still_true |= {"a"}
    ask(person, "a", at=NINE - timedelta(minutes=10))
    assert compose_digests(NINE) == 0
    assert compose_digests(NINE + timedelta(hours=5)) == 1


def test_what_was_read_or_is_no_longer_true_is_not_mailed(still_true: set[str]) -> None:
    person = make_person()
    ask(person, "gone")
    assert compose_digests(NINE) == 0
    still_true |= {"read"}
    ask(person, "read")
    mark_all_read(Actor(user=person))
    assert compose_digests(NINE) == 0
    assert mails() == []


def test_a_kind_without_a_digest_cannot_wait_for_one(still_true: set[str]) -> None:
    register_kind("plain", sentence="x")
    with pytest.raises(ValueError, match="digest"):
        queue_digest(make_person().id, None, "plain", "k", recipient="a@example.org", locale=None)
