"""OAI-PMH 2.0: what harvesters may ask, and how an answer is written.

Source: openarchives.org/OAI/openarchivesprotocol.html
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

from app.core.errors import Invalid
from app.core.pages import decode_cursor, encode_cursor

PAGE_SIZE = 100
PREFIXES = ("oai_dc", "jishi")
ARGUMENTS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {  # verb → required, optional
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset({"resumptionToken"})),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set", "resumptionToken"})),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set", "resumptionToken"})),
    "GetRecord": (frozenset({"metadataPrefix", "identifier"}), frozenset()),
}
STATUS_SETS = ("status-announced", "status-pilot")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SECOND = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
_OWNER_SET = re.compile(r"owner-([0-9A-Z]{18})")
# What XML 1.0 cannot carry, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class ProtocolError(Exception):
    """An error of the protocol with its code, e.g. badVerb; the HTTP status stays 200."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Harvest:
    """One list request. `after` is the last record handed out (datestamp and id), `cursor` how many there were."""

    prefix: str
    since: datetime | None
    until: datetime
    status: str = ""  # announced or pilot
    owner: str = ""  # code
    after: tuple[datetime, UUID] | None = None
    cursor: int = 0

    def token(self, last: tuple[datetime, UUID], given: int) -> str:
        """The resumption token behind the last record of a page: the whole request, so that nothing is remembered."""
        return encode_cursor(
            (
                self.prefix, stamp(self.since) if self.since else "", stamp(self.until), self.status, self.owner,
                stamp(last[0]), last[1], self.cursor + given,
            )
        )  # fmt: skip


def check_arguments(pairs: Sequence[tuple[str, str]]) -> tuple[str, dict[str, str]]:
    """The verb and its arguments. Raises ProtocolError badVerb and badArgument."""
    names = [name for name, _value in pairs]
    verbs = [value for name, value in pairs if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in ARGUMENTS:
        raise ProtocolError("badVerb", "The verb is missing, repeated or unknown.")
    if len(set(names)) != len(names):
        raise ProtocolError("badArgument", "An argument is repeated.")
    given = {name: value for name, value in pairs if name != "verb"}
    required, optional = ARGUMENTS[verbs[0]]
    if "resumptionToken" in given and "resumptionToken" in optional:
        if len(given) > 1:
            raise ProtocolError("badArgument", "A resumptionToken stands alone.")
        return verbs[0], given
    if unknown := set(given) - required - optional:
        raise ProtocolError("badArgument", f"Not an argument of {verbs[0]}: {', '.join(sorted(unknown))}.")
    if missing := required - set(given):
        raise ProtocolError("badArgument", f"Missing: {', '.join(sorted(missing))}.")
    return verbs[0], given


def read_harvest(arguments: Mapping[str, str], present: datetime) -> Harvest:
    """What a list request asks for. Raises ProtocolError for formats, sets, dates and tokens that are not ours."""
    if "resumptionToken" in arguments:
        return _resumed(arguments["resumptionToken"])
    check_prefix(arguments["metadataPrefix"])
    since, until = arguments.get("from"), arguments.get("until")
    if since is not None and until is not None and len(since) != len(until):
        raise ProtocolError("badArgument", "from and until differ in granularity.")
    beginning = read_stamp(since, is_end=False) if since is not None else None
    end = read_stamp(until, is_end=True) if until is not None else present
    if beginning is not None and until and beginning > end:
        raise ProtocolError("badArgument", "from is later than until.")
    status, owner = read_set(arguments.get("set", ""))
    return Harvest(arguments["metadataPrefix"], beginning, min(end, present), status, owner)


def check_prefix(prefix: str) -> None:
    """Raise ProtocolError for a format that we do not write."""
    if prefix not in PREFIXES:
        raise ProtocolError("cannotDisseminateFormat", "The formats are oai_dc and jishi.")


def read_set(text: str) -> tuple[str, str]:
    """(status, code of the owner) of a setSpec. Raises ProtocolError noRecordsMatch for one that is not there."""
    if not text:
        return "", ""
    if text in STATUS_SETS:
        return text.removeprefix("status-"), ""
    if found := _OWNER_SET.fullmatch(text):
        return "", found[1]
    raise ProtocolError("noRecordsMatch", "There is no such set.")


def _resumed(token: str) -> Harvest:
    bad = ProtocolError("badResumptionToken", "This resumptionToken is not one of ours.")
    try:
        values = decode_cursor(token, 8)
        if values is None:
            raise bad
        prefix, since, until, status, owner, last, identity, cursor = values
        check_prefix(prefix)
        return Harvest(
            prefix,
            read_stamp(since, is_end=False) if since else None,
            read_stamp(until, is_end=True),
            read_set(f"status-{status}")[0] if status else "",
            read_set(f"owner-{owner}")[1] if owner else "",
            (read_stamp(last, is_end=False), UUID(identity)),
            int(cursor),
        )
    except (Invalid, ValueError, ProtocolError):
        raise bad from None


def read_stamp(text: str, *, is_end: bool) -> datetime:
    """A UTC datestamp; a day as `until` includes all of it. Raises ProtocolError badArgument."""
    try:
        if _SECOND.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if _DAY.fullmatch(text):
            moment = datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
            return moment + timedelta(days=1, seconds=-1) if is_end else moment
    except (ValueError, OverflowError):
        pass
    raise ProtocolError("badArgument", "Dates are written 2026-11-29 or 2026-11-29T08:30:00Z.")


def stamp(moment: datetime) -> str:
    """A datestamp in whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def text(value: object) -> str:
    """Text for an element; what XML cannot carry is left out."""
    return escape(_ILLEGAL.sub("", str(value)))


def element(name: str, value: object, **attributes: str) -> str:
    """An element, or nothing for an empty value; ``xml_lang`` becomes ``xml:lang``."""
    if value in (None, ""):
        return ""
    written = "".join(f" {key.replace('_', ':')}={quoteattr(_ILLEGAL.sub('', one))}" for key, one in attributes.items())
    return f"<{name}{written}>{text(value)}</{name}>"


def document(base_url: str, asked: Mapping[str, str], moment: datetime, body: Iterable[str]) -> str:
    """The whole answer. `asked` are the arguments that are repeated; empty after badVerb and badArgument."""
    attributes = "".join(f" {name}={quoteattr(_ILLEGAL.sub('', value))}" for name, value in asked.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ '
        'http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">'
        f"<responseDate>{stamp(moment)}</responseDate><request{attributes}>{text(base_url)}</request>"
        f"{''.join(body)}</OAI-PMH>"
    )


def error(fault: ProtocolError) -> str:
    """The element of an error."""
    return f"<error code={quoteattr(fault.code)}>{text(fault)}</error>"
