"""Private persons as a party: an organisation of their own, made from the account, without any number of theirs."""

import hashlib

from sqlalchemy import update

from app.accounts.codes import ALPHABET, LENGTH
from app.accounts.events import OrganisationRegistered
from app.accounts.models import (
    Actor,
    Membership,
    Organisation,
    OrganisationKind,
    Role,
    User,
    Verification,
)
from app.accounts.organisations.queries import organisation_by_code
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Unauthenticated
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7


def person_code(user: User) -> str:
    """``P`` and 17 signs made from the account’s id: always the same, and nothing of the person can be read in it."""
    number = int.from_bytes(hashlib.sha256(b"person:" + user.id.bytes).digest(), "big")
    signs = ""
    for _place in range(LENGTH - 1):
        number, sign = divmod(number, len(ALPHABET))
        signs += ALPHABET[sign]
    return f"P{signs}"


def act_for_oneself(actor: Actor) -> Actor:
    """The same person as a party of its own; the organisation is made at the first time. It waits for verification,
    which is no bar to taking a licence (专利法 art. 51: any unit or person). Raises Unauthenticated for a visitor.
    """
    user = actor.user
    if user is None:
        raise Unauthenticated(_l("Sign in first."))
    own = organisation_by_code(person_code(user))
    if own is None:
        own = _found(actor, user)
    return Actor(user=user, organisation=own, roles=frozenset({Role.OWNER}))


def _found(actor: Actor, user: User) -> Organisation:
    present = now()
    own = Organisation(
        id=uuid7(), code=person_code(user), name=user.name, name_en="", kind=OrganisationKind.PERSON, region="",
        address="", phone=user.phone, verification=Verification.WAITING, created_at=present,
    )  # fmt: skip
    session.add(own)
    session.flush()
    session.add(Membership(user_id=user.id, organisation_id=own.id, roles=[Role.OWNER.value], created_at=present))
    session.execute(update(User).where(User.id == user.id).values(last_organisation_id=own.id))
    session.flush()
    record(actor, "organisation.register", own, {"code": [None, own.code]})
    emit(OrganisationRegistered(own.id, user.id))
    return own
