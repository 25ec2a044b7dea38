"""Publicity inside the institution 公示, its objections, and when a declaration becomes ready to file."""

from app.accounts.models import SYSTEM, Actor
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import one_line, paragraphs
from app.market.open_licences.events import ObjectionClosed, ObjectionRaised
from app.market.open_licences.models import (
    ConsentPurpose,
    ConsentState,
    DeclarationState,
    Objection,
    OpenLicence,
)
from app.market.open_licences.parties import parties
from app.market.open_licences.policy import OpenLicencePolicy
from app.market.open_licences.queries import consents_for, declaration, open_objections, waiting_for_time
from app.market.open_licences.states import change_state, lock


def raise_objection(actor: Actor, open_licence: OpenLicence, reason: str, contact: str = "") -> Objection:
    """Object by name within the publicity; it holds the declaration until two persons have closed it.

    Raises Conflict outside of the publicity, Invalid without a reason.
    """
    ensure(actor, OpenLicencePolicy.object, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    until = open_licence.publicity_until
    if open_licence.state is not DeclarationState.CONSENTING or until is None or today() >= until:
        raise Conflict(_l("The publicity is over."), code="publicity")
    if actor.user is None:
        raise Forbidden(_l("Your role does not allow this."))
    why = paragraphs(reason)
    if not why:
        raise Invalid(_l("Say what you object to."), field="reason")
    objection = Objection(
        id=uuid7(), open_licence_id=open_licence.id, raised_by_id=actor.user_id, name=actor.user.name,
        contact=one_line(contact) or actor.user.email, reason=why, created_at=now(),
    )  # fmt: skip
    session.add(objection)
    session.flush()
    record(actor, "objection.raise", objection)
    emit(ObjectionRaised(objection.id))
    return objection


def answer_objection(actor: Actor, objection: Objection, answer: str) -> Objection:
    """The officer answers in words; a second person closes. Its declaration is loaded."""
    ensure(actor, OpenLicencePolicy.edit, objection.open_licence, known_to=OpenLicencePolicy.view)
    lock(objection.open_licence)
    session.refresh(objection, attribute_names=["closed_at", "answered_at"], with_for_update={"of": Objection})
    if objection.closed_at is not None:
        raise Conflict(_l("This objection is closed."), code="closed")
    words = paragraphs(answer)
    if not words:
        raise Invalid(_l("Enter the answer."), field="answer")
    objection.answer, objection.answered_at, objection.answered_by_id = words, now(), actor.user_id
    session.flush()
    record(actor, "objection.answer", objection)
    return objection


def close_objection(actor: Actor, objection: Objection) -> Objection:
    """Another person than the one who answered closes it. Raises Conflict before the answer and for the same one."""
    open_licence = objection.open_licence
    ensure(actor, OpenLicencePolicy.edit, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    session.refresh(
        objection, attribute_names=["closed_at", "answered_at", "answered_by_id"], with_for_update={"of": Objection}
    )
    if objection.closed_at is not None:
        return objection
    if objection.answered_at is None:
        raise Conflict(_l("Answer the objection first."), code="unanswered")
    if actor.user_id is None or objection.answered_by_id == actor.user_id:
        raise Conflict(_l("A second person closes it, not the one who has answered."), code="same_person")
    objection.closed_at, objection.closed_by_id = now(), actor.user_id
    session.flush()
    record(actor, "objection.close", objection)
    emit(ObjectionClosed(objection.id))
    advance(actor, open_licence)
    return objection


def close_publicity(actor: Actor, open_licence: OpenLicence) -> OpenLicence:
    """Note that the publicity is over. Raises Conflict before its last day has passed or while objections are open."""
    ensure(actor, OpenLicencePolicy.edit, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    until = open_licence.publicity_until
    if open_licence.state is not DeclarationState.CONSENTING or until is None:
        raise Conflict(_l("There is no publicity now."), code="publicity")
    if today() < until:
        raise Conflict(_l("The publicity lasts until %(day)s.", day=until.isoformat()), code="publicity")
    if open_objections(open_licence):
        raise Conflict(_l("An objection is open."), code="objection")
    advance(actor, open_licence)
    return open_licence


def is_publicity_over(open_licence: OpenLicence) -> bool:
    """Whether the days have passed and no objection is open."""
    until = open_licence.publicity_until
    return until is not None and today() >= until and not open_objections(open_licence)


def missing_consents(open_licence: OpenLicence, purpose: ConsentPurpose) -> list[str]:
    """Who still has to agree, by name. Patent, holders and encumbrances are loaded."""
    given = {
        (one.role, one.party_name) for one in consents_for(open_licence, purpose) if one.state is ConsentState.AGREED
    }
    return [one.name for one in parties(open_licence, purpose, today()) if (one.role, one.name) not in given]


def advance(actor: Actor, open_licence: OpenLicence) -> bool:
    """Close a publicity that is over, and make the declaration ready when all consents are there too.

    Called on each answer and by the timer; done again it changes nothing. Returns whether it is ready now.
    """
    if open_licence.state is not DeclarationState.CONSENTING or not is_publicity_over(open_licence):
        return False
    if open_licence.publicity_closed_at is None:
        open_licence.publicity_closed_at, open_licence.publicity_closed_by_id = now(), actor.user_id
        session.flush()
        record(actor, "open_licence.close_publicity", open_licence)
    if missing_consents(open_licence, ConsentPurpose.DECLARATION):
        return False
    change_state(actor, open_licence, DeclarationState.READY)
    return True


def advance_by_time() -> int:
    """Look at every declaration whose publicity is over; returns how many became ready."""
    count = 0
    for identity in waiting_for_time(today()):
        open_licence = declaration(identity)
        lock(open_licence)
        count += advance(SYSTEM, open_licence)
    return count
