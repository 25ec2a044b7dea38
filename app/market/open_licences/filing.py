"""Filing with CNIPA, its corrections and refusals, and the operator's check of what is declared."""

from collections.abc import Sequence
from datetime import date

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import guard, session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure
from app.core.wording import one_line, paragraphs
from app.market.open_licences.events import OpenLicenceReturned
from app.market.open_licences.models import ConsentPurpose, ConsentState, DeclarationState, OpenLicence
from app.market.open_licences.operations import ensure_unblocked, unlist_pilot
from app.market.open_licences.parties import parties
from app.market.open_licences.policy import OpenLicencePolicy
from app.market.open_licences.publicity import missing_consents
from app.market.open_licences.queries import consents_for
from app.market.open_licences.states import change_state, lock

CHECKED_STATES = (
    DeclarationState.READY, DeclarationState.FILED, DeclarationState.CORRECTION, DeclarationState.ANNOUNCED,
    DeclarationState.WITHDRAWING,
)  # fmt: skip


def record_filing(actor: Actor, open_licence: OpenLicence, accept_no: str, filed_on: date) -> OpenLicence:
    """Note CNIPA's acceptance number and the day of filing, also after a correction.

    Raises Conflict while a blocker holds, a consent is missing or the operator has sent it back; Invalid for a day
    before the publicity was over or in the future. The database refuses what is unfit once more (rules 85, 86).
    """
    ensure(actor, OpenLicencePolicy.file | OpenLicencePolicy.check, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    if open_licence.state not in {DeclarationState.READY, DeclarationState.CORRECTION}:
        raise Conflict(_l("It is not ready to be filed."), code="state")
    if open_licence.return_reasons:
        raise Conflict(_l("The operator has sent it back. Answer that first."), code="returned")
    ensure_unblocked(open_licence)
    _ensure_consents(open_licence)
    _drop_unneeded(open_licence)
    number = _number(accept_no, "accept_no")
    earliest = open_licence.publicity_until
    if filed_on > today():
        raise Invalid(_l("This day lies in the future."), field="filed_on")
    if earliest is None or filed_on < earliest:
        raise Invalid(_l("It could not be filed before the publicity was over."), field="filed_on")
    unfit = Conflict(_l("It cannot be filed: the facts of the patent have changed."), code="unfit")
    declared = Conflict(_l("A co-owner has just filed this patent. Load the page anew."), code="declared_elsewhere")
    refusals = {"open_licences_fit": unfit, "open_licences_no_exclusive": unfit, "open_licences_one_filed": declared}
    with guard(refusals):
        open_licence.accept_no, open_licence.filed_on = number, filed_on
        change_state(actor, open_licence, DeclarationState.FILED, filed_on, number)
    open_licence.correction_note, open_licence.correction_due_on = "", None
    session.flush()
    return open_licence


def _ensure_consents(open_licence: OpenLicence) -> None:
    missing = missing_consents(open_licence, ConsentPurpose.DECLARATION)
    if missing:
        raise Conflict(_l("%(names)s has not agreed.", names="、".join(missing)), code="consent")


def _drop_unneeded(open_licence: OpenLicence) -> None:
    """Nobody waits for those who need not agree any more, such as a bank whose pledge has ended."""
    needed = {(one.role, one.name) for one in parties(open_licence, ConsentPurpose.DECLARATION, today())}
    for consent in consents_for(open_licence, ConsentPurpose.DECLARATION):
        if consent.state is not ConsentState.AGREED and (consent.role, consent.party_name) not in needed:
            consent.state = ConsentState.VOID
    session.flush()


def ask_correction(actor: Actor, open_licence: OpenLicence, note: str, due_on: date) -> OpenLicence:
    """CNIPA wants it corrected 补正 by a day. Raises Invalid without words or for a day that has passed."""
    ensure(actor, OpenLicencePolicy.file | OpenLicencePolicy.check, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    words = paragraphs(note)
    if not words:
        raise Invalid(_l("Say what CNIPA wants corrected."), field="note")
    if due_on < today():
        raise Invalid(_l("This day has passed."), field="due_on")
    open_licence.correction_note, open_licence.correction_due_on = words, due_on
    change_state(actor, open_licence, DeclarationState.CORRECTION, today(), words)
    return open_licence


def refuse(actor: Actor, open_licence: OpenLicence, note: str, refused_on: date | None = None) -> OpenLicence:
    """CNIPA does not announce it, or takes it as not filed 不予公告、视为未提出. A pilot leaves the list."""
    ensure(actor, OpenLicencePolicy.file | OpenLicencePolicy.check, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    day = refused_on or today()
    if day > today():
        raise Invalid(_l("This day lies in the future."), field="refused_on")
    if not paragraphs(note):
        raise Invalid(_l("Say what CNIPA gives as its reason."), field="note")
    change_state(actor, open_licence, DeclarationState.REFUSED, day, paragraphs(note))
    open_licence.pilot_at = None
    session.flush()
    return open_licence


def pass_check(actor: Actor, open_licence: OpenLicence) -> OpenLicence:
    """The operator has compared the declaration with the register and found nothing wrong."""
    ensure(actor, OpenLicencePolicy.check, open_licence)
    lock(open_licence)
    _ensure_checkable(open_licence)
    open_licence.checked_at, open_licence.checked_by_id = now(), actor.user_id
    session.flush()
    record(actor, "open_licence.pass", open_licence)
    return open_licence


def return_declaration(actor: Actor, open_licence: OpenLicence, reasons: Sequence[str], note: str = "") -> OpenLicence:
    """The operator sends it back with reasons; a pilot leaves the list and filing waits for an answer."""
    ensure(actor, OpenLicencePolicy.check, open_licence)
    lock(open_licence)
    _ensure_checkable(open_licence)
    words = paragraphs(note)
    if not reasons and not words:
        raise Invalid(_l("Choose a reason, or write one."), field="reasons")
    open_licence.return_reasons, open_licence.return_note = list(reasons) or ["other"], words
    open_licence.checked_at, open_licence.checked_by_id = None, actor.user_id
    unlist_pilot(actor, open_licence)
    session.flush()
    record(actor, "open_licence.return", open_licence, {"return_reasons": [[], open_licence.return_reasons]})
    emit(OpenLicenceReturned(open_licence.id))
    return open_licence


def answer_return(actor: Actor, open_licence: OpenLicence) -> OpenLicence:
    """The patentee has mended what was sent back: it waits for the operator's check again."""
    ensure(actor, OpenLicencePolicy.edit, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    if open_licence.return_reasons:
        record(actor, "open_licence.mend", open_licence, {"return_reasons": [open_licence.return_reasons, []]})
        open_licence.return_reasons, open_licence.return_note, open_licence.checked_by_id = [], "", None
        session.flush()
    return open_licence


def _ensure_checkable(open_licence: OpenLicence) -> None:
    if open_licence.state not in CHECKED_STATES:
        raise Conflict(_l("It is not ready to be checked."), code="state")


def _number(text: str, name: str) -> str:
    number = one_line(text)
    if not number or len(number) > 60:
        raise Invalid(_l("Enter the number as CNIPA gives it."), field=name)
    return number
