"""Registering and describing organisations, and the operator's decision about them."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from app.accounts.codes import check_code, region_of
from app.accounts.events import OrganisationAsked, OrganisationRefused, OrganisationRegistered, OrganisationVerified
from app.accounts.models import Actor, Membership, Organisation, OrganisationKind, Role, User, Verification
from app.accounts.organisations.queries import organisation_by_code
from app.accounts.policy import OrganisationPolicy
from app.accounts.settings import settings
from app.accounts.throttle import take_turn
from app.core.audit import record
from app.core.clock import now
from app.core.db import guard, session
from app.core.errors import Conflict, Forbidden, Invalid, Unauthenticated
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import one_line

REGISTERED_ALREADY = _l("Already registered: ask to join.")


def register_organisation(
    actor: Actor, *, code: str, name: str, kind: OrganisationKind, phone: str = "", name_en: str = "", address: str = ""
) -> Organisation:
    """Make an organisation that waits for verification, with the actor as its first owner.

    The region is read from the code. Raises Invalid for a wrong code, Conflict (`already_registered`) for a known
    one, Forbidden for the operator's own kind.
    """
    if actor.user_id is None:
        raise Unauthenticated(_l("Sign in first."))
    if kind is OrganisationKind.OPERATOR:
        raise Forbidden(_l("The operator is set up on the server."))
    take_turn(f"register:{actor.user_id}", settings.number("join_requests_per_day"), timedelta(days=1))
    return found_organisation(
        actor, actor.user_id, code=code, name=name, kind=kind, phone=phone, name_en=name_en, address=address
    )


def found_organisation(
    actor: Actor,
    owner_id: UUID,
    *,
    code: str,
    name: str,
    kind: OrganisationKind,
    phone: str = "",
    name_en: str = "",
    address: str = "",
    roles: tuple[Role, ...] = (Role.OWNER,),
) -> Organisation:
    """Make an organisation for somebody; the command line uses it for the operator's own."""
    code, present = check_code(code), now()
    known = Conflict(REGISTERED_ALREADY, field="code", code="already_registered")
    if organisation_by_code(code) is not None:
        raise known
    organisation = Organisation(
        id=uuid7(),
        code=code,
        name=one_line(name),
        name_en=one_line(name_en),
        kind=kind,
        region=region_of(code),
        address=one_line(address),
        phone=one_line(phone),
        verification=Verification.WAITING,
        created_at=present,
    )
    with guard({"organisations_code_key": known}):
        session.add(organisation)
    session.add(Membership(user_id=owner_id, organisation_id=organisation.id, roles=list(roles), created_at=present))
    session.execute(update(User).where(User.id == owner_id).values(last_organisation_id=organisation.id))
    session.flush()
    record(actor, "organisation.register", organisation, {"code": [None, code]})
    emit(OrganisationRegistered(organisation.id, owner_id))
    return organisation


def change_organisation(
    actor: Actor, organisation: Organisation, *, name: str, name_en: str, address: str, phone: str
) -> None:
    """Change how an organisation is described. A verified name stays; an answer goes back to the queue."""
    ensure(actor, OrganisationPolicy.edit, organisation)
    wanted = {"name_en": one_line(name_en), "address": one_line(address), "phone": one_line(phone)}
    if one_line(name) != organisation.name:
        if organisation.is_verified:
            raise Invalid(_l("A verified name cannot be changed here. Write to the operator."), field="name")
        wanted["name"] = one_line(name)
    _apply(actor, organisation, "organisation.change", wanted)
    if organisation.verification in {Verification.ASKED, Verification.REFUSED}:
        organisation.verification = Verification.WAITING
        session.flush()
        emit(OrganisationRegistered(organisation.id, actor.user_id or organisation.id))


def set_bank_account(
    actor: Actor, organisation: Organisation, *, bank_name: str, bank_account: str, bank_account_name: str
) -> None:
    """Name the account that payouts go to. An empty `bank_account` keeps the present number. Owners only."""
    ensure(actor, OrganisationPolicy.edit, organisation)
    digits = "".join(bank_account.split())
    if digits and not (digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 30):
        raise Invalid(_l("An account number has 8 to 30 digits."), field="bank_account")
    wanted = {"bank_name": one_line(bank_name), "bank_account_name": one_line(bank_account_name)}
    if digits:
        wanted["bank_account"] = digits
    _apply(actor, organisation, "organisation.bank_account", wanted)


def _apply(actor: Actor, organisation: Organisation, action: str, wanted: Mapping[str, str]) -> None:
    """Set what differs and write it down; of an account number only the last four digits."""
    changes = {}
    for field, value in wanted.items():
        old = getattr(organisation, field)
        if old != value:
            setattr(organisation, field, value)
            secret = field == "bank_account"
            changes[field] = [masked(old), masked(value)] if secret else [old, value]
    if changes:
        session.flush()
        record(actor, action, organisation, changes)


def masked(number: str) -> str:
    """An account number of which only the last four digits are shown."""
    return f"•••• {number[-4:]}" if number else ""


def verify_organisation(actor: Actor, organisation: Organisation) -> None:
    """Find an organisation in order. Raises Conflict when a colleague was faster."""
    _decide(actor, organisation, Verification.VERIFIED, "")
    organisation.verified_at = now()
    session.flush()
    emit(OrganisationVerified(organisation.id, uuid7()))


def ask_organisation(actor: Actor, organisation: Organisation, note: str) -> None:
    """Ask an organisation for more; `note` says for what. It may answer by changing its details."""
    _decide(actor, organisation, Verification.ASKED, _required(note))
    emit(OrganisationAsked(organisation.id, uuid7(), organisation.verification_note))


def refuse_organisation(actor: Actor, organisation: Organisation, note: str) -> None:
    """Refuse an organisation; `note` says why."""
    _decide(actor, organisation, Verification.REFUSED, _required(note))
    emit(OrganisationRefused(organisation.id, uuid7(), organisation.verification_note))


def _required(note: str) -> str:
    if not note.strip():
        raise Invalid(_l("Say what is missing or why; the organisation reads it."), field="note")
    return one_line(note)


def _decide(actor: Actor, organisation: Organisation, outcome: Verification, note: str) -> None:
    ensure(actor, OrganisationPolicy.verify, organisation)
    before = organisation.verification
    if before in {Verification.VERIFIED, outcome}:
        raise Conflict(_l("A colleague has already decided about this organisation."), code="decided")
    organisation.verification = outcome
    organisation.verification_note = note
    session.flush()
    record(
        actor, f"organisation.{outcome.value}", organisation,
        {"verification": [before.value, outcome.value], "note": [None, note]},
    )  # fmt: skip
