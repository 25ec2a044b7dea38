"""Licences that took effect some time ago, written as the notice of then has left them."""

from datetime import UTC, date, datetime, time, timedelta

from app.accounts.models import Organisation
from app.accounts.proofs import digest_of
from app.core.db import session
from app.core.ids import uuid7
from app.core.workdays import add_months
from app.demo.cast import INSTITUTE, PEOPLE, SECOND_SME, SME, company
from app.demo.people import actor_of
from app.market.licences.instalments import tend_instalment
from app.market.licences.models import Licence, LicenceInstalment, LicenceKind, LicenceState
from app.market.licences.taking import frozen_price, terms_of
from app.market.licences.wording import NoticeFields, notice_parts, party_of, text_of
from app.market.open_licences.models import OpenLicence
from app.settlement.fee_notes.models import FeeNote
from app.settlement.operations import paper_number, take_numbers

SIGNERS = {SME: "sme@jishi.example", SECOND_SME: "biotech@jishi.example", INSTITUTE: "institute@jishi.example"}


def fields_of(key: str, product: str, day: date) -> NoticeFields:
    """What an organisation writes into its notice."""
    contact = next(person.name for person in PEOPLE if person.email == SIGNERS[key])
    return NoticeFields(product, "长春市", day, contact, company(key).phone)


def past_licence(declared: OpenLicence, key: str, day: date, product: str, *, is_filed: bool = True) -> Licence:
    """A licence that took effect on a day and was filed a month later; what was due with it was paid elsewhere then."""
    officer = actor_of(SIGNERS[key])
    licensee, fields = session.get_one(Organisation, company(key).id), fields_of(key, product, day)
    party = party_of(licensee, fields)
    text = text_of(notice_parts(declared, party, fields, day))
    begun, year = add_months(day, 1), day.year
    licence = Licence(
        id=uuid7(), notice_no=paper_number("LN", year, take_numbers("licence_notice", year)),
        number=paper_number("L", year, take_numbers("licence", year)), kind=LicenceKind.OPEN,
        open_licence_id=declared.id, patent_id=declared.patent_id, licensor_id=declared.owner_id,
        licensee_id=licensee.id, licensee_party=party, notice_text=text,
        state=LicenceState.FILED if is_filed else LicenceState.EFFECTIVE,
        notice_hash=digest_of(text), noticed_by_id=officer.user_id,
        noticed_at=datetime.combine(day, time(3), tzinfo=UTC), received_on=day, effective_on=day,
        paid_on=day if declared.due_now_minor else None, due_now_minor=declared.due_now_minor,
        ends_on=min(declared.patent.expires_on, add_months(day, 36)), filing_due_on=add_months(day, 3),
        filing_no=f"{begun:%Y}220000{begun:%m%d}" if is_filed else "", filed_on=begun if is_filed else None,
        terms=terms_of(declared),
        notice={"product": product, "place": fields.place, "starts_on": day.isoformat(),
                "contact_name": fields.contact_name, "contact_phone": fields.contact_phone, "address": ""},
        **frozen_price(declared),
    )  # fmt: skip
    licence.open_licence, licence.patent = declared, declared.patent
    session.add(licence)
    session.flush()
    return licence


def ask_in_time(part: LicenceInstalment) -> FeeNote | None:
    """The fee note of an instalment, as if the nights had asked for it a month before it was due; None while it is
    further away. What is due is earned."""
    tend_instalment(part.id)
    if part.fee_note_id is None:
        return None
    note = session.get_one(FeeNote, part.fee_note_id)
    asked = datetime.combine(part.due_on - timedelta(days=30), time(17), tzinfo=UTC)
    note.issued_at = min(note.issued_at, asked)
    session.flush()
    return note
