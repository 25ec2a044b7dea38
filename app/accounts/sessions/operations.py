"""Signing in and out: credentials with lockout, sessions kept on the server."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, insert, select, update

from app.accounts.models import Actor, Membership, SignInAttempt, SignInSession, User
from app.accounts.passwords import is_password
from app.accounts.proofs import digest_of
from app.accounts.settings import settings
from app.core.audit import record
from app.core.clock import now
from app.core.db import hold_key, session
from app.core.errors import Forbidden
from app.core.i18n import lazy_gettext as _l
from app.core.ids import secret_token, uuid7


class Outcome(StrEnum):
    """How a try to sign in ended."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


def check_credentials(email: str, password: str, address: str) -> tuple[Outcome, User | None]:
    """Compare e-mail address and password; the try is counted either way, so nothing is raised.

    Five failures within 15 minutes (settings) lock an account, known or not; many failures from one network address
    lock that address. The outcome, the time and the lock are the same for unknown accounts.
    """
    email = email.strip()
    hold_key(f"sign_in:{email.lower()}")
    if _is_locked(email, address):
        return Outcome.LOCKED, None
    user = session.scalars(select(User).where(User.email == email)).one_or_none()
    right = is_password(user, password)
    if user is None or not right or not user.is_active or not user.is_confirmed:
        note_attempt(email, address, succeeded=False)
        if user is not None:
            record(Actor(user=user), "sign_in.failed", user)
        return Outcome.WRONG, None
    note_attempt(email, address, succeeded=True)
    return Outcome.RIGHT, user


def note_attempt(email: str, address: str, *, succeeded: bool) -> None:
    """Count a try; a success (also by a new password) ends the lock."""
    row = {"id": uuid7(), "email": email.lower(), "address": address, "at": now(), "succeeded": succeeded}
    session.execute(insert(SignInAttempt).values(row))


def _is_locked(email: str, address: str) -> bool:
    since = now() - timedelta(minutes=settings.number("lock_minutes"))
    own = SignInAttempt.__table__.c
    of_account = func.lower(own.email) == email.lower()
    last_success = select(func.max(own.at)).where(of_account, own.succeeded).scalar_subquery()
    by_account = select(func.count()).where(
        of_account, ~own.succeeded, own.at > since, own.at > func.coalesce(last_success, since)
    )
    by_address = select(func.count()).where(own.address == address, ~own.succeeded, own.at > since)
    failures, from_address = session.execute(select(by_account.scalar_subquery(), by_address.scalar_subquery())).one()
    return bool(
        failures >= settings.number("failed_sign_ins") or from_address >= settings.number("failed_sign_ins_per_address")
    )


def open_session(user: User, *, user_agent: str, address: str) -> tuple[str, SignInSession]:
    """Remember a browser in which the person has just proved who they are; returns its secret token and the row."""
    token = secret_token()
    present = now()
    opened = SignInSession(
        token_hash=digest_of(token),
        user_id=user.id,
        organisation_id=usual_organisation_id(user),
        created_at=present,
        last_seen_at=present,
        expires_at=present + timedelta(hours=settings.number("session_hours")),
        user_agent=user_agent[:300],
        address=address,
    )
    session.add(opened)
    session.flush()
    record(Actor(user=user), "sign_in", opened)
    return token, opened


def usual_organisation_id(user: User) -> UUID | None:
    """The organisation acted for last, else the one joined first."""
    joined = session.scalars(
        select(Membership.organisation_id)
        .where(Membership.user_id == user.id, Membership.requested_at.is_(None))
        .order_by(Membership.organisation_id != user.last_organisation_id, Membership.created_at)
    ).all()
    return joined[0] if joined else None


def end_session(actor: Actor, ended: SignInSession) -> None:
    """Sign one browser out."""
    if ended.ended_at is None:
        ended.ended_at = now()
        session.flush()
        record(actor, "sign_out", ended)


def end_sessions(actor: Actor, user_id: UUID, *, besides: UUID | None = None) -> int:
    """Sign a person out everywhere, or everywhere else; returns in how many browsers."""
    statement = (
        update(SignInSession)
        .where(SignInSession.user_id == user_id, SignInSession.ended_at.is_(None))
        .values(ended_at=now())
        .returning(SignInSession.id)
    )
    if besides is not None:
        statement = statement.where(SignInSession.id != besides)
    ended = session.scalars(statement).all()
    if ended:
        record(actor, "sign_out.everywhere", None, {"user_id": str(user_id), "sessions": len(ended)})
    return len(ended)


def act_for(actor: Actor, signed_in: SignInSession, membership: Membership) -> None:
    """Act for another of one's organisations from now on, in this browser and at the next sign-in."""
    if membership.user_id != actor.user_id or not membership.is_active:
        raise Forbidden(_l("You are not a member of this organisation."))
    join_session(signed_in, membership.organisation_id)


def join_session(signed_in: SignInSession, organisation_id: UUID) -> None:
    """Let a signed-in browser act for an organisation its person has just founded, joined or chosen."""
    signed_in.organisation_id = organisation_id
    session.execute(update(User).where(User.id == signed_in.user_id).values(last_organisation_id=organisation_id))
    session.flush()


def touch_session(signed_in_id: UUID) -> None:
    """Note that a browser is in use."""
    session.execute(update(SignInSession).where(SignInSession.id == signed_in_id).values(last_seen_at=now()))
