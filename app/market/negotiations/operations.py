"""Offers to and fro: ask, counter, decline, agree; what nobody answers lapses (flows-market.md §1 h)."""

from app.accounts.models import SYSTEM, Actor
from app.accounts.proofs import digest_of
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import guard, session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import paragraphs
from app.core.workdays import end_of_working_day
from app.market.licences.models import LicenceKind
from app.market.negotiations.bars import bar, lock_patent
from app.market.negotiations.contract_text import contract_text, first_fields
from app.market.negotiations.events import ContractToSign, NegotiationEnded, OfferMade
from app.market.negotiations.models import Contract, Negotiation, NegotiationState, Offer, Side
from app.market.negotiations.policy import NegotiationPolicy
from app.market.negotiations.queries import negotiation_with_all
from app.market.negotiations.terms import Terms, changed_names, check_terms, stored, terms_of, tidied
from app.market.patents.models import Patent
from app.market.patents.policy import PatentPolicy
from app.market.settings import settings
from app.settlement.operations import paper_number, take_numbers

LONGEST_MESSAGE = 2000
NOT_YOURS = _l("It is the other side’s turn.")


def ask(actor: Actor, patent: Patent, kind: LicenceKind, terms: Terms, message: str = "") -> Negotiation:
    """Ask the owner of a patent for a licence or the patent itself; the first proposal goes with it.

    Raises Conflict when it cannot be given (`bar`) or is negotiated already, Invalid for terms that cannot be.
    """
    ensure(actor, NegotiationPolicy.ask, patent, known_to=PatentPolicy.view)
    if kind is LicenceKind.OPEN:
        raise Invalid(_l("An open licence needs no negotiation: give notice."), field="kind")
    patent = lock_patent(patent.id)
    _ensure_free(patent, kind)
    check_terms(tidied(terms), patent, today(), is_transfer=kind is LicenceKind.TRANSFER)
    year = today().year
    negotiation = Negotiation(
        id=uuid7(), number=paper_number("N", year, take_numbers("negotiation", year)), patent_id=patent.id,
        asker_id=actor.organisation_id, owner_id=patent.owner_id, kind=kind, state=NegotiationState.ASKED,
        turn=Side.OWNER, rounds=0, asked_by_id=actor.user_id, created_at=now(), changed_at=now(), end_reason="",
    )  # fmt: skip
    going_on = Conflict(_l("You are negotiating this patent already."), code="going_on")
    with guard({"negotiations_one_live": going_on}):
        session.add(negotiation)
    record(actor, "negotiation.ask", negotiation, {"kind": [None, kind.value]})
    _offer(actor, negotiation, patent, Side.ASKER, terms, message)
    return negotiation


def counter_offer(actor: Actor, negotiation: Negotiation, terms: Terms, message: str = "") -> Offer:
    """Answer the last offer with another one. It lapses so many working days from now, not from the first.

    Raises Conflict when it is not this side's turn any more or nothing was changed.
    """
    side = _turn(actor, negotiation)
    patent = lock_patent(negotiation.patent_id)
    _ensure_free(patent, negotiation.kind)
    last = _last(negotiation)
    if not changed_names(terms_of(last), tidied(terms)):
        raise Conflict(_l("Nothing is changed. Agree, or change something."), code="unchanged")
    negotiation.state = NegotiationState.OFFER
    return _offer(actor, negotiation, patent, side, terms, message)


def decline(actor: Actor, negotiation: Negotiation, reason: str = "") -> Negotiation:
    """End it for good; either side may until both have signed. Raises Conflict afterwards."""
    ensure(actor, NegotiationPolicy.answer, negotiation, known_to=NegotiationPolicy.view)
    _lock(negotiation)
    if negotiation.state is NegotiationState.DECLINED:
        return negotiation
    if not (negotiation.is_talking or negotiation.is_at_contract):
        raise Conflict(_l("This negotiation is over."), code="over")
    return _end(actor, negotiation, NegotiationState.DECLINED, paragraphs(reason)[:LONGEST_MESSAGE])


