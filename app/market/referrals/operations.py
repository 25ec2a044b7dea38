"""Asking, passing on, answering, agreeing and ending of referrals; what an agreed pledge leaves at the patent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from app.accounts.models import SYSTEM, Actor, Organisation
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import guard, session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import one_line, paragraphs
from app.core.workdays import end_of_working_day
from app.market.patents.models import EncumbranceKind, LegalStatus, Patent
from app.market.patents.operations import EncumbranceValues, add_encumbrance
from app.market.patents.policy import PatentPolicy
from app.market.patents.queries import locked
from app.market.referrals.consent import PARTS, consent_sentence, copied
from app.market.referrals.events import ReferralMoved
from app.market.referrals.models import NEXT, Partner, Referral, ReferralKind, ReferralState, ReferralStep
from app.market.referrals.policy import ReferralPolicy
from app.market.referrals.queries import last_position
from app.market.settings import settings
from app.settlement.operations import paper_number, take_numbers

MAX_TEXT = 2000
MAX_MONTHS = 240
CLOCKS = {
    ReferralState.ASKED: "referral_pass_days",
    ReferralState.PASSED: "referral_answer_days",
    ReferralState.TALKING: "referral_talk_days",
}
ONE_EACH = {
    "referrals_one_asked": Conflict(_l("You have asked for a loan on this patent already."), code="going_on"),
    "referrals_one_each": Conflict(_l("This partner has a request for this patent already."), code="going_on"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `parts` names what the partner may be shown, out of `PARTS`; sums in fen.

    A patent has its owner loaded, a partner its organisation.
    """

    kind: ReferralKind
    text: str
    patent: Patent | None = None
    partner: Partner | None = None
    asked_minor: int | None = None
    parts: Collection[str] = ()


def ask(actor: Actor, wish: Wish) -> Referral:
    """Send a request to the chosen partner, or to the operator when none is chosen.

    A pledge is asked for by who manages the patent. Raises Invalid for what is missing, Conflict for a patent that
    cannot be pledged or a request that is under way, Forbidden or Missing for a patent of others.
    """
    ensure(actor, ReferralPolicy.ask, None)
    text = paragraphs(wish.text)
    if not text or len(text) > MAX_TEXT:
        raise Invalid(_l("Say in a few words what you need."), field="wish")
    patent = _patent_of(actor, wish)
    _ensure_serves(actor, wish)
    parts = [name for name in PARTS if name in wish.parts]
    partner_id = wish.partner.organisation_id if wish.partner is not None else None
    year = today().year
    referral = Referral(
        id=uuid7(), number=paper_number("RF", year, take_numbers("referral", year)), kind=wish.kind,
        state=ReferralState.PASSED if partner_id else ReferralState.ASKED, applicant_id=actor.organisation_id,
        partner_id=partner_id, patent_id=patent.id if patent is not None else None, wish=text,
        asked_minor=wish.asked_minor, shared=copied(actor, parts, patent),
        consent=consent_sentence(parts, wish.partner.organisation.name if wish.partner is not None else ""),
        asked_by_id=actor.user_id, created_at=now(), changed_at=now(), reason="",
    )  # fmt: skip
    referral.due_at = _due(referral.state)
    with guard(ONE_EACH):
        session.add(referral)
    record(actor, "referral.ask", referral, {"kind": [None, wish.kind.value], "shared": [[], parts]})
    _note(actor, referral, "")
    return referral


def pass_on(actor: Actor, referral: Referral, partner: Partner) -> Referral:
    """Give a request to a partner that offers what is asked for. Raises Conflict when that was done, or is over."""
    ensure(actor, ReferralPolicy.pass_on, referral)
    _begin(referral, ReferralState.PASSED)
    if not partner.is_listed or not partner.serves(referral.kind):
        raise Invalid(_l("This partner does not offer it."), field="partner")
    if partner.organisation_id == referral.applicant_id:
        raise Invalid(_l("This is the organisation that asks."), field="partner")
    with guard(ONE_EACH):
        referral.partner_id = partner.organisation_id
        return _move(actor, referral, ReferralState.PASSED, "")


