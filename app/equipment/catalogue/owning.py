"""An institution's own instruments: what is missing before they can be booked, and changes of many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, func, or_, select

from app.accounts.models import Actor, Organisation
from app.core.attempts import attempt
from app.core.clock import now, today
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure
from app.equipment.catalogue.models import InstrumentOffer
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.instruments.operations import (
    gaps,
    instruments_by_ids,
    publish_instrument,
    withdraw_instrument,
)
from app.equipment.instruments.policy import InstrumentPolicy
from app.equipment.schedule.models import BookingRules, OpeningStretch
from app.equipment.schedule.operations import copy_opening_hours, set_booking_rules
from app.equipment.schedule.queries import booking_rules, cancellation_rules, slot_rules
from app.equipment.tariffs.models import Tariff, TariffState
from app.equipment.tariffs.operations import draft_tariff, publish_tariff
from app.equipment.tariffs.policy import TariffPolicy
from app.equipment.tariffs.queries import draft_of, tariff_on
from app.equipment.tariffs.terms import Terms
from app.search.queries import matches

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Readiness:
    """What an instrument has of what it needs. `tariff` holds now or later; `draft` is not published yet."""

    gaps: list[str]
    has_hours: bool
    rules: BookingRules | None
    tariff: Tariff | None
    draft: Tariff | None

    @property
    def is_complete(self) -> bool:
        return not self.gaps and self.has_hours and self.tariff is not None


def readiness(instrument: Instrument) -> Readiness:
    """How far the setting-up of an instrument is."""
    day = today(instrument.timezone)
    upcoming = session.scalars(
        select(Tariff)
        .where(Tariff.instrument_id == instrument.id, Tariff.state == TariffState.PUBLISHED)
        .where(func.upper(Tariff.valid).is_(None) | (func.upper(Tariff.valid) > day))
        .order_by(func.lower(Tariff.valid))
        .limit(1)
    ).one_or_none()
    return Readiness(
        gaps=gaps(instrument),
        has_hours=bool(session.scalar(select(exists().where(OpeningStretch.instrument_id == instrument.id)))),
        rules=booking_rules(instrument.id),
        tariff=upcoming,
        draft=draft_of(instrument.id),
    )


def owned_instruments(owner: Organisation, *, q: str = "", show: str = "") -> Any:
    """Rows of an institution's list; `show` is a state, or ``incomplete`` for drafts that lack something."""
    statement: Any = (
        select(
            Instrument.id, Instrument.name, Instrument.name_zh, Instrument.asset_no, Instrument.state,
            Instrument.class_code, Instrument.site, Instrument.building, Instrument.room, Instrument.zone,
            _has_hours().label("has_hours"), _has_tariff().label("has_tariff"), InstrumentOffer.next_free_at,
        )
        .outerjoin(InstrumentOffer, InstrumentOffer.instrument_id == Instrument.id)
        .where(Instrument.owner_id == owner.id)
        .order_by(Instrument.asset_no)
    )  # fmt: skip
    if q:
        statement = statement.where(or_(matches(Instrument.search_words, q), Instrument.asset_no == q))
    if show == "incomplete":
        lacking = or_(~_has_hours(), ~_has_tariff(), Instrument.class_code == "")
        return statement.where(Instrument.state != InstrumentState.WITHDRAWN, lacking)
    return statement.where(Instrument.state == InstrumentState(show)) if show else statement


def state_counts(owner: Organisation) -> dict[str, int]:
    """How many instruments are in each state, in all under the empty name, and incomplete."""
    lacking = or_(~_has_hours(), ~_has_tariff(), Instrument.class_code == "")
    rows = session.execute(
        select(Instrument.state, func.count(), func.count().filter(lacking))
        .where(Instrument.owner_id == owner.id)
        .group_by(Instrument.state)
    ).all()
    counts = {state.value: count for state, count, _lacking in rows}
    incomplete = sum(lack for state, _count, lack in rows if state is not InstrumentState.WITHDRAWN)
    return {**counts, "": sum(counts.values()), "incomplete": incomplete}


