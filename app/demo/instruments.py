"""The instruments: the real list imported for the university, others described by hand, nearly all of them offered."""

import random
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import Range

from app.accounts.models import Actor, Organisation
from app.core.audit import AuditEntry, audit_row
from app.core.clock import now
from app.core.db import session
from app.core.tabular import read_table
from app.demo.cast import INSTITUTE, UNIVERSITY, company, demo_id
from app.demo.collection import ALWAYS, PIECES, Piece
from app.demo.people import actor_of
from app.demo.prices import WAN, Family, family_of, usual_terms, worth_of
from app.demo.timing import months_before
from app.equipment.catalogue.operations import refresh_offers
from app.equipment.exchange.formats import FORMATS, FormatCode
from app.equipment.exchange.operations import apply_import
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.instruments.operations import Description, create_instrument, publish_instrument
from app.equipment.instruments.search_words import search_words
from app.equipment.schedule.cancellation import CancellationRules
from app.equipment.schedule.hours import WallStretch, WeeklyHours
from app.equipment.schedule.models import BookingRules
from app.equipment.schedule.operations import set_booking_rules, set_opening_hours
from app.equipment.schedule.slots import SlotRules
from app.equipment.tariffs.models import Tariff, TariffState
from app.equipment.tariffs.terms import ChargeBasis, Terms
from app.imports.reading import read_rows

LIST = Path(__file__).parent.parent / "equipment" / "demo" / "emsl-instruments.uniquip.csv"
ROUND_THE_CLOCK = "24 h/day"
# Old, or never described further: they stay drafts.
DRAFTS = frozenset({"1010", "1013", "1033", "1062", "34100", "34236", "34237", "35000"})
# A newcomer books these and uses them at once: no approval, open day and night, no notice.
AT_ONCE = {"34297": 0, "34298": 30, "34153": 0, "34114": 15}
BUILDINGS = ("分析测试中心", "化学楼", "生命科学楼", "环境楼")


def are_imported() -> bool:
    """Whether the university has instruments."""
    return (
        session.scalar(select(Instrument.id).where(Instrument.owner_id == company(UNIVERSITY).id).limit(1)) is not None
    )


def import_instruments(_password: str) -> str:
    """Import the real list for the university, the way everybody imports one."""
    owner = session.get_one(Organisation, company(UNIVERSITY).id)
    rows = read_rows(FORMATS[FormatCode.UNIQUIP].reader, read_table(LIST.read_bytes(), LIST.name))
    return str(apply_import(actor_of("university@jishi.example"), owner, rows, source=LIST.name))


def are_offered() -> bool:
    """Whether any instrument has a price."""
    return session.scalar(select(Tariff.id).limit(1)) is not None


def offer_instruments(_password: str) -> str:
    """Give instruments what the list lacks, hours, rules and prices, and publish nearly all of them."""
    offered = _offer_imported(actor_of("university@jishi.example"))
    for owner, email in ((UNIVERSITY, "university@jishi.example"), (INSTITUTE, "institute@jishi.example")):
        actor = actor_of(email)
        offered += [_offer_piece(actor, piece) for piece in PIECES if piece.owner == owner]
    session.flush()
    refresh_offers(instrument.id for instrument in offered)
    return f"{len(offered)} instruments offered, {len(DRAFTS)} stay drafts"


def _offer_imported(actor: Actor) -> list[Instrument]:
    imported = session.scalars(
        select(Instrument).where(Instrument.owner_id == actor.organisation_id).order_by(Instrument.asset_no)
    ).all()
    rules = {row.instrument_id: row.id for row in session.execute(select(BookingRules.instrument_id, BookingRules.id))}
    session.execute(update(Instrument), [_details(place, each) for place, each in enumerate(imported)])
    published = [each for each in imported if each.asset_no not in DRAFTS]
    session.execute(update(BookingRules), [{"id": rules[each.id], **_rules(each)} for each in published])
    tariffs = [_tariff(actor, each, _terms(each)) for each in published]
    session.execute(insert(Tariff), tariffs)
    session.execute(insert(AuditEntry), [audit_row(actor, "instrument.publish", each) for each in published])
    session.expire_all()
    return published