def take_up(actor: Actor, referral: Referral, note: str = "") -> Referral:
    """The partner is in touch with the applicant. Raises Conflict when it was answered, withdrawn or lapsed."""
    ensure(actor, ReferralPolicy.answer, referral, known_to=ReferralPolicy.view)
    _begin(referral, ReferralState.TALKING)
    return _move(actor, referral, ReferralState.TALKING, note)


def agree(actor: Actor, referral: Referral, amount_minor: int | None, months: int | None, note: str = "") -> Referral:
    """The partner notes what was agreed: the sum in fen and the term. Raises Invalid for a pledge without them."""
    ensure(actor, ReferralPolicy.answer, referral, known_to=ReferralPolicy.view)
    _begin(referral, ReferralState.AGREED)
    is_pledge = referral.kind is ReferralKind.PLEDGE
    if amount_minor is None or amount_minor < 0 or (is_pledge and not amount_minor):
        raise Invalid(_l("Enter an amount such as 500 or 49.50."), field="amount")
    if (months is None and is_pledge) or (months is not None and not 0 < months <= MAX_MONTHS):
        raise Invalid(_l("Enter the term in months."), field="months")
    referral.agreed_minor, referral.agreed_months = amount_minor, months
    return _move(actor, referral, ReferralState.AGREED, note)


def decline(actor: Actor, referral: Referral, reason: str) -> Referral:
    """The partner, or the operator while no partner has it, says no and why. Raises Invalid without a reason."""
    is_waiting = referral.state is ReferralState.ASKED
    ensure(actor, ReferralPolicy.pass_on if is_waiting else ReferralPolicy.answer, referral,
           known_to=ReferralPolicy.view)  # fmt: skip
    _begin(referral, ReferralState.DECLINED)
    reason = paragraphs(reason)[:MAX_TEXT]
    if not reason:
        raise Invalid(_l("Say why."), field="reason")
    if is_waiting is not (referral.state is ReferralState.ASKED):
        raise Conflict(_l("Somebody was faster. Look again."), code="state")
    referral.reason = reason
    return _move(actor, referral, ReferralState.DECLINED, reason)


def withdraw(actor: Actor, referral: Referral, reason: str = "") -> Referral:
    """The applicant needs it no more; done again it changes nothing. The partner reads nothing of it any more."""
    ensure(actor, ReferralPolicy.withdraw, referral, known_to=ReferralPolicy.view)
    _lock(referral)
    if referral.state is ReferralState.WITHDRAWN:
        return referral
    _ensure_next(referral, ReferralState.WITHDRAWN)
    referral.reason = paragraphs(reason)[:MAX_TEXT]
    return _move(actor, referral, ReferralState.WITHDRAWN, referral.reason)


def lapse(referral: Referral) -> Referral:
    """The partner did not answer, or came to no result, in time. Too early or done again it changes nothing."""
    _lock(referral)
    late = referral.due_at is not None and referral.due_at <= now()
    if not late or ReferralState.LAPSED not in NEXT[referral.state]:
        return referral
    return _move(SYSTEM, referral, ReferralState.LAPSED, "")


