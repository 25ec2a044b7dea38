"""Licences: the notice and its effect by law, filing, and the end (专利法 art. 50–52; rule 87; CNIPA FAQ 2)."""

from datetime import date, timedelta
from typing import Any

from app.accounts.models import SYSTEM, Actor, Organisation
from app.accounts.proofs import digest_of
from app.core.audit import record
from app.core.clock import DEFAULT_ZONE, day_period, now, today
from app.core.db import guard, hold_key, session
from app.core.errors import Conflict, Invalid, Missing
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.money import Money
from app.core.policy import ensure
from app.core.workdays import add_months
from app.files.models import StoredFile
from app.ledger.operations import lock_books
from app.market.licences.events import LicenceEnded, LicenceFiled, LicenceTookEffect, NoticeGiven, NoticeVoid
from app.market.licences.instalments import close_instalments, plan_instalments
from app.market.licences.models import LIVE, Licence, LicenceKind, LicenceState, Review
from app.market.licences.negotiated import bar_to_effect
from app.market.licences.pledges import hold_if_pledged
from app.market.licences.policy import LicencePolicy
from app.market.licences.queries import current_licence, declaration_with_patent
from app.market.licences.taking import checked, ensure_can_be_taken, frozen_price, terms_of
from app.market.licences.wording import NoticeFields, notice_parts, party_of, text_of
from app.market.licences.words import Reason, reason_in_words
from app.market.open_licences.models import DeclarationState, OpenLicence
from app.market.patents.models import LegalStatus, Patent
from app.market.settings import settings
from app.settlement.fee_notes.models import FeeNote
from app.settlement.fee_notes.operations import earn_fee_note, issue_fee_note, refund_fee_note
from app.settlement.models import ChargeKind
from app.settlement.operations import paper_number, take_numbers

SUBJECT = "licences"  # what fee notes call a licence
TAX_CATEGORY = "patent_licence"


def give_notice(actor: Actor, open_licence: OpenLicence, licensee: Organisation, fields: NoticeFields) -> Licence:
    """Give the patentee the written notice of 专利法 art. 51. It is received the moment it is in the inbox that the
    declaration names; the terms are frozen. With nothing due now the licence takes effect at once.

    Done again it is the first result. Raises Conflict (codes pilot, not_open, own, patent_ended) and Invalid at a
    field of the notice.
    """
    hold_key(f"notice:{open_licence.id}:{licensee.id}")  # several presses of one licensee come one after the other
    declaration = declaration_with_patent(open_licence.id, lock=True)
    if declaration is None or not declaration.is_public:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    if (first := current_licence(declaration.id, licensee.id)) is not None:
        ensure(actor, LicencePolicy.give_notice, first, known_to=LicencePolicy.view)
        return first
    ensure_can_be_taken(declaration, licensee.id, today())
    if not declaration.due_now_minor:
        lock_books()  # before any number: it takes effect at once, and signing takes them in the same order
    licence = _noticed(actor, declaration, licensee, checked(fields, declaration.patent))
    ensure(actor, LicencePolicy.give_notice, licence)
    with guard({"licences_one_per_licensee": Conflict(_l("You already hold this licence."), code="held")}):
        session.add(licence)
    record(actor, "licence.notice", licence, {"hash": [None, licence.notice_hash]})
    ask_payment(actor, licence, declaration.patent)
    emit(NoticeGiven(licence.id))
    if not licence.due_now_minor:
        if settings.number("free_on_notice"):
            return take_effect(licence, None)
        licence.review = Review.NOTHING_DUE
        session.flush()
    return licence


def _noticed(actor: Actor, declaration: OpenLicence, licensee: Organisation, fields: NoticeFields) -> Licence:
    day, party = today(), party_of(licensee, fields)
    text = text_of(notice_parts(declaration, party, fields, day))
    return Licence(
        id=uuid7(), notice_no=paper_number("LN", day.year, take_numbers("licence_notice", day.year)),
        kind=LicenceKind.OPEN, open_licence_id=declaration.id, patent_id=declaration.patent_id,
        licensor_id=declaration.owner_id, licensee_id=licensee.id, licensee_party=party, state=LicenceState.NOTICED,
        notice={
            "product": fields.product, "place": fields.place, "starts_on": fields.starts_on.isoformat(),
            "contact_name": fields.contact_name, "contact_phone": fields.contact_phone, "address": party["address"],
        },
        notice_text=text, notice_hash=digest_of(text), noticed_by_id=actor.user_id, noticed_at=now(), received_on=day,
        void_on=day + timedelta(days=settings.number("unpaid_notice_days")) if declaration.due_now_minor else None,
        due_now_minor=declaration.due_now_minor, terms=terms_of(declaration), review=Review.NONE,
        payment_reminders=0, filing_reminders=0, is_disputed=False, revision=1, **frozen_price(declaration),
    )  # fmt: skip


