"""Bearer tokens: made, shown once, revoked."""

from datetime import timedelta

from app.accounts.members.queries import membership_of
from app.accounts.models import Actor, ApiToken, Organisation
from app.accounts.policy import own
from app.accounts.proofs import digest_of
from app.accounts.settings import settings
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Invalid, Unauthenticated
from app.core.i18n import lazy_gettext as _l
from app.core.ids import secret_token, uuid7
from app.core.policy import ensure
from app.core.wording import one_line

PREFIX = "jishi_"
SHOWN = 12
LONGEST_NAME = 100


def create_token(
    actor: Actor, organisation: Organisation | None, *, name: str, days: int | None = None
) -> tuple[str, ApiToken]:
    """Make a token with which a program acts as the actor for `organisation`; returns the secret, shown only now.

    `days` is its validity, at most the setting `token_days`. Raises Invalid when the actor is no member, and for a
    name or a validity that cannot be.
    """
    if actor.user_id is None:
        raise Unauthenticated(_l("Sign in first."))
    if organisation is not None:
        membership = membership_of(actor.user_id, organisation.id)
        if membership is None or not membership.is_active:
            raise Invalid(_l("You are not a member of this organisation."), field="organisation")
    called = one_line(name)
    if not called or len(called) > LONGEST_NAME:
        raise Invalid(_l("Say in 1 to %(most)s characters what the token is for.", most=LONGEST_NAME), field="name")
    longest = settings.number("token_days")
    valid = longest if days is None else min(days, longest)
    if valid < 1:
        raise Invalid(_l("A token must be valid for at least one day."), field="days")
    secret, present = PREFIX + secret_token(), now()
    made = ApiToken(
        id=uuid7(),
        token_hash=digest_of(secret),
        prefix=secret[:SHOWN],
        name=called,
        user_id=actor.user_id,
        organisation_id=organisation.id if organisation else None,
        created_at=present,
        expires_at=present + timedelta(days=valid),
    )
    session.add(made)
    session.flush()
    record(actor, "token.create", made, {"name": [None, made.name], "days": [None, valid]})
    return secret, made


def revoke_token(actor: Actor, token: ApiToken) -> None:
    """Make a token worthless."""
    ensure(actor, own, token)
    if token.revoked_at is None:
        token.revoked_at = now()
        session.flush()
        record(actor, "token.revoke", token)
