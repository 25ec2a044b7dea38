"""The plan of bookings: who books what and when, thrown with loaded dice that always fall alike."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from app.core.clock import days, nearest_at_place
from app.demo.cast import INSTITUTE, SECOND_SME, SME, UNIVERSITY
from app.demo.offers import Offer
from app.equipment.tariffs.terms import PayerClass

BOOKERS = {
    UNIVERSITY: ("university@jishi.example", "manager@jishi.example"),
    INSTITUTE: ("institute@jishi.example",),
    SME: ("sme@jishi.example", "engineer@jishi.example"),
    SECOND_SME: ("biotech@jishi.example",),
}
PURPOSES = {
    UNIVERSITY: (
        "博士课题：肽段定量",
        "本科生综合实验",
        "方法开发",
        "国家重点研发计划样品",
        "环境样品筛查",
        "性能核查",
    ),
    INSTITUTE: ("催化剂表征", "聚合物降解产物", "联合课题样品", "配体交换研究"),
    SME: ("光学胶残留单体分析", "镀膜材料杂质检测", "来料检验", "批次失效分析", "新配方验证"),
    SECOND_SME: ("鹿茸活性肽鉴定", "发酵液代谢物分析", "人参皂苷含量", "残留检测"),
}
SHARES = ((UNIVERSITY, 82), (INSTITUTE, 8), (SME, 6), (SECOND_SME, 4))


class Stage(StrEnum):
    """How far a booking has come."""

    CONFIRMED = "confirmed"
    RUNNING = "running"
    TO_CONFIRM = "to_confirm"
    REVIEW = "review"
    ACCEPTED = "accepted"
    CANCELLED_LATE = "cancelled_late"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking of the plan. Instants carry the zone of the place; `counted` are consumables by code."""

    key: str
    offer: Offer
    begin: datetime
    end: datetime
    payer: str
    booker: str
    purpose: str
    stage: Stage
    started_at: datetime
    ended_at: datetime
    created_at: datetime
    answered_after: timedelta
    with_operator: bool
    counted: tuple[tuple[str, int], ...]

    @property
    def payer_class(self) -> PayerClass:
        if self.payer == self.offer.owner:
            return PayerClass.INTERNAL
        return PayerClass.INSTITUTION if self.payer in {UNIVERSITY, INSTITUTE} else PayerClass.ENTERPRISE

    @property
    def minutes(self) -> int:
        return int((self.end - self.begin) / timedelta(minutes=1))

    @property
    def used_minutes(self) -> int:
        return int((self.ended_at - self.started_at) / timedelta(minutes=1))


def plan_days(
    offers: list[Offer], first: date, last: date, stage: Stage, *, density: float = 1.0, only_own: bool = False
) -> Iterator[Booking]:
    """Bookings of all instruments on the days from `first` up to and without `last`; `density` thins them out.

    `only_own`: nobody but the owner's people book.
    """
    for offer in offers:
        liking = random.Random(offer.asset_no).betavariate(2, 2.4) * 0.8
        for day in days(first, last):
            dice = random.Random(f"{offer.asset_no} {(day - first.replace(day=1)).days} {day.weekday()}")
            for begin, end in _stretches(offer, day, liking * density, dice):
                payer = offer.owner if only_own else _payer(offer, dice)
                yield book(offer, begin, end, payer, stage, dice)


def _stretches(offer: Offer, day: date, liking: float, dice: random.Random) -> list[tuple[datetime, datetime]]:
    """At most one stretch of a day: mostly over night where it never closes, else most of a day or half of it."""
    is_weekend = day.weekday() >= 5
    if dice.random() > liking * (0.6 if is_weekend else 1.0) or (is_weekend and not offer.is_round_the_clock):
        return []
    if offer.is_round_the_clock:
        begin, length = dice.choice(((10, 6), (13, 18), (14, 18), (15, 17), (16, 16), (15, 18)))
    else:
        begin, length = dice.choice(((8, 4), (8, 9), (8, 10), (9, 9), (9, 8), (10, 7)))
    start = nearest_at_place(day, time(begin), offer.zone).astimezone(offer.zone)
    return [(start, start + timedelta(hours=length))]


def _payer(offer: Offer, dice: random.Random) -> str:
    others = [key for key, _share in SHARES]
    chosen = dice.choices(others, [share for _key, share in SHARES])[0]
    if offer.owner == INSTITUTE and chosen in {UNIVERSITY, INSTITUTE}:
        chosen = UNIVERSITY if chosen == INSTITUTE else INSTITUTE
    return chosen


def book(
    offer: Offer, begin: datetime, end: datetime, payer: str, stage: Stage, dice: random.Random, key: str = ""
) -> Booking:
    """One booking with everything that follows from the dice."""
    start = begin + timedelta(minutes=dice.randint(-4, 12))
    stop = end + timedelta(minutes=dice.choice((-40, -25, -15, -10, -5, 0, 0, 5, 12)))
    consumables = [thing.code for thing in offer.terms.consumables]
    counted = ((consumables[0], dice.randint(2, 24)),) if consumables and dice.random() < 0.6 else ()
    created = begin - timedelta(hours=dice.randint(20, 150), minutes=dice.randint(0, 59))
    has_operator = payer != offer.owner and dice.random() < 0.4
    offered = all(prices.operator_per_hour is not None for prices in offer.terms.classes.values())
    return Booking(
        key=key or f"{offer.asset_no} {begin.isoformat()}",
        offer=offer,
        begin=begin,
        end=end,
        payer=payer,
        booker=dice.choice(BOOKERS[payer]),
        purpose=dice.choice(PURPOSES[payer]),
        stage=stage,
        started_at=start,
        ended_at=max(stop, start + timedelta(minutes=20)),
        created_at=created,
        answered_after=timedelta(minutes=int(dice.lognormvariate(4.6, 0.9))),
        with_operator=has_operator and offered,
        counted=counted,
    )