def confirm_pledge(
    actor: Actor, referral: Referral, *, reference: str, starts_on: date, ends_on: date | None, email: str = ""
) -> Referral:
    """The patentee notes the registered pledge at its patent: from now on rule 86 (4) and 民法典 444 hold.

    The right arises with its registration, on `starts_on`. Done again it is the first one. Raises Conflict before it
    is agreed, Invalid without the number of the registration.
    """
    ensure(actor, ReferralPolicy.confirm, referral, known_to=ReferralPolicy.view)
    _lock(referral)
    if referral.encumbrance_id is not None:
        return referral
    if not referral.lacks_pledge or referral.patent_id is None or referral.partner_id is None:
        raise Conflict(_l("No pledge has been agreed."), code="state")
    if not one_line(reference):
        raise Invalid(_l("Enter the number of the registration."), field="reference")
    if starts_on > today():
        raise Invalid(_l("This day lies in the future."), field="starts_on", code="future")
    patent = locked(session.get_one(Patent, referral.patent_id))
    partner = session.get_one(Organisation, referral.partner_id)
    values = EncumbranceValues(
        EncumbranceKind.PLEDGE, partner.name, starts_on, ends_on, one_line(reference), one_line(email), referral.number
    )
    referral.encumbrance_id = add_encumbrance(actor, patent, values).id
    referral.changed_at = now()
    session.flush()
    record(actor, "referral.pledge", referral, {"reference": [None, one_line(reference)]})
    return referral


def _patent_of(actor: Actor, wish: Wish) -> Patent | None:
    is_pledge, patent = wish.kind is ReferralKind.PLEDGE, wish.patent
    if patent is None:
        if is_pledge:
            raise Invalid(_l("Name the patent that is to be pledged."), field="patent")
        return None
    ensure(actor, PatentPolicy.edit if is_pledge else PatentPolicy.view, patent, known_to=PatentPolicy.view)
    if not is_pledge:
        return patent
    if patent.legal_status is not LegalStatus.IN_FORCE or patent.expires_on <= today():
        raise Conflict(_l("This patent is not in force."), field="patent", code="not_in_force")
    if "patent" not in wish.parts:
        raise Invalid(_l("Tick the facts of the patent: nobody lends on what is not named."), field="parts")
    return patent


def _ensure_serves(actor: Actor, wish: Wish) -> None:
    if wish.asked_minor is not None and wish.asked_minor <= 0:
        raise Invalid(_l("Enter an amount such as 500 or 49.50."), field="amount")
    partner = wish.partner
    if partner is None:
        return
    if partner.organisation_id == actor.organisation_id:
        raise Invalid(_l("This is your own organisation."), field="partner")
    region = actor.organisation.region if actor.organisation is not None else ""
    if not partner.is_listed or not partner.serves(wish.kind, region):
        raise Invalid(_l("This partner does not offer it."), field="partner")


def _lock(referral: Referral) -> None:
    session.flush()
    session.refresh(referral, with_for_update={"of": Referral})


def _begin(referral: Referral, state: ReferralState) -> None:
    """Lock it and see that it may go to `state`."""
    _lock(referral)
    _ensure_next(referral, state)
    if referral.state is not ReferralState.ASKED and referral.due_at is not None and referral.due_at <= now():
        raise Conflict(_l("The time for an answer is over."), code="lapsed")


def _ensure_next(referral: Referral, state: ReferralState) -> None:
    if state not in NEXT[referral.state]:
        sentence = _l("Somebody was faster. Look again.") if referral.is_live else _l("This request is over.")
        raise Conflict(sentence, code="state")


def _due(state: ReferralState) -> datetime | None:
    return end_of_working_day(settings.number(CLOCKS[state])) if state in CLOCKS else None


def _move(actor: Actor, referral: Referral, state: ReferralState, note: str) -> Referral:
    before, referral.state = referral.state, state
    referral.changed_at = now()
    referral.due_at = _due(state)
    referral.ended_at = None if referral.is_live else now()
    session.flush()
    record(actor, f"referral.{state.value}", referral, {"state": [before.value, state.value]})
    _note(actor, referral, note)
    return referral


def _note(actor: Actor, referral: Referral, note: str) -> None:
    step = ReferralStep(
        id=uuid7(), referral_id=referral.id, position=last_position(referral.id) + 1, state=referral.state,
        note=paragraphs(note)[:MAX_TEXT], made_by_id=actor.user_id, created_at=now(),
    )  # fmt: skip
    session.add(step)
    session.flush()
    emit(ReferralMoved(referral.id, step.position))