def create_negotiated_licence(
    actor: Actor,
    *,
    kind: LicenceKind,
    patent: Patent,
    licensee: Organisation,
    price: Any,
    due_now_minor: int,
    terms: dict[str, Any],
    contract_text: str,
    signed_on: date,
) -> Licence:
    """A licence that both sides have signed as a contract; `take_effect` follows its payment, or at once when nothing
    is due now. `price` has the columns of a declaration's price. Raises Invalid for the kind of open licences.
    """
    if kind is LicenceKind.OPEN:
        raise Invalid(_l("An open licence is taken by notice."), code="kind")
    fields = NoticeFields(product="", place="", starts_on=signed_on, contact_name="")
    licence = Licence(
        id=uuid7(), notice_no=paper_number("LN", signed_on.year, take_numbers("licence_notice", signed_on.year)),
        kind=kind, open_licence_id=None, patent_id=patent.id, licensor_id=patent.owner_id, licensee_id=licensee.id,
        licensee_party=party_of(licensee, fields), state=LicenceState.NOTICED, notice={}, notice_text=contract_text,
        notice_hash=digest_of(contract_text), noticed_by_id=actor.user_id, noticed_at=now(), received_on=signed_on,
        void_on=signed_on + timedelta(days=settings.number("unpaid_notice_days")) if due_now_minor else None,
        due_now_minor=due_now_minor, terms=dict(terms), review=Review.NONE, payment_reminders=0, filing_reminders=0,
        is_disputed=False, revision=1, **frozen_price(price),
    )  # fmt: skip
    ensure(actor, LicencePolicy.view, licence)
    with guard({"licences_parties_check": Conflict(_l("This patent is your own."), code="own")}):
        session.add(licence)
    record(actor, "licence.contract", licence, {"hash": [None, licence.notice_hash]})
    ask_payment(actor, licence, patent)
    return licence


def ask_payment(actor: Actor, licence: Licence, patent: Patent) -> FeeNote | None:
    """The fee note of what is due now, if anything is."""
    if not licence.due_now_minor:
        return None
    note = issue_fee_note(
        actor, subject_kind=SUBJECT, subject_id=licence.id, subject_number=licence.notice_no,
        provider_id=licence.licensor_id, payer_id=licence.licensee_id,
        description=f"专利许可使用费 {patent.shown_number}", description_en=f"Patent licence fee {patent.shown_number}",
        total=Money(licence.due_now_minor, licence.currency), tax_category=TAX_CATEGORY,
        tax_rate=settings.number("licence_tax_percent"), due_on=licence.void_on,
    )  # fmt: skip
    licence.fee_note_id = note.id
    session.flush()
    return note


def take_effect(licence: Licence, paid_on: date | None) -> Licence:
    """A licence is in effect from the later of notice received and payment cleared (专利法 art. 51); no step of the
    patentee is needed. `paid_on` is the bank's value date, None when nothing was due. Done again it changes nothing.

    Paid on or after the day on which the patentee's withdrawal was announced there is none: on that very day the
    operator looks at it, later all goes back. Raises Conflict when the payment is missing.
    """
    _lock(licence)
    if licence.state is not LicenceState.NOTICED:
        return licence
    if licence.due_now_minor and paid_on is None:
        raise Conflict(_l("Notice delivered. No licence until paid."), code="unpaid")
    licence.paid_on = paid_on
    effective_on = max(licence.received_on, paid_on or licence.received_on)
    declaration = declaration_with_patent(licence.open_licence_id, lock=True) if licence.open_licence_id else None
    patent = declaration.patent if declaration else session.get_one(Patent, licence.patent_id)
    if has_ended(patent, effective_on):
        return void_notice(licence, Reason.PATENT_ENDED)
    if declaration is not None and declaration.ended_on is not None and effective_on >= declaration.ended_on:
        if is_withdrawn_on(declaration, effective_on):
            licence.review = Review.SAME_DAY
            session.flush()
            record(SYSTEM, "licence.review", licence, {"review": ["", licence.review.value]})
            return licence
        return void_notice(licence, Reason.PAID_LATE)
    if (barred := bar_to_effect(licence)) is not None:
        return void_notice(licence, barred)
    return put_into_effect(licence, patent, effective_on)


def has_ended(patent: Patent, day: date) -> bool:
    """Whether a patent is not, or no more, in force on a day."""
    return patent.legal_status is not LegalStatus.IN_FORCE or patent.expires_on <= day


def is_withdrawn_on(declaration: OpenLicence, day: date) -> bool:
    """Whether the withdrawal was announced on that very day: then the operator decides (flows-market.md §5)."""
    return declaration.state is DeclarationState.WITHDRAWN and declaration.ended_on == day


