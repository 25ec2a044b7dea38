"""What is going on right now: the last days, today, and the two weeks to come."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from app.core.clock import days, now, today
from app.core.db import session
from app.demo.cast import INSTITUTE, SECOND_SME, SME, UNIVERSITY, demo_id
from app.demo.instruments import AT_ONCE
from app.demo.offers import Offer, all_offers
from app.demo.past import RECENT
from app.demo.plan import Booking, Stage, book, plan_days
from app.demo.rows import write_bookings
from app.demo.scenes import CLOSED_SOON, FULL, GIVEN_BACK, SCENES, play_scenes
from app.demo.timing import this_month
from app.equipment.catalogue.operations import refresh_offers
from app.equipment.reservations.models import Reservation

AHEAD = timedelta(days=15)
IN_USE = "34308"
FULL_DAYS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Late:
    """A booking of the last days that something became of."""

    key: str
    asset_no: str
    days_ago: int
    hour: int
    hours: int
    payer: str
    stage: Stage


LATELY = (
    Late("to-confirm-1", "SJ-2003", 1, 9, 4, SME, Stage.TO_CONFIRM),
    Late("to-confirm-2", "CB-101", 1, 13, 3, SME, Stage.TO_CONFIRM),
    Late("to-confirm-3", "CB-101", 2, 9, 5, UNIVERSITY, Stage.TO_CONFIRM),
    Late("to-confirm-4", "35007", 1, 10, 6, SECOND_SME, Stage.TO_CONFIRM),
    Late("objected", "34244", 2, 13, 4, SME, Stage.TO_CONFIRM),
    Late("escalated", "35007", 3, 9, 6, SECOND_SME, Stage.TO_CONFIRM),
    Late("review", "34321", 2, 14, 3, INSTITUTE, Stage.REVIEW),
    Late("late", "34313", 1, 9, 3, SECOND_SME, Stage.CANCELLED_LATE),
    Late("missed", "SJ-2003", 3, 9, 2, SME, Stage.MISSED),
)  # fmt: skip


def is_there() -> bool:
    """Whether the present was told before."""
    return session.get(Reservation, demo_id("reservation", "in-use")) is not None


def load_present(_password: str) -> str:
    """Write what ran lately, runs now and is booked, then let people act by the operations that the pages use."""
    offers, moment = all_offers(), now().replace(second=0, microsecond=0)
    by_number = {offer.asset_no: offer for offer in offers}
    kept_free = {*AT_ONCE, *CLOSED_SOON, IN_USE, FULL, *(each.asset_no for each in LATELY), *SCENES}
    crowd = [offer for offer in offers if offer.asset_no not in kept_free]
    first, day = today() - RECENT, today()
    planned = [
        *plan_days(crowd, first, day, Stage.ACCEPTED, only_own=True),
        *plan_days(crowd, day, day + timedelta(days=1), Stage.ACCEPTED, density=0.6),
        *plan_days(crowd, day + timedelta(days=1), day + AHEAD, Stage.CONFIRMED, density=0.3),
    ]
    lately = [_lately(each, by_number[each.asset_no]) for each in LATELY]
    planned += _full_days(by_number[FULL], day)
    written = write_bookings(_as_of(moment, planned), post_from=this_month())
    written += write_bookings([*lately, _in_use(by_number[IN_USE], moment)], post_from=this_month())
    session.expire_all()
    told = play_scenes(by_number)
    refresh_offers(offer.id for offer in offers)
    return f"{written} bookings around today, {told}"


def _full_days(offer: Offer, first: date) -> Iterator[Booking]:
    """Two weeks of an instrument without a gap; one of the bookings will be given back."""
    given_back, ahead = False, first + timedelta(days=4)
    for day in (each for each in days(first, first + FULL_DAYS) if each.weekday() < 5):
        for hour, payer in ((8, UNIVERSITY), (13, INSTITUTE)):
            begin, dice = _at(offer, day, hour), random.Random(f"full {day} {hour}")
            is_it = payer == INSTITUTE and day >= ahead and not given_back
            key = GIVEN_BACK if is_it else ""
            given_back = given_back or is_it
            yield book(offer, begin, begin + timedelta(hours=5), payer, Stage.CONFIRMED, dice, key=key)


def _as_of(moment: datetime, planned: Iterable[Booking]) -> Iterator[Booking]:
    """The bookings as they stand at this moment: over, running, or still to come."""
    for each in planned:
        booked_at = min(each.created_at, moment - timedelta(hours=25))
        known = replace(each, created_at=booked_at, answered_after=min(each.answered_after, timedelta(hours=24)))
        if each.end <= moment:
            stage = Stage.ACCEPTED if each.payer == each.offer.owner else Stage.TO_CONFIRM
            yield replace(known, stage=stage, ended_at=min(each.ended_at, moment))
        elif each.begin <= moment:
            yield replace(known, stage=Stage.RUNNING, started_at=min(each.started_at, moment))
        else:
            yield replace(known, stage=Stage.CONFIRMED)


def _lately(late: Late, offer: Offer) -> Booking:
    begin = _at(offer, today() - timedelta(days=late.days_ago), late.hour)
    end = begin + timedelta(hours=late.hours)
    booking = book(offer, begin, end, late.payer, late.stage, random.Random(late.key), key=late.key)
    return replace(booking, with_operator=False)


def _in_use(offer: Offer, moment: datetime) -> Booking:
    """A booking of the small enterprise that began a little over an hour ago."""
    local = moment.astimezone(offer.zone)
    begin = local.replace(minute=local.minute // 15 * 15) - timedelta(minutes=75)
    booking = book(offer, begin, begin + timedelta(hours=4), SME, Stage.RUNNING, random.Random("now"), key="in-use")
    return replace(booking, started_at=begin + timedelta(minutes=4), booker="sme@jishi.example")


def _at(offer: Offer, day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=offer.zone)