def _has_hours() -> ColumnElement[bool]:
    return exists().where(OpeningStretch.instrument_id == Instrument.id)


def _has_tariff() -> ColumnElement[bool]:
    ends = func.upper(Tariff.valid)
    lasts = or_(ends.is_(None), ends > func.date(func.timezone(Instrument.zone, now())))
    return exists().where(Tariff.instrument_id == Instrument.id, Tariff.state == TariffState.PUBLISHED, lasts)


def publish_when_complete(actor: Actor, instrument: Instrument) -> None:
    """Put an instrument into the catalogue once it can be booked.

    Raises Invalid when its description, hours or prices are missing.
    """
    ensure(actor, InstrumentPolicy.publish, instrument, known_to=InstrumentPolicy.view)
    found = readiness(instrument)
    if not found.gaps and not found.has_hours:
        raise Invalid(_l("Set the opening hours first."), code="gaps", details={"gaps": ["hours"]})
    if not found.gaps and found.tariff is None:
        raise Invalid(_l("Publish a tariff first."), code="gaps", details={"gaps": ["tariff"]})
    publish_instrument(actor, instrument)


def publish_many(actor: Actor, owner: Organisation, ids: Sequence[UUID]) -> tuple[int, int]:
    """(published, left because something is missing) of the chosen instruments."""
    published = left = 0
    for instrument in _chosen(owner, ids):
        if instrument.is_published:
            continue
        with attempt(Invalid) as tried:
            publish_when_complete(actor, instrument)
        published += tried.ok
        left += not tried.ok
    return published, left


def withdraw_many(actor: Actor, owner: Organisation, ids: Sequence[UUID]) -> int:
    """Take the chosen instruments out of the catalogue; returns how many were in it."""
    chosen = [instrument for instrument in _chosen(owner, ids) if instrument.is_published]
    for instrument in chosen:
        withdraw_instrument(actor, instrument)
    return len(chosen)


def apply_to_many(actor: Actor, owner: Organisation, source: Instrument, ids: Sequence[UUID]) -> tuple[int, int]:
    """Give the chosen instruments the hours, rules and prices of another one.

    Returns (instruments, those whose prices wait as a draft for somebody who may publish them).
    """
    ensure(actor, InstrumentPolicy.edit, source, known_to=InstrumentPolicy.view)
    chosen = [instrument for instrument in _chosen(owner, ids) if instrument.id != source.id]
    waiting = sum(copy_settings(actor, source, instrument) for instrument in chosen)
    return len(chosen), waiting


def copy_settings(actor: Actor, source: Instrument, instrument: Instrument) -> bool:
    """Copy hours, rules and prices; says whether the prices were left as a draft."""
    copy_opening_hours(actor, source, instrument)
    rules = booking_rules(source.id)
    if rules is not None:
        set_booking_rules(
            actor, instrument, slot_rules(rules), cancellation_rules(rules), needs_approval=rules.needs_approval
        )
    day = today(instrument.timezone)
    tariff = tariff_on(source.id, day)
    if tariff is None:
        return False
    draft = draft_tariff(
        actor, instrument, Terms.from_json(tariff.terms), valid_from=day, approval_no=tariff.approval_no
    )
    if not TariffPolicy.publish(actor, instrument):
        return True
    with attempt(even_denied=True) as tried:
        publish_tariff(actor, instrument, draft, valid_from=day)
    return not tried.ok


def _chosen(owner: Organisation, ids: Sequence[UUID]) -> list[Instrument]:
    if not ids:
        raise Invalid(_l("Choose at least one instrument."), field="ids", code="none_chosen")
    if len(ids) > MOST_AT_ONCE:
        raise Conflict(_l("At most %(most)s at once.", most=MOST_AT_ONCE), field="ids", code="too_many")
    return instruments_by_ids(owner.id, list(dict.fromkeys(ids)))


def place_of(row: Row[Any]) -> str:
    """Where an instrument stands, in short."""
    return " ".join(filter(None, (row.building, row.room))) or str(row.site)