def put_into_effect(licence: Licence, patent: Patent, effective_on: date) -> Licence:
    """Number, term and filing day of a licence; its fee is earned. Callers hold its lock and have looked."""
    year = today().year
    number, filing_months = paper_number("L", year, take_numbers("licence", year)), settings.number("filing_months")
    licence.number, licence.effective_on, licence.void_on = number, effective_on, None  # nothing is read from here on
    licence.ends_on = end_of_term(patent, licence.terms.get("term_months"), effective_on)
    licence.filing_due_on = add_months(effective_on, filing_months)
    licence.state, licence.changed_at = LicenceState.EFFECTIVE, now()
    session.flush()
    if licence.fee_note_id is not None:
        note = session.get_one(FeeNote, licence.fee_note_id)
        charge = earn_fee_note(
            SYSTEM, note, kind=ChargeKind.LICENCE_FEE, used_on=effective_on,
            service_period=day_period(effective_on, DEFAULT_ZONE),
        )  # fmt: skip
        hold_if_pledged(patent.id, charge)
    plan_instalments(licence)
    record(SYSTEM, "licence.effect", licence, {"number": [None, licence.number], "state": ["noticed", "effective"]})
    emit(LicenceTookEffect(licence.id))
    return licence


def end_of_term(patent: Patent, term_months: int | None, effective_on: date) -> date:
    """The first day on which a licence holds no more: never later than the patent's expiry (专利法 art. 42)."""
    if not term_months:
        return patent.expires_on
    return min(patent.expires_on, add_months(effective_on, int(term_months)))


def void_notice(licence: Licence, reason: str) -> Licence:
    """A notice without a licence: unpaid for too long, or paid too late. What came in goes back. Twice is once."""
    _lock(licence)
    if licence.state is not LicenceState.NOTICED:
        return licence
    licence.state, licence.ended_on, licence.end_reason = LicenceState.VOID, today(), reason
    licence.changed_at = now()
    if licence.awaits_review:
        licence.review = Review.NONE  # there is nothing left to decide
    session.flush()
    if licence.fee_note_id is not None:
        refund_fee_note(SYSTEM, session.get_one(FeeNote, licence.fee_note_id), reason_in_words(reason))
    record(SYSTEM, "licence.void", licence, {"state": ["noticed", "void"], "reason": [None, reason]})
    emit(NoticeVoid(licence.id))
    return licence


def file_licence(
    actor: Actor, licence: Licence, filing_no: str, filed_on: date, file: StoredFile | None = None
) -> Licence:
    """Note that a licence is filed 备案 with CNIPA; either side may (rule 87). Late is only a flag.

    The same again changes nothing. Raises Conflict when it is not in effect, Invalid for a wrong number or day.
    """
    ensure(actor, LicencePolicy.file, licence, known_to=LicencePolicy.view)
    _lock(licence)
    number = "".join(filing_no.split())
    if licence.state is LicenceState.FILED and (licence.filing_no, licence.filed_on) == (number, filed_on):
        return licence
    if licence.state is not LicenceState.EFFECTIVE or licence.effective_on is None:
        raise Conflict(_l("Only a licence in effect is filed, and only once."), code="wrong_state")
    if not number or len(number) > 60:
        raise Invalid(_l("Write down the filing number that CNIPA has given."), field="filing_no")
    if not licence.effective_on <= filed_on <= today():
        raise Invalid(_l("A day from the one it took effect until today."), field="filed_on")
    licence.filing_no, licence.filed_on = number, filed_on
    licence.filing_file_id = file.id if file else None
    licence.state, licence.changed_at = LicenceState.FILED, now()
    session.flush()
    record(actor, "licence.file", licence, {"filing_no": [None, number], "filed_on": [None, filed_on.isoformat()]})
    emit(LicenceFiled(licence.id))
    return licence


def end_licence(licence: Licence, ended_on: date, reason: str) -> Licence:
    """A licence is over: term, lapse of the patent, rescission. What is not due yet is not owed. Twice is once."""
    _lock(licence)
    if licence.state not in LIVE:
        return licence
    before = licence.state
    licence.state, licence.ended_on, licence.end_reason = LicenceState.ENDED, ended_on, reason
    licence.changed_at = now()
    session.flush()
    close_instalments(licence, ended_on, reason_in_words(reason))
    record(SYSTEM, "licence.end", licence, {"state": [before.value, "ended"], "reason": [None, reason]})
    emit(LicenceEnded(licence.id))
    return licence


def _lock(licence: Licence) -> None:
    """Books before rows, everywhere: fees are earned and given back with the books locked."""
    lock_books()
    session.flush()
    session.refresh(licence, with_for_update={"of": Licence})