def agree(actor: Actor, negotiation: Negotiation) -> Contract:
    """Accept the last offer: the contract is written and waits for both signatures.

    Raises Conflict when it is not this side's turn or the patent cannot be given so any more, Invalid when the term
    would now outlive the patent (民法典 865).
    """
    _turn(actor, negotiation)
    patent = lock_patent(negotiation.patent_id)
    _ensure_free(patent, negotiation.kind)
    negotiation.state, negotiation.changed_at = NegotiationState.AGREED, now()
    negotiation.lapses_at = end_of_working_day(settings.number("sign_days"))
    session.flush()
    whole = negotiation_with_all(negotiation.id)
    offer = whole.offers[-1]
    is_transfer = negotiation.kind is LicenceKind.TRANSFER
    check_terms(terms_of(offer), patent, today(), is_transfer=is_transfer)
    fields = first_fields(whole, offer)
    year = today().year
    number = paper_number("C", year, take_numbers("contract", year))
    text = contract_text(number, 1, whole, offer, fields, today())
    contract = Contract(
        id=uuid7(), negotiation_id=negotiation.id, offer_id=offer.id, number=number, revision=1, fields=fields,
        text=text, sha256=digest_of(text), signed_hash="", created_at=now(), changed_at=now(),
    )  # fmt: skip
    contract.signatures = []
    contract.negotiation, contract.offer = whole, offer
    session.add(contract)
    session.flush()
    record(actor, "negotiation.agree", negotiation, {"contract": [None, number], "hash": [None, contract.sha256]})
    emit(ContractToSign(contract.id, contract.sha256, 0))
    return contract


def lapse(negotiation: Negotiation) -> Negotiation:
    """Nobody answered or signed in time. Done twice, or too early, it changes nothing."""
    _lock(negotiation)
    due = negotiation.lapses_at is not None and negotiation.lapses_at <= now()
    if not due or not (negotiation.is_talking or negotiation.is_at_contract):
        return negotiation
    return _end(SYSTEM, negotiation, NegotiationState.LAPSED, "")


def _end(actor: Actor, negotiation: Negotiation, state: NegotiationState, reason: str) -> Negotiation:
    before = negotiation.state
    negotiation.state, negotiation.end_reason = state, reason
    negotiation.ended_at = negotiation.changed_at = now()
    negotiation.lapses_at = None
    session.flush()
    verb = "decline" if state is NegotiationState.DECLINED else "lapse"
    record(actor, f"negotiation.{verb}", negotiation, {"state": [before.value, state.value], "reason": [None, reason]})
    emit(NegotiationEnded(negotiation.id))
    return negotiation


def end_without_licence(negotiation: Negotiation, reason: str) -> Negotiation:
    """The signed contract comes to nothing: not paid in time, or barred meanwhile; what was paid goes back."""
    _lock(negotiation)
    if negotiation.state is not NegotiationState.SIGNED:
        return negotiation
    return _end(SYSTEM, negotiation, NegotiationState.LAPSED, reason)


def _offer(actor: Actor, negotiation: Negotiation, patent: Patent, side: Side, terms: Terms, message: str) -> Offer:
    tidy = tidied(terms)
    check_terms(tidy, patent, today(), is_transfer=negotiation.kind is LicenceKind.TRANSFER)
    negotiation.rounds += 1
    offer = Offer(
        id=uuid7(), negotiation_id=negotiation.id, revision=negotiation.rounds, side=side, made_by_id=actor.user_id,
        message=paragraphs(message)[:LONGEST_MESSAGE], created_at=now(), **stored(tidy),
    )  # fmt: skip
    negotiation.turn, negotiation.changed_at = side.other, now()
    negotiation.lapses_at = end_of_working_day(settings.number("offer_days_negotiated"))
    session.add(offer)
    session.flush()
    record(actor, "negotiation.offer", negotiation, {"revision": [None, offer.revision]})
    emit(OfferMade(offer.id))
    return offer


def _turn(actor: Actor, negotiation: Negotiation) -> Side:
    """The side that the actor speaks for, when it is its turn."""
    ensure(actor, NegotiationPolicy.answer, negotiation, known_to=NegotiationPolicy.view)
    _lock(negotiation)
    side = negotiation.side_of(actor.organisation_id)
    if side is None:
        raise Forbidden(_l("Your role does not allow this."), details={"needs": NegotiationPolicy.answer.needs})
    if not negotiation.is_talking:
        raise Conflict(_l("This negotiation is over."), code="over")
    if negotiation.turn is not side:
        raise Conflict(NOT_YOURS, code="turn")
    if negotiation.lapses_at is not None and negotiation.lapses_at <= now():
        raise Conflict(_l("This offer has lapsed."), code="lapsed")
    return side


def _last(negotiation: Negotiation) -> Offer:
    return session.query(Offer).filter_by(negotiation_id=negotiation.id, revision=negotiation.rounds).one()


def _ensure_free(patent: Patent, kind: LicenceKind) -> None:
    problem = bar(patent, kind)
    if problem is not None:
        raise problem


def _lock(negotiation: Negotiation) -> None:
    session.flush()
    session.refresh(negotiation, with_for_update={"of": Negotiation})
