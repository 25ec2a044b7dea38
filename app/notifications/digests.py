"""Collected mails: several matters of one kind in one mail, at the hours of the kind, about what is still true."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from sqlalchemy import select

from app.core.clock import DEFAULT_ZONE, at_place, now
from app.core.db import session, unit_of_work
from app.notifications.kinds import Digest, DigestPart, Kind, kinds
from app.notifications.models import DigestEntry, Notification
from app.notifications.operations import queue_mail


def compose_digests(at: datetime | None = None) -> int:
    """Turn the entries that waited for an hour which has come into mails; returns how many mails were queued.

    Each person's mail of a kind is one transaction. An entry is taken by the first hour after its creation.
    """
    queued = 0
    for kind in kinds():
        if kind.digest is None:
            continue
        until = latest_hour(kind.digest, at or now())
        for user_id, organisation_id in _people_waiting(kind, until):
            with unit_of_work():
                queued += _compose(kind, kind.digest, user_id, organisation_id, until)
    return queued


def latest_hour(digest: Digest, at: datetime) -> datetime:
    """The last of the digest's hours, on the default zone's clock, that is not later than `at`."""
    day = at.astimezone(DEFAULT_ZONE).date()
    hours = [at_place(each, hour, DEFAULT_ZONE) for each in (day - timedelta(days=1), day) for hour in digest.hours]
    return max(hour for hour in hours if hour <= at)


def _people_waiting(kind: Kind, until: datetime) -> Sequence[tuple[UUID, UUID | None]]:
    with unit_of_work():
        statement = select(DigestEntry.user_id, DigestEntry.organisation_id).where(
            DigestEntry.kind == kind.name, DigestEntry.closed_at.is_(None), DigestEntry.created_at <= until
        )
        return [(user_id, organisation_id) for user_id, organisation_id in session.execute(statement.distinct())]


def _compose(kind: Kind, digest: Digest, user_id: UUID, organisation_id: UUID | None, until: datetime) -> int:
    entries = session.scalars(
        select(DigestEntry)
        .where(
            DigestEntry.kind == kind.name,
            DigestEntry.user_id == user_id,
            DigestEntry.organisation_id.is_not_distinct_from(organisation_id),
            DigestEntry.closed_at.is_(None),
            DigestEntry.created_at <= until,
        )
        .order_by(DigestEntry.recipient, DigestEntry.created_at, DigestEntry.id)
        .with_for_update(skip_locked=True)
    ).all()
    queued = 0
    for recipient, group in groupby(entries, key=lambda entry: entry.recipient):
        queued += _mail(kind, digest, recipient, list(group))
    return queued


def _mail(kind: Kind, digest: Digest, recipient: str, entries: Sequence[DigestEntry]) -> int:
    first, last = entries[0], entries[-1]
    keys = [entry.key for entry in entries]
    read = set(
        session.scalars(
            select(Notification.key).where(
                Notification.user_id == first.user_id, Notification.key.in_(keys), Notification.read_at.is_not(None)
            )
        )
    )
    for entry in entries:
        entry.closed_at = now()
    unread = [key for key in keys if key not in read]
    composed = unread and digest.compose(DigestPart(first.user_id, first.organisation_id, last.locale, unread))
    if not composed:
        return 0
    subject, body = composed
    key = f"digest:{kind.name}:{last.id}"
    return int(queue_mail(key=key, recipient=recipient, locale=last.locale, subject=subject, body=body))
