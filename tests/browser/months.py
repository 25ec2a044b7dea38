"""This month, which is closed once only: the charges of every journey are there before."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.core.clock import today
from app.core.db import session
from app.demo.people import actor_of as demo_actor
from app.equipment.usage.disputes import answer_objection, decide_objection, escalate_objection, object_to_use
from app.equipment.usage.models import Use
from app.equipment.usage.operations import accept_use
from app.market.royalties.models import RoyaltyPeriod
from app.market.royalties.reporting import report_royalty
from tests.browser.cast import INSTITUTION, Member, actor_of, finished, instrument, member
from tests.browser.licensing import ACCOUNT, House, house, taken
from tests.browser.site import Site

SOLD = {"name": "防雾镜片", "units": 1_200, "gross_minor": 52_000_000, "deductions_minor": 2_000_000}
INCOME, INVENTORS, MINE = "15,000.00", "9,000.00", "5,400.00"
"""3 % of ¥500,000; 60 % of it; 60 % of that is the first inventor's."""


@dataclass(frozen=True)
class Sides:
    """Whose instrument was used, and by whom."""

    owner: Member
    customer: Member


@dataclass(frozen=True)
class Income:
    """A house with a licence whose royalty was reported this month."""

    of: House
    licence_id: UUID


@dataclass(frozen=True)
class Month:
    """What this month's statements show, for each language."""

    uses: dict[str, Sides]
    decided: dict[str, Sides]
    income: dict[str, Income]


DECIDED: dict[str, Sides] = {}
"""Whose disputed hours a journey has led to a decision before the month is closed, for each language."""


def close_this_month(site: Site, locales: Iterable[str]) -> Month:
    """A use, a decided dispute and a royalty for each language, then the close with everything that others have left."""
    account = {**ACCOUNT, "bank_account": "1604120199990001"}
    known = list(locales)
    uses = {locale: Sides(member(site, INSTITUTION, **account), member(site)) for locale in known}
    for each in uses.values():
        _accepted_use(site, each)
    decided = {locale: DECIDED.get(locale) or _decided_use(site) for locale in known}
    income = {locale: _reported(site) for locale in known}
    assert "statements" in site.flask("settlement", "close-month", f"{today():%Y-%m}")
    return Month(uses, decided, income)


def _accepted_use(site: Site, sides: Sides) -> None:
    """Two and a half hours that nobody disputes: ¥1,300.00."""
    booking = finished(site, sides.owner, sides.customer, instrument(site, sides.owner), 26)

    site.prepare(lambda: accept_use(actor_of(sides.customer), _use_of(booking)))


def _use_of(booking: UUID) -> Use:
    return session.scalars(select(Use).options(joinedload(Use.reservation)).where(Use.reservation_id == booking)).one()


def _decided_use(site: Site) -> Sides:
    """Two and a half hours of which the operator charges two: ¥1,100.00."""
    sides = Sides(member(site, INSTITUTION), member(site))
    booking = finished(site, sides.owner, sides.customer, instrument(site, sides.owner), 20)

    def decide() -> None:
        customer = actor_of(sides.customer)
        objection = object_to_use(customer, _use_of(booking), claimed_minutes=90, reason="第4份样品没有做")
        answer_objection(actor_of(sides.owner), objection, offered_minutes=150, answer="已核对开机记录")
        escalate_objection(customer, objection)
        decide_objection(demo_actor("operator@jishi.example"), objection, decided_minutes=120)

    site.prepare(decide)
    return sides


def _reported(site: Site) -> Income:
    of, taker = house(site), member(site)
    licence = taken(site, of, taker, 7)

    def report() -> None:
        period = select(RoyaltyPeriod).where(RoyaltyPeriod.licence_id == licence, RoyaltyPeriod.position == 1)
        report_royalty(actor_of(taker), session.scalars(period).one(), [SOLD])

    site.prepare(report)
    return Income(of, licence)
