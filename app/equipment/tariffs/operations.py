"""Writing prices: a draft, its publication from a day on, and its end. What is published never changes."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import guard, session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import one_line
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.operations import lock_settings
from app.equipment.tariffs.events import TariffEnded, TariffPublished
from app.equipment.tariffs.models import Tariff, TariffState
from app.equipment.tariffs.policy import TariffPolicy
from app.equipment.tariffs.queries import draft_of, published_tariffs
from app.equipment.tariffs.terms import Terms, faults

LONGEST_APPROVAL_NO = 80
FURTHEST_START = timedelta(days=3 * 366)
ONE_DAY = timedelta(days=1)


def draft_tariff(
    actor: Actor, instrument: Instrument, terms: Terms, *, valid_from: date | None = None, approval_no: str = ""
) -> Tariff:
    """Write the draft of an instrument's next tariff, or write over it; there is at most one.

    `valid_from` is a proposal, tomorrow by default. Raises Invalid for the first fault of the terms.
    """
    ensure(actor, TariffPolicy.draft, instrument, known_to=TariffPolicy.known)
    for fault in faults(terms):
        raise fault
    start = valid_from or today(instrument.timezone) + ONE_DAY
    _check_start(instrument, start)
    lock_settings(instrument.id)
    draft = draft_of(instrument.id)
    if draft is None:
        draft = Tariff(id=uuid7(), instrument_id=instrument.id, state=TariffState.DRAFT, created_by_id=actor.user_id)
        session.add(draft)
    draft.valid = Range(start, None, bounds="[)")
    draft.approval_no = _approval_no(approval_no)
    draft.terms = terms.to_json()
    session.flush()
    record(actor, "tariff.draft", draft, {"instrument": str(instrument.id)})
    return draft


def discard_draft(actor: Actor, instrument: Instrument, draft: Tariff) -> None:
    """Throw a draft away. Raises Conflict for a published tariff."""
    ensure(actor, TariffPolicy.draft, instrument, known_to=TariffPolicy.known)
    lock_settings(instrument.id)
    session.refresh(draft)
    _refuse_published(draft)
    record(actor, "tariff.discard", draft, {"instrument": str(instrument.id)})
    session.delete(draft)
    session.flush()


def publish_tariff(actor: Actor, instrument: Instrument, draft: Tariff, *, valid_from: date | None = None) -> Tariff:
    """Put a draft in force from a day on (tomorrow by default); the tariff in force until then ends the day before.

    Where a later one is published already, this one holds until that begins. Bookings made keep their price.
    Raises Invalid when the day has passed or nobody is offered a price, Conflict when a tariff begins on that day.
    """
    ensure(actor, TariffPolicy.publish, instrument, known_to=TariffPolicy.known)
    lock_settings(instrument.id)
    session.refresh(draft)
    _refuse_published(draft)
    terms = Terms.from_json(draft.terms)
    if not terms.classes:
        raise Invalid(_l("Offer a price to at least one kind of organisation."), field="classes")
    start = valid_from or today(instrument.timezone) + ONE_DAY
    _check_start(instrument, start)
    ended = _make_room(instrument.id, start)
    later = [first_day(each) for each in published_tariffs(instrument.id) if first_day(each) > start]
    with guard({"tariffs_no_overlap": Conflict(_l("Another tariff is in force in that time."), field="valid_from")}):
        draft.valid = Range(start, min(later, default=None), bounds="[)")
        draft.state = TariffState.PUBLISHED
        draft.published_at, draft.published_by_id = now(), actor.user_id
        session.flush()
    record(actor, "tariff.publish", draft, {"valid_from": str(start), "ended": str(ended.id) if ended else None})
    emit(TariffPublished(draft.id, instrument.id))
    return draft


def _make_room(instrument_id: UUID, start: date) -> Tariff | None:
    """End the tariff that would still be in force on `start`; gives it. Raises Conflict when one begins on that day."""
    for tariff in published_tariffs(instrument_id):
        if first_day(tariff) == start:
            raise Conflict(
                _l("A published tariff begins on that day, and it cannot be changed. Choose a later day."),
                field="valid_from",
                code="tariff_begins",
            )
        if first_day(tariff) < start and (tariff.valid.upper is None or tariff.valid.upper > start):
            tariff.valid = Range(first_day(tariff), start, bounds="[)")
            session.flush()
            return tariff
    return None


def end_tariff(actor: Actor, instrument: Instrument, tariff: Tariff, *, last_day: date) -> Tariff:
    """Let a published tariff end with `last_day`, so that nobody can book later days until another one begins.

    Raises Invalid when that day has passed, lies before the tariff begins, or after it ends anyway.
    """
    ensure(actor, TariffPolicy.publish, instrument, known_to=TariffPolicy.known)
    lock_settings(instrument.id)
    session.refresh(tariff)
    if tariff.state is not TariffState.PUBLISHED or tariff.instrument_id != instrument.id:
        raise Invalid(_l("Only a published tariff of this instrument can be ended."))
    first, upper = first_day(tariff), tariff.valid.upper
    day = today(instrument.timezone)
    furthest = day + FURTHEST_START if upper is None else upper - ONE_DAY
    if not max(first, day) <= last_day <= furthest:
        raise Invalid(_l("Choose a day from today on on which this tariff is in force."), field="last_day")
    tariff.valid = Range(first, last_day + ONE_DAY, bounds="[)")
    session.flush()
    record(actor, "tariff.end", tariff, {"last_day": str(last_day)})
    emit(TariffEnded(tariff.id, instrument.id))
    return tariff


def first_day(tariff: Tariff) -> date:
    """The day from which a tariff is or would be valid."""
    if tariff.valid.lower is None:
        raise ValueError("a tariff begins on a day")
    return tariff.valid.lower


def _refuse_published(draft: Tariff) -> None:
    if draft.state is not TariffState.DRAFT:
        raise Conflict(_l("This tariff is published already and never changes."), code="published")


def _check_start(instrument: Instrument, start: date) -> None:
    earliest = today(instrument.timezone)
    if not earliest <= start <= earliest + FURTHEST_START:
        raise Invalid(_l("Choose a day from today on, within three years."), field="valid_from")


def _approval_no(text: str) -> str:
    cleaned = one_line(text)
    if len(cleaned) > LONGEST_APPROVAL_NO:
        raise Invalid(_l("At most %(longest)s characters.", longest=LONGEST_APPROVAL_NO), field="approval_no")
    return cleaned