def _details(place: int, instrument: Instrument) -> dict[str, Any]:
    """What a list of names does not say."""
    dice = random.Random(instrument.asset_no)
    family = family_of(instrument.name_zh)
    values: dict[str, Any] = {
        "value_minor": worth_of(family, dice),
        "in_service_on": _in_service(instrument.name, dice),
        "manufacturer": family.maker,
        "building": BUILDINGS[place % len(BUILDINGS)],
        "room": f"{1 + place % 5}{place % 30:02d}",
        "contact_name": "陈立",
        "contact_phone": "0431-8000 0123",
        "contact_email": "technician@jishi.example",
        "functions": "定性与定量分析，方法开发，数据解析",
    }
    known = {name: getattr(instrument, name) for name in ("name_zh", "name", "asset_no", "technique", "class_code")}
    is_offered = instrument.asset_no not in DRAFTS
    return {
        "id": instrument.id,
        **values,
        "search_words": search_words({**known, **values}),
        "state": InstrumentState.PUBLISHED if is_offered else InstrumentState.DRAFT,
        "published_at": now() if is_offered else None,
        "changed_at": now(),
    }


def _in_service(name: str, dice: random.Random) -> date:
    """In the year that the name tells, or in some year before 2014."""
    year = next((int(word[1:5]) for word in name.split() if word[:1] == "(" and word[1:5].isdecimal()), 0)
    return date(year or dice.randint(1998, 2013), dice.randint(1, 12), dice.randint(1, 28))


def is_round_the_clock(instrument: Instrument) -> bool:
    """Whether an instrument is open day and night."""
    return instrument.extra.get("Service Level") == ROUND_THE_CLOCK


def _rules(instrument: Instrument) -> dict[str, Any]:
    family = family_of(instrument.name_zh)
    at_once = instrument.asset_no in AT_ONCE
    granularity = 15 if at_once else family.granularity
    return {
        "granularity": granularity,
        "shortest": granularity,
        "longest": 24 * 60 if is_round_the_clock(instrument) else 10 * 60,
        "notice": AT_ONCE.get(instrument.asset_no, 240 if family.needs_approval else 120),
        "horizon_days": 60,
        "needs_approval": family.needs_approval and not at_once,
        "free_until": 1440,
        "late_percent": 50,
        "no_show_percent": 100,
    }


def _terms(instrument: Instrument) -> Terms:
    family: Family = family_of(instrument.name_zh)
    basis = ChargeBasis.GREATER if family.needs_approval else ChargeBasis.USED
    return usual_terms(family.first, family.then, basis=basis, rounding=min(30, family.granularity))


def _tariff(actor: Actor, instrument: Instrument, terms: Terms) -> dict[str, Any]:
    return {
        "id": demo_id("tariff", instrument.owner_id, instrument.asset_no),
        "instrument_id": instrument.id,
        "state": TariffState.PUBLISHED,
        "valid": Range(months_before(12), None, bounds="[)"),
        "approval_no": "松大价〔2025〕8号" if instrument.owner_id == company(UNIVERSITY).id else "",
        "terms": terms.to_json(),
        "created_by_id": actor.user_id,
        "published_at": now(),
        "published_by_id": actor.user_id,
    }


def _offer_piece(actor: Actor, piece: Piece) -> Instrument:
    """Describe, open, price and publish an instrument by the operations that the pages use."""
    owner = session.get_one(Organisation, company(piece.owner).id)
    dice = random.Random(piece.asset_no)
    description = Description(
        asset_no=piece.asset_no,
        name=piece.name,
        name_zh=piece.name_zh,
        class_code=piece.class_code,
        functions=piece.functions,
        value_minor=piece.worth * WAN,
        in_service_on=date(dice.randint(2012, 2024), dice.randint(1, 12), dice.randint(1, 28)),
        site=owner.name,
        building=piece.building,
        room=str(dice.randint(101, 520)),
        contact_name=actor.user.name if actor.user else "",
        contact_phone=owner.phone,
        contact_email=actor.user.email if actor.user else "",
        operation_mode=piece.mode,
    )
    instrument = create_instrument(actor, owner, description)
    day = (WallStretch(*piece.hours),)
    open_days = 7 if piece.hours == ALWAYS else 5
    set_opening_hours(actor, instrument, WeeklyHours((day,) * open_days + ((),) * (7 - open_days)))
    longest = 24 * 60 if piece.hours == ALWAYS else 10 * 60
    notice = 240 if piece.needs_approval else 60
    slots = SlotRules(granularity=30, shortest=30, longest=longest, notice=notice, horizon_days=90)
    set_booking_rules(actor, instrument, slots, CancellationRules(), needs_approval=piece.needs_approval)
    session.execute(insert(Tariff), [_tariff(actor, instrument, piece.terms)])
    publish_instrument(actor, instrument)
    return instrument
