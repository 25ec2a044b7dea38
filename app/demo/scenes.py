"""Scenes of the present, played by the operations that the pages use: requests, answers, objections, maintenance."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import SYSTEM
from app.core.clock import DEFAULT_ZONE, Period, now, period, today
from app.core.db import session
from app.demo.cast import demo_id
from app.demo.offers import Offer
from app.demo.people import actor_of
from app.equipment.instruments.models import Instrument
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import Reservation
from app.equipment.reservations.operations import approve_reservation, cancel_reservation, decline_reservation
from app.equipment.schedule.hours import WallStretch
from app.equipment.schedule.operations import add_maintenance, set_exception
from app.equipment.usage.charging import charge_fee
from app.equipment.usage.disputes import answer_objection, escalate_objection, object_to_use
from app.equipment.usage.models import Use
from app.equipment.waiting.operations import Wish, join_line
from app.settlement.models import ChargeKind
from app.settlement.operations import finalise_charge

SME, ENGINEER, BIOTECH = "sme@jishi.example", "engineer@jishi.example", "biotech@jishi.example"
INSTITUTE, NEWCOMER = "institute@jishi.example", "newcomer@jishi.example"
UNIVERSITY, MANAGER = "university@jishi.example", "manager@jishi.example"

# Open day and night and free for what happens here; the first two need approval.
SCENES = ("34313", "34321", "34244", "35007", "SJ-2003", "CB-101")
CLOSED_SOON = ("SJ-2002", "CB-104", "34078")
FULL, GIVEN_BACK = "SJ-2001", "given-back"  # an instrument without a gap, and its booking that goes


def play_scenes(offers: Mapping[str, Offer]) -> str:
    """Play all of them; returns how many bookings were made."""
    _charge_fees()
    _object()
    pending = _ask(offers)
    made = _book(offers)
    _keep_closed(offers)
    _wait(offers)
    return f"{pending} requests waiting, {made} bookings answered"


def _ask(offers: Mapping[str, Offer]) -> int:
    """Requests that wait: as soon as the notice allows, tomorrow, and later."""
    soon = (now() + timedelta(hours=5)).replace(minute=0, second=0, microsecond=0)
    asked = (
        (BIOTECH, "34321", period(soon, soon + timedelta(hours=2)), "鹿茸活性肽鉴定"),
        (SME, "34313", _slot(1, 13, 3), "光学胶残留单体分析"),
        (INSTITUTE, "34321", _slot(2, 9, 4), "联合课题样品"),
        (NEWCOMER, "SJ-2003", _slot(2, 14, 2), "磁性填料的磁化曲线"),
    )
    for email, asset_no, stretch, purpose in asked:
        make_reservation(actor_of(email), offers[asset_no].id, stretch, purpose=purpose)
    return len(asked)


def _book(offers: Mapping[str, Offer]) -> int:
    """Bookings that were answered, by the rules or by a manager."""
    manager = actor_of(MANAGER)
    make_reservation(actor_of(SME), offers["34244"].id, _slot(1, 9, 3), purpose="批次失效分析")
    make_reservation(actor_of(ENGINEER), offers["35007"].id, _slot(2, 10, 4), purpose="来料检验", with_operator=True)
    make_reservation(actor_of(SME), offers["CB-101"].id, _slot(4, 9, 2), purpose="新配方验证")
    approved = make_reservation(actor_of(SME), offers["34321"].id, _slot(3, 13, 4), purpose="镀膜材料杂质检测")
    approve_reservation(manager, approved)
    declined = make_reservation(actor_of(BIOTECH), offers["34313"].id, _slot(4, 9, 6), purpose="发酵液代谢物分析")
    decline_reservation(manager, declined, "这一天做年度校准，请改约下周。")
    cancelled = make_reservation(actor_of(SME), offers["35007"].id, _slot(6, 9, 3), purpose="来料检验")
    cancel_reservation(actor_of(SME), cancelled, reason="样品推迟到货")
    return 6


def _wait(offers: Mapping[str, Offer]) -> None:
    """Three wait for a full instrument; a booking is cancelled and the first in line gets the offer."""
    first, last = today() + timedelta(days=1), today() + timedelta(days=13)
    for email, minutes, purpose in (
        (SME, 120, "断口形貌观察"),
        (BIOTECH, 180, "菌体形貌"),
        (NEWCOMER, 60, "磁性填料形貌"),
    ):
        join_line(actor_of(email), offers[FULL].id, Wish(first, last, minutes, purpose))
    cancel_reservation(actor_of(INSTITUTE), _reservation(GIVEN_BACK), reason="样品没有按时制好")


def _slot(days_ahead: int, hour: int, hours: int) -> Period:
    begin = datetime.combine(today() + timedelta(days=days_ahead), time(hour), tzinfo=DEFAULT_ZONE)
    return period(begin, begin + timedelta(hours=hours))


def _reservation(key: str) -> Reservation:
    return session.get_one(Reservation, demo_id("reservation", key))


def _charge_fees() -> None:
    """What the late cancellation and the missed booking cost."""
    for key, kind in (("late", ChargeKind.CANCELLATION_FEE), ("missed", ChargeKind.NO_SHOW_FEE)):
        charge = charge_fee(SYSTEM, _reservation(key), kind)
        if charge is not None:
            finalise_charge(SYSTEM, charge)


def _object() -> None:
    """One objection waits for the institution, another one for the operator."""
    use = _use("objected")
    object_to_use(
        actor_of(SME), use, claimed_minutes=_minutes(use) - 45, reason="样品16:20已经取出，之后是仪器自检，不应计时。"
    )
    use = _use("escalated")
    recorded = _minutes(use)
    objection = object_to_use(
        actor_of(BIOTECH), use, claimed_minutes=recorded - 90, reason="前一个半小时在等仪器稳定，没有进样。"
    )
    answer_objection(
        actor_of(UNIVERSITY), objection, offered_minutes=recorded - 30, answer="预热属于必要机时，只能减去半小时等待。"
    )
    escalate_objection(actor_of(BIOTECH), objection)


def _use(key: str) -> Use:
    statement = select(Use).options(joinedload(Use.reservation)).where(Use.id == demo_id("use", key))
    return session.scalars(statement).one()


def _minutes(use: Use) -> int:
    recorded = use.used_minutes
    assert recorded is not None  # noqa: S101 the use was finished
    return recorded


def _keep_closed(offers: Mapping[str, Offer]) -> None:
    """Maintenance that runs, maintenance to come, and days with other hours."""
    soon = now().replace(minute=0, second=0, microsecond=0)
    blocks = (
        (UNIVERSITY, "34078", period(soon, soon + timedelta(hours=30)), "更换离子源"),
        (UNIVERSITY, "SJ-2002", _slot(1, 8, 10), "更换灯丝"),
        (INSTITUTE, "CB-104", _slot(2, 8, 10), "X射线源校准"),
    )
    for email, asset_no, stretch, reason in blocks:
        add_maintenance(actor_of(email), _instrument(offers, asset_no), stretch, reason)
    holiday = today() + timedelta(days=20)
    set_exception(actor_of(UNIVERSITY), _instrument(offers, "SJ-2003"), holiday, (), "实验室安全检查")
    short = (WallStretch(9 * 60, 12 * 60),)
    set_exception(actor_of(INSTITUTE), _instrument(offers, "CB-101"), holiday, short, "上午开放")


def _instrument(offers: Mapping[str, Offer], asset_no: str) -> Instrument:
    return session.get_one(Instrument, offers[asset_no].id)
