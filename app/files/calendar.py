"""Calendar files (iCalendar, RFC 5545): feeds to subscribe to and invitations that go with mail.

Instants are written in UTC, which every calendar program reads alike and shows in its owner's zone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress, vText

PRODUCT = "-//Jishi//Jishi 1//EN"
REFRESH = timedelta(hours=1)
_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")


class Status(StrEnum):
    """How sure an entry is."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class Method(StrEnum):
    """What an invitation asks the calendar to do (RFC 5546)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class Party:
    """Somebody in an entry, by name and e-mail address."""

    name: str
    email: str


@dataclass(frozen=True)
class Entry:
    """One booking in a calendar. `sequence` grows with every change; `stamp` is the instant of the last one."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    stamp: datetime
    zone: str = "Asia/Shanghai"
    description: str = ""
    location: str = ""
    url: str = ""
    organizer: Party | None = None
    attendee: Party | None = None
    status: Status = Status.CONFIRMED


def calendar_feed(name: str, entries: Iterable[Entry], *, zone: str = "Asia/Shanghai") -> bytes:
    """A calendar to subscribe to, read anew every hour. Serve it as ``text/calendar; charset=utf-8``."""
    calendar = _calendar("PUBLISH")
    calendar["name"] = calendar["x-wr-calname"] = vText(" ".join(_clean(name).split()))
    calendar.add("x-wr-timezone", zone)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(_event(entry, invites=False))
    return bytes(calendar.to_ical())


def invitation(entry: Entry, method: Method) -> bytes:
    """An invitation or its withdrawal for the entry's attendee, as an attachment of a mail.

    Its media type is ``text/calendar; method=REQUEST; charset=utf-8`` (or CANCEL). Raises ValueError when the entry
    lacks organizer or attendee.
    """
    if entry.organizer is None or entry.attendee is None:
        raise ValueError("an invitation needs an organizer and an attendee")
    calendar = _calendar(method)
    event = _event(entry, invites=method is Method.REQUEST)
    if method is Method.CANCEL:
        event["status"] = vText(Status.CANCELLED)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", str(method))
    return calendar


def _event(entry: Entry, *, invites: bool) -> Event:
    if entry.ends_at <= entry.starts_at:
        raise ValueError("the end must be later than the start")
    event = Event()
    event.add("uid", _clean(entry.uid))
    event.add("dtstamp", entry.stamp.astimezone(UTC))
    event.add("last-modified", entry.stamp.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("status", str(entry.status))
    event.add("transp", "TRANSPARENT" if entry.status is Status.CANCELLED else "OPAQUE")
    event.add("summary", _clean(entry.summary))
    for key, text in (("description", entry.description), ("location", entry.location)):
        if text:
            event.add(key, _clean(text))
    if entry.url:
        event.add("url", _clean(entry.url))
    if entry.organizer is not None:
        event.add("organizer", _address(entry.organizer))
    if entry.attendee is not None:
        event.add("attendee", _attendee(entry.attendee, invites=invites))
    return event


def _address(party: Party) -> vCalAddress:
    address = vCalAddress(f"mailto:{_clean(party.email)}")
    address.params["CN"] = " ".join(_clean(party.name).split()).replace('"', "'")
    return address


def _attendee(party: Party, *, invites: bool) -> vCalAddress:
    """The booker has already agreed by booking, so no answer is asked for."""
    address = _address(party)
    address.params["CUTYPE"] = "INDIVIDUAL"
    address.params["ROLE"] = "REQ-PARTICIPANT"
    address.params["PARTSTAT"] = "ACCEPTED"
    if invites:
        address.params["RSVP"] = "FALSE"
    return address


def _clean(text: str) -> str:
    """Without control characters, which calendars may not hold; line breaks stay."""
    return _UNPRINTABLE.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
