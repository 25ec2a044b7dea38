"""Holds: a slot kept for a few minutes while somebody fills in the form, also before there is an account."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from app.accounts.models import Actor
from app.accounts.proofs import digest_of
from app.core.clock import Period, now
from app.core.db import session
from app.core.errors import Conflict
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.equipment.reservations.booking import quote_slot, slot_taken
from app.equipment.reservations.events import HoldReleased
from app.equipment.reservations.policy import may_book
from app.equipment.reservations.told import Told, keep_told
from app.equipment.schedule.claims import claim, lock_instruments, release
from app.equipment.schedule.models import Occupation, OccupationKind
from app.equipment.settings import settings


def holder_of(browser_token: str) -> str:
    """What is stored of a browser's random token."""
    return digest_of(browser_token)


def offered_to(organisation_id: UUID) -> str:
    """Under which name a slot is held for whoever books for an organisation, in whichever browser."""
    return f"organisation:{organisation_id}"


def held_for(actor: Actor) -> tuple[str, ...]:
    """Under which names slots are held for the organisation acted for; none for those who may not book."""
    return (offered_to(actor.organisation_id),) if actor.organisation_id is not None and may_book(actor) else ()


def hold_slot(
    actor: Actor,
    instrument_id: UUID,
    stretch: Period,
    *,
    holder: str,
    with_operator: bool = False,
    told: Told | None = None,
) -> Occupation:
    """Keep a slot for this browser; an earlier hold of the browser, on whatever instrument, is given up.

    It lasts `hold_minutes`; see `extend_for_sign_up`. `told` is what was said of the price before: it is kept with the
    hold, for whoever comes back to it. Raises Conflict when the slot is taken or too many anonymous
    holds lie on the instrument.
    """
    offer = quote_slot(actor, instrument_id, stretch, with_operator=with_operator, told=told)
    release_holds(holder, before=instrument_id)
    anonymous = actor.user_id is None
    if anonymous:
        _ensure_few_anonymous(instrument_id)
    identity, until = uuid7(), now() + timedelta(minutes=settings.number("hold_minutes"))
    kept = f"{'anonymous' if anonymous else 'person'}:{holder}"
    if not claim(identity, offer.sheet.instrument_id, stretch, OccupationKind.HOLD, holder=kept, expires_at=until):
        raise slot_taken(instrument_id, stretch)
    hold = session.get_one(Occupation, identity)
    keep_told(hold, offer.told if offer.before is None else replace(offer.told, total_minor=offer.before.minor))
    return hold


def _ensure_few_anonymous(instrument_id: UUID) -> None:
    count = session.scalar(
        select(func.count()).where(
            Occupation.instrument_id == instrument_id,
            Occupation.active,
            Occupation.kind == OccupationKind.HOLD,
            Occupation.expires_at > now(),
            Occupation.holder.startswith("anonymous:"),
        )
    )
    if (count or 0) >= settings.number("anonymous_holds"):
        raise Conflict(_l("Others are booking this instrument right now. Sign in to hold a slot."), code="held")


def extend_for_sign_up(hold_id: UUID) -> bool:
    """Let a visitor's hold last `hold_signup_minutes` from its beginning, once an account is being opened for it.

    Says whether it was made longer: never a second time, and not when it is over.
    """
    until = Occupation.created_at + timedelta(minutes=settings.number("hold_signup_minutes"))
    result = session.execute(
        update(Occupation)
        .where(
            Occupation.id == hold_id,
            Occupation.active,
            Occupation.kind == OccupationKind.HOLD,
            Occupation.holder.startswith("anonymous:"),
            Occupation.expires_at > now(),
            Occupation.expires_at < until,
        )
        .values(expires_at=until)
        .execution_options(synchronize_session=False)
    )
    return bool(result.rowcount)  # type: ignore[attr-defined]


def find_hold(hold_id: UUID, holders: Iterable[str]) -> Occupation | None:
    """A hold under one of these names that still lasts."""
    return session.scalars(
        select(Occupation).where(
            Occupation.id == hold_id,
            Occupation.active,
            Occupation.kind == OccupationKind.HOLD,
            Occupation.expires_at > now(),
            Occupation.holder.in_(tuple(holders)),
        )
    ).one_or_none()


def any_hold(hold_id: UUID, holders: Iterable[str]) -> Occupation | None:
    """A hold under one of these names, over or not: one that is over need not be chosen and typed again."""
    return session.scalars(
        select(Occupation).where(
            Occupation.id == hold_id,
            Occupation.kind == OccupationKind.HOLD,
            Occupation.holder.in_(tuple(holders)),
        )
    ).one_or_none()


def holder_names(holder: str) -> tuple[str, str]:
    """A hold taken before signing in is still this browser's afterwards."""
    return f"anonymous:{holder}", f"person:{holder}"


def release_holds(holder: str, *, before: UUID | None = None) -> None:
    """Give up what this browser holds; `before` names the instrument that it is about to claim."""
    mine = [
        Occupation.active, Occupation.kind == OccupationKind.HOLD, Occupation.holder.in_(holder_names(holder))
    ]  # fmt: skip
    held = set(session.scalars(select(Occupation.instrument_id).where(*mine)))
    lock_instruments(held | ({before} if before else set()))
    session.execute(update(Occupation).where(*mine).values(active=False))


def give_back(hold: Occupation) -> None:
    """Give one held slot up; whoever waits for it hears of it."""
    release(hold.id, hold.instrument_id)
    emit(HoldReleased(hold.id, hold.instrument_id))
