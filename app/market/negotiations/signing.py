"""Contracts: changed, signed by both sides once each, and carried out (民法典 845, 846, 865; 电子签名法 art. 13)."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.models import SYSTEM, Actor
from app.accounts.one_time import CODES_PER_HOUR, Outcome, code_minutes, new_code, try_code
from app.accounts.passwords import is_password
from app.accounts.proofs import digest_of
from app.accounts.throttle import take_turn
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import guard, session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.tenancy import everybody
from app.core.wording import paragraphs
from app.core.workdays import end_of_working_day
from app.ledger.operations import lock_books
from app.market.licences.models import Licence, LicenceKind
from app.market.licences.operations import create_negotiated_licence, take_effect
from app.market.negotiations.bars import ENCUMBERS, bar, lock_patent, only_while_closed
from app.market.negotiations.contract_text import FIELD_NAMES, contract_text
from app.market.negotiations.events import ContractSigned, ContractToSign
from app.market.negotiations.models import (
    Contract,
    ContractSignature,
    Negotiation,
    NegotiationState,
    Side,
    SigningCode,
)
from app.market.negotiations.policy import ContractPolicy
from app.market.negotiations.queries import contract_with_all, negotiation_with_all
from app.market.negotiations.terms import check_terms, terms_of
from app.market.open_licences.giving_up import give_up_with_transfer
from app.market.patents.models import Encumbrance, Holder, Patent
from app.market.settings import settings
from app.notifications.operations import queue_mail, render_mail

LONGEST_FIELD = 4000
MOST_TRIES = 10
REQUIRED = ("project", "scope")


def change_contract(actor: Actor, contract: Contract, fields: Mapping[str, str]) -> Contract:
    """Write the clauses anew. A changed text voids the signature under the old one: all are asked again.

    Raises Conflict once both have signed, Invalid without project or scope (民法典 845).
    """
    ensure(actor, ContractPolicy.change, contract, known_to=ContractPolicy.view)
    negotiation = _lock(contract)
    if not negotiation.is_at_contract:
        raise Conflict(_l("Both sides have signed: the text stays as it is."), code="signed")
    clean = {name: paragraphs(fields.get(name, "")) for name in FIELD_NAMES}
    for name, value in clean.items():
        if name in REQUIRED and not value:
            raise Invalid(_l("This clause cannot be empty."), field=name)
        if len(value) > LONGEST_FIELD:
            raise Invalid(_l("This text is too long."), field=name)
    if clean == {name: contract.fields.get(name, "") for name in FIELD_NAMES}:
        return contract
    whole = negotiation_with_all(negotiation.id)
    contract.revision += 1
    contract.fields, contract.changed_at = clean, now()
    before = contract.sha256
    text = contract_text(contract.number, contract.revision, whole, whole.offers[-1], clean, today())
    contract.text, contract.sha256 = text, digest_of(text)
    for signature in contract.signatures:
        signature.voided_at = signature.voided_at or now()
    negotiation.state, negotiation.changed_at = NegotiationState.AGREED, now()
    negotiation.lapses_at = end_of_working_day(settings.number("sign_days"))
    session.flush()
    record(actor, "contract.change", contract, {"hash": [before, contract.sha256]})
    emit(ContractToSign(contract.id, contract.sha256, 0))
    return contract


def count_try(actor: Actor) -> None:
    """Count a try at a password or code, outside of what a refusal undoes. Raises TooMany after ten in fifteen
    minutes."""
    take_turn(f"sign:{actor.user_id}", MOST_TRIES, timedelta(minutes=15))


def send_signing_code(actor: Actor, contract: Contract, *, shown: str, password: str) -> None:
    """Mail the signer a code for the text whose hash is `shown`, against the own password: who sits at an open session
    cannot even ask for it, and who knows the password needs the mailbox too (电子签名法 art. 13).

    Raises Invalid for a wrong password, Conflict when the text was changed or nothing is to be signed, TooMany after
    a few codes an hour.
    """
    _side, _negotiation = _start(actor, contract, shown)
    user = actor.user
    if user is None or not is_password(user, password):
        raise Invalid(_l("This is not your password."), field="password", code="password")
    take_turn(f"sign_code:{user.id}", CODES_PER_HOUR, timedelta(hours=1))
    code, sent_at = new_code(_code_of(contract, user.id), contract.sha256)
    subject, body = render_mail(
        "market/negotiations/mail/code.txt", user.locale, person=user, code=code, minutes=code_minutes(),
        number=contract.number, sha256=contract.sha256,
    )  # fmt: skip
    queue_mail(
        key=f"sign_code:{contract.id}:{user.id}:{sent_at.isoformat()}", recipient=user.email, locale=user.locale,
        subject=subject, body=body,
    )  # fmt: skip
    record(actor, "contract.code", contract, {"hash": [None, contract.sha256]})


def _code_of(contract: Contract, user_id: UUID) -> SigningCode:
    found = session.scalars(
        select(SigningCode)
        .where(SigningCode.contract_id == contract.id, SigningCode.user_id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        found = SigningCode(id=uuid7(), contract_id=contract.id, user_id=user_id, code_hash="", code_attempts=0)
        session.add(found)
        session.flush()
    return found


def _start(actor: Actor, contract: Contract, shown: str) -> tuple[Side, Negotiation]:
    """The side that signs, everything locked. Raises what stands in the way of a signature under this text."""
    ensure(actor, ContractPolicy.sign, contract, known_to=ContractPolicy.view)
    lock_books()
    negotiation = _lock(contract)
    side = negotiation.side_of(actor.organisation_id)
    if side is None or actor.user is None or actor.organisation is None:
        raise Forbidden(_l("Your role does not allow this."), details={"needs": ContractPolicy.sign.needs})
    if contract.signature_of(side) is not None:
        return side, negotiation
    if not negotiation.is_at_contract:
        raise Conflict(_l("This negotiation is over."), code="over")
    if negotiation.lapses_at is not None and negotiation.lapses_at <= now():
        raise Conflict(_l("The time for signing has lapsed."), code="lapsed")
    if shown != contract.sha256:
        raise Conflict(_l("The text was changed meanwhile. Read it again before you sign."), code="changed")
    return side, negotiation


def sign_contract(actor: Actor, contract: Contract, *, shown: str, code: str, address: str = "") -> Outcome:
    """Sign the text whose hash is `shown` with the code that was mailed for it; each side once.

    With the second signature the licence is written and its first payment asked for, or it takes effect at once
    when nothing is due. Signed again by the same side it changes nothing. A wrong or spent code is counted and
    returned, not raised. Raises Conflict when the text or the patent has changed meanwhile.
    """
    side, negotiation = _start(actor, contract, shown)
    if contract.signature_of(side) is not None:
        return Outcome.DONE
    if actor.user is None or actor.organisation is None:
        raise Forbidden(_l("A person signs."))
    outcome = try_code(_code_of(contract, actor.user.id), code, contract.sha256)
    if outcome is not Outcome.DONE:
        return outcome
    _ensure_still_possible(contract, negotiation)
    signature = ContractSignature(
        id=uuid7(), contract_id=contract.id, side=side, organisation_id=actor.organisation.id,
        organisation_name=actor.organisation.name, user_id=actor.user.id, signer_name=actor.user.name,
        signed_at=now(), sha256=contract.sha256, method="code", address=address, voided_at=None,
    )  # fmt: skip
    with guard({"contract_signatures_one_each": Conflict(_l("Your side has signed already."), code="signed")}):
        contract.signatures.append(signature)
        session.flush()
    record(actor, "contract.sign", contract, {"side": [None, side.value], "hash": [None, contract.sha256]})
    negotiation.changed_at = now()
    if contract.signature_of(side.other) is None:
        negotiation.state = NegotiationState.SIGNING
        session.flush()
        emit(ContractToSign(contract.id, contract.sha256, 1))
        return Outcome.DONE
    _both_have_signed(actor, contract, negotiation)
    return Outcome.DONE


def _ensure_still_possible(contract: Contract, negotiation: Negotiation) -> None:
    patent = lock_patent(negotiation.patent_id)
    problem = bar(patent, negotiation.kind)
    if problem is not None:
        raise problem
    if patent.owner_id != negotiation.owner_id:
        raise Conflict(_l("The patent has another owner now."), code="owner")
    is_transfer = negotiation.kind is LicenceKind.TRANSFER
    check_terms(terms_of(contract.offer), patent, today(), is_transfer=is_transfer)


def _both_have_signed(actor: Actor, contract: Contract, negotiation: Negotiation) -> None:
    contract.signed_on, contract.signed_hash = today(), contract.sha256
    negotiation.state, negotiation.lapses_at = NegotiationState.SIGNED, None
    session.flush()
    whole = negotiation_with_all(negotiation.id)
    offer = contract.offer
    # The patent and what stands on it are its owner's rows; carrying the contract out may be the licensee's press.
    with everybody(), guard({"open_licences_no_exclusive": only_while_closed()}):
        licence = create_negotiated_licence(
            actor, kind=whole.kind, patent=whole.patent, licensee=whole.asker, price=offer,
            due_now_minor=offer.due_now_minor, contract_text=contract.text, signed_on=today(),
            terms={
                "term_months": offer.term_months, "territory": offer.territory, "use_text": offer.use_text,
                "other_terms": offer.other_terms, "contract": contract.number,
            },
        )  # fmt: skip
        negotiation.licence_id = licence.id
        session.flush()
        record(actor, "contract.signed", contract, {"hash": [None, contract.signed_hash]})
        emit(ContractSigned(contract.id))
        if not offer.due_now_minor:
            take_effect(licence, None)


def carry_out(negotiation: Negotiation, licence: Licence) -> Negotiation:
    """The licence is in effect: an exclusive or sole one is noted on the patent, a transfer changes its owner.

    Done again it changes nothing.
    """
    session.refresh(negotiation, with_for_update={"of": Negotiation})
    patent = lock_patent(negotiation.patent_id)
    if negotiation.state is not NegotiationState.SIGNED or licence.effective_on is None:
        return negotiation
    negotiation.state, negotiation.changed_at = NegotiationState.EFFECTIVE, now()
    if negotiation.kind in ENCUMBERS:
        session.add(
            Encumbrance(
                id=uuid7(),
                patent_id=patent.id,
                kind=ENCUMBERS[negotiation.kind],
                holder=negotiation.asker.name,
                reference=licence.number or "",
                starts_on=licence.effective_on,
                ends_on=licence.ends_on,
                note="",
            )
        )
    if negotiation.kind is LicenceKind.TRANSFER:
        _hand_over(patent, negotiation)
    session.flush()
    record(SYSTEM, "negotiation.effect", negotiation, {"licence": [None, licence.number]})
    return negotiation


def _hand_over(patent: Patent, negotiation: Negotiation) -> None:
    """The buyer keeps the patent from now on; licences that were given go on (民法典 cf. 725, 专利法 art. 10)."""
    buyer = negotiation.asker
    before = patent.owner_id
    owned = Conflict(_l("The buyer keeps this patent already."), code="owned")
    with guard({"patents_owner_id_number_key": owned}):
        patent.owner_id, patent.changed_at = buyer.id, now()
        patent.registered_holders = buyer.name
        patent.revision += 1
        session.flush()
    for holder in session.scalars(select(Holder).where(Holder.patent_id == patent.id)):
        session.delete(holder)
    session.flush()
    holder = Holder(
        id=uuid7(), patent_id=patent.id, position=1, name=buyer.name, code=buyer.code, organisation_id=buyer.id,
        share=10_000,
    )  # fmt: skip
    session.add(holder)
    session.flush()
    give_up_with_transfer(patent.id, buyer.name)
    record(SYSTEM, "patent.transfer", patent, {"owner": [str(before), str(buyer.id)]})


def release_patent(licence: Licence) -> int:
    """An exclusive or sole licence is over: what was noted on the patent ends that day. Returns how many rows."""
    if licence.kind not in ENCUMBERS or licence.ended_on is None:
        return 0
    lock_patent(licence.patent_id)
    found = session.scalars(
        select(Encumbrance).where(
            Encumbrance.patent_id == licence.patent_id,
            Encumbrance.kind == ENCUMBERS[licence.kind],
            Encumbrance.reference == licence.number,
            func.coalesce(Encumbrance.ends_on > licence.ended_on, True),
        )
    ).all()
    for one in found:
        if licence.ended_on > one.starts_on:
            one.ends_on = licence.ended_on
        else:
            session.delete(one)
    session.flush()
    return len(found)


def _lock(contract: Contract) -> Negotiation:
    session.flush()
    session.execute(select(Negotiation.id).where(Negotiation.id == contract.negotiation_id).with_for_update())
    return contract_with_all(contract.id).negotiation


def signed_by(contract: Contract) -> dict[Side, ContractSignature | None]:
    """The signature of each side that holds for the present text."""
    return {side: contract.signature_of(side) for side in Side}


def has_code(actor: Actor, contract: Contract) -> bool:
    """Whether a code for the contract's text was mailed to the actor and may still be typed."""
    sent_at = session.scalar(
        select(SigningCode.code_sent_at).where(
            SigningCode.contract_id == contract.id, SigningCode.user_id == actor.user_id, SigningCode.code_hash != ""
        )
    )
    return sent_at is not None and sent_at + timedelta(minutes=code_minutes()) > now()
