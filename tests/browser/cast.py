"""People and instruments of a journey's own, so that no journey treads on another's toes."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import time_machine
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import Actor, Membership, Organisation, OrganisationKind, Role, actor_from
from app.accounts.passwords import hash_password
from app.core.clock import Period, bounds, now, period
from app.core.db import session
from app.equipment.catalogue.operations import refresh_offers
from app.equipment.instruments.search_words import search_words
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import Reservation
from app.equipment.usage.operations import finish_use, start_use
from tests.accounts.factories import make_actor, make_organisation, make_user, organisation_code
from tests.browser.site import PASSWORD, Site
from tests.equipment.factories import make_bookable_instrument

INSTITUTION, ENTERPRISE = OrganisationKind.INSTITUTION, OrganisationKind.ENTERPRISE


@dataclass(frozen=True)
class Member:
    """Somebody with an account who can sign in, and the organisation."""

    email: str
    name: str
    organisation_id: UUID
    organisation: str
    code: str
    user_id: UUID


def member(site: Site, kind: OrganisationKind = ENTERPRISE, *roles: Role, **of_organisation: Any) -> Member:
    """A new person in a new, verified organisation, in every role unless some are named."""

    def make() -> Member:
        mark = secrets.token_hex(4)
        code = organisation_code(secrets.randbelow(90_000_000) + 10_000_000)
        name = f"{'青岭大学' if kind is INSTITUTION else '云杉科技有限公司'}{mark}"
        organisation = make_organisation(kind, **{"code": code, "name": name, **of_organisation})
        user = make_user(email=f"{mark}@people.example", name=f"方{mark}", password_hash=hash_password(PASSWORD))
        usual = (Role.OWNER, Role.BOOKER, Role.FINANCE)
        make_actor(
            organisation, *(roles or (*usual, *([Role.MANAGER, Role.TECHNICIAN] * (kind is INSTITUTION)))), user=user
        )
        return Member(user.email, user.name, organisation.id, organisation.name, organisation.code, user.id)

    return site.prepare(make)


def actor_of(who: Member) -> Actor:
    """Somebody acting for their organisation; inside `Site.prepare` or `Site.look`."""
    found = session.scalars(
        select(Membership)
        .options(joinedload(Membership.organisation), joinedload(Membership.user))
        .where(Membership.user_id == who.user_id)
    ).one()
    return actor_from(found, found.user)


def instrument(site: Site, owner: Member, *, mark: str = "", **rules: Any) -> UUID:
    """A published instrument that is open day and night and can be booked every quarter of an hour."""

    def make() -> UUID:
        known = mark or secrets.token_hex(3).upper()
        made = make_bookable_instrument(
            session.get_one(Organisation, owner.organisation_id),
            rules={"granularity": 15, "shortest": 15, **rules},
            asset_no=f"QL-{known}", name=f"CD Spectrometer {known}", name_zh=f"圆二色光谱仪 {known}",
            contact_name="何老师", contact_phone="0431-85000001",
        )  # fmt: skip
        made.search_words = search_words({"name": made.name, "name_zh": made.name_zh, "asset_no": made.asset_no})
        session.flush()
        refresh_offers([made.id])
        return made.id

    return site.prepare(make)


def quarter(minutes: int = 0) -> datetime:
    """The last full quarter of an hour, or so many minutes after it."""
    moment = now()
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0) + timedelta(minutes=minutes)


def booked(site: Site, booker: Member, instrument_id: UUID, stretch: Period, purpose: str = "蛋白二级结构") -> UUID:
    """A booking, made a day before it begins or now if that is sooner."""

    def make() -> UUID:
        with time_machine.travel(min(now(), bounds(stretch)[0] - timedelta(days=1)), tick=True):
            return make_reservation(actor_of(booker), instrument_id, stretch, purpose=purpose).id

    return site.prepare(make)


def running_now(site: Site, booker: Member, instrument_id: UUID, minutes: int = 120) -> UUID:
    """A booking that began less than a quarter of an hour ago."""
    start = quarter()
    return booked(site, booker, instrument_id, period(start, start + timedelta(minutes=minutes)))


def finished(site: Site, owner: Member, customer: Member, place: UUID, hours_ago: int) -> UUID:
    """A use of two and a half hours of a booking of two that waits for the customer."""
    start = quarter(-hours_ago * 60)
    booking = booked(site, customer, place, period(start, start + timedelta(hours=2)))

    def use() -> None:
        row, actor = session.get_one(Reservation, booking), actor_of(owner)
        with time_machine.travel(start, tick=True):
            start_use(actor, row)
        with time_machine.travel(start + timedelta(minutes=150), tick=True):
            finish_use(actor, row)

    site.prepare(use)
    return booking
