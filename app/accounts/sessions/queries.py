"""Proofs of identity looked up: one statement for a signed-in browser, one for a bearer token."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, Text, and_, bindparam, case, cast, not_, or_, select
from sqlalchemy.orm.attributes import set_committed_value

from app.accounts.models import (
    Actor,
    ApiToken,
    Membership,
    Organisation,
    OrganisationKind,
    SignInSession,
    User,
    actor_from,
)
from app.accounts.passwords import idle_limit
from app.accounts.proofs import digest_of
from app.core.clock import now
from app.core.db import session
from app.core.tenancy import EVERYBODY, carrying, tenant_carried


@dataclass(frozen=True)
class Identification:
    """A signed-in browser: who acts, by which session, and every organisation there is to choose from."""

    actor: Actor
    signed_in: SignInSession
    memberships: tuple[Membership, ...]


_TENANT = case(
    (Organisation.id.is_(None), ""),
    (Organisation.kind == OrganisationKind.OPERATOR, EVERYBODY),
    else_=cast(Organisation.id, Text),
)
# Both statements are built once: they run with every request, and set at once whose rows the rest of it sees.
_IDENTIFICATION = (
    select(
        SignInSession, User, Membership, Organisation,
        case((Membership.organisation_id == SignInSession.organisation_id, carrying(_TENANT))).label("tenant"),
    )
    .join(User, User.id == SignInSession.user_id)
    .outerjoin(Membership, and_(Membership.user_id == User.id, Membership.requested_at.is_(None)))
    .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
    .where(
        SignInSession.token_hash == bindparam("token_hash"),
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > bindparam("present"),
        SignInSession.last_seen_at > bindparam("idle_since"),
        User.disabled_at.is_(None),
    )
    .order_by(Membership.created_at)
)  # fmt: skip
_BEARER = (
    select(ApiToken, User, Membership, Organisation, carrying(_TENANT).label("tenant"))
    .join(User, User.id == ApiToken.user_id)
    .outerjoin(
        Membership,
        and_(
            Membership.user_id == User.id,
            Membership.organisation_id == ApiToken.organisation_id,
            Membership.requested_at.is_(None),
        ),
    )
    .outerjoin(Organisation, Organisation.id == Membership.organisation_id)
    .where(
        ApiToken.token_hash == bindparam("token_hash"),
        ApiToken.revoked_at.is_(None),
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > bindparam("present")),
        User.disabled_at.is_(None),
    )
)


def identification(token: str) -> Identification | None:
    """Who is behind the secret of a browser; None when it is unknown, ended, idle for too long or too old."""
    present = now()
    wanted = {"token_hash": digest_of(token), "present": present, "idle_since": present - idle_limit()}
    rows = session.execute(_IDENTIFICATION, wanted).all()
    if not rows:
        return None
    memberships = []
    for row in rows:
        if row.Membership is not None:
            set_committed_value(row.Membership, "organisation", row.Organisation)
            memberships.append(row.Membership)
        if row.tenant is not None:
            tenant_carried(row.tenant)
    signed_in, user = rows[0][0], rows[0][1]
    acting = next((each for each in memberships if each.organisation_id == signed_in.organisation_id), None)
    return Identification(actor_from(acting, user), signed_in, tuple(memberships))


def bearer(token: str) -> tuple[Actor, ApiToken] | None:
    """Who is behind an API token; None when it is unknown, revoked, expired or its holder left the organisation."""
    row = session.execute(_BEARER, {"token_hash": digest_of(token), "present": now()}).one_or_none()
    if row is None:
        return None
    tenant_carried(row.tenant)
    membership: Membership | None = row.Membership
    if membership is None:
        return None if row.ApiToken.organisation_id else (Actor(user=row.User), row.ApiToken)
    set_committed_value(membership, "organisation", row.Organisation)
    return actor_from(membership, row.User), row.ApiToken


def sessions_of(user_id: UUID, *, ended: bool = False) -> Select[SignInSession]:
    """The browsers in which a person is signed in, or was before, the latest used first."""
    present = now()
    lives = and_(
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > present,
        SignInSession.last_seen_at > present - idle_limit(),
    )
    return (
        select(SignInSession)
        .where(SignInSession.user_id == user_id, not_(lives) if ended else lives)
        .order_by(SignInSession.last_seen_at.desc(), SignInSession.id)
    )


def is_due(last: SignInSession, pause: timedelta = timedelta(minutes=1)) -> bool:
    """Whether the use of a browser was noted long enough ago to be noted again."""
    return now() - last.last_seen_at >= pause
