"""The notice and its effect by law (专利法 art. 50–52; 实施细则 rule 87; CNIPA FAQ 2)."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.accounts.models import OrganisationKind, Role, Verification
from app.accounts.proofs import digest_of
from app.core.clock import today
from app.core.db import session
from app.core.errors import Conflict, DomainError, Forbidden, Invalid, Missing
from app.core.events import emit
from app.core.settings import forget_settings
from app.core.workdays import add_months
from app.market.licences.models import Licence, LicenceState, Review
from app.market.licences.operations import end_licence, file_licence, give_notice, take_effect, void_notice
from app.market.licences.reviews import decide_review
from app.market.licences.taking import is_register_old
from app.market.open_licences.events import OpenLicenceEnded
from app.market.open_licences.models import DeclarationState, PriceForm, RoyaltyBase
from app.market.patents.events import PatentLapsed
from app.market.patents.models import LegalStatus
from app.settlement.fee_notes.models import FeeNoteState
from app.settlement.models import Charge, ChargeKind
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.market.factories import make_open_licence, make_patent, make_pilot
from tests.market.licences.world import at, fields, heard, make_taker, note_of, noticed, pay, withdraw

DAY = date(2027, 9, 3)


def test_article_51_notice_alone_is_no_licence() -> None:
    """专利法 art. 51: written notice and payment of the announced fee; with the notice alone there is none."""
    licence = noticed(make_open_licence())
    assert (licence.state, licence.number, licence.effective_on) == (LicenceState.NOTICED, None, None)
    assert note_of(licence).total_minor == 5_000_000
    with pytest.raises(Conflict, match="No licence until paid"):
        take_effect(licence, None)


def test_article_51_takes_effect_at_the_later_of_notice_and_payment() -> None:
    """专利法 art. 51: no step of the patentee; the bank's value date counts, not the day of our matching."""
    with time_machine.travel(at(DAY), tick=False) as clock:
        licence = noticed(make_open_licence())
        clock.move_to(at(DAY + timedelta(days=9)))
        pay(note_of(licence), DAY + timedelta(days=4))
        session.refresh(licence)
        assert licence.state is LicenceState.EFFECTIVE
        assert (licence.received_on, licence.paid_on) == (DAY, DAY + timedelta(days=4))
        assert licence.effective_on == DAY + timedelta(days=4)
        assert licence.number is not None
        charge = session.scalars(select(Charge).where(Charge.subject_id == licence.id)).one()
        assert (charge.kind, charge.total_minor, charge.used_on) == (
            ChargeKind.LICENCE_FEE, 5_000_000, licence.effective_on,
        )  # fmt: skip


def test_article_51_money_that_came_before_the_notice_waits_for_it() -> None:
    """专利法 art. 51: with a value date before the notice, the licence takes effect with the notice."""
    with time_machine.travel(at(DAY), tick=False):
        licence = noticed(make_open_licence())
        pay(note_of(licence), DAY - timedelta(days=2))
        session.refresh(licence)
        assert licence.effective_on == DAY


def test_article_51_free_licences_take_effect_on_notice() -> None:
    """专利法 art. 51: where nothing is announced to be due, the notice alone makes the licence."""
    licence = noticed(make_open_licence(price_form=PriceForm.FREE))
    assert (licence.state, licence.effective_on, licence.paid_on) == (LicenceState.EFFECTIVE, today(), None)
    royalty = make_open_licence(price_form=PriceForm.ROYALTY, rate=300, royalty_base=RoyaltyBase.NET_SALES)
    assert noticed(royalty).state is LicenceState.EFFECTIVE


def test_part_of_the_fee_is_no_licence() -> None:
    """专利法 art. 51: the announced fee, all of it."""
    licence = noticed(make_open_licence())
    pay(note_of(licence), amount=4_999_999)
    session.refresh(licence)
    assert licence.state is LicenceState.NOTICED
    pay(note_of(licence), amount=1)
    session.refresh(licence)
    assert licence.state is LicenceState.EFFECTIVE


def test_article_51_only_what_is_announced_can_be_taken() -> None:
    """专利法 art. 50, 51: a pilot listing has no effect of law (M6); nor has a draft, or what has ended."""
    with pytest.raises(Conflict, match="Pilot, not announced") as refused:
        noticed(make_pilot())
    assert refused.value.code == "pilot"
    for state in (DeclarationState.FILED, DeclarationState.CORRECTION):
        with pytest.raises((Conflict, Missing)):
            noticed(make_pilot(state=state, terms_hash="0" * 64, accept_no="1", filed_on=DAY))
    ended = make_open_licence()
    withdraw(ended, today() - timedelta(days=3))
    with pytest.raises(Conflict, match="has ended"):
        noticed(ended)


def test_a_withdrawal_that_is_only_filed_leaves_the_declaration_open() -> None:
    """CNIPA FAQ 3: a withdrawal has effect from its announcement (M9)."""
    licence = noticed(make_open_licence(state=DeclarationState.WITHDRAWING))
    pay(note_of(licence))
    session.refresh(licence)
    assert licence.state is LicenceState.EFFECTIVE


def test_article_51_any_unit_or_person_even_unverified() -> None:
    """专利法 art. 51: any unit or individual; being unverified is no bar, the papers say so."""
    taker = make_taker(verification=Verification.WAITING, verified_at=None)
    assert noticed(make_open_licence(), taker).licensee_party["is_verified"] is False


def test_the_patentee_needs_no_licence_of_its_own_patent() -> None:
    owner = make_actor(make_organisation(OrganisationKind.INSTITUTION))
    assert owner.organisation is not None
    declaration = make_open_licence(make_patent(owner.organisation))
    with pytest.raises(Conflict) as refused:
        give_notice(owner, declaration, owner.organisation, fields())
    assert refused.value.code == "own"


def test_no_licence_of_a_patent_that_is_not_in_force() -> None:
    """专利法 art. 42, 44: what has lapsed or expired is free to everybody."""
    lapsed = make_open_licence()
    lapsed.patent.legal_status = LegalStatus.LAPSED
    with pytest.raises(Conflict, match="not in force"):
        noticed(lapsed)
    over = make_open_licence()
    over.patent.expires_on = today()
    with pytest.raises(Conflict, match="not in force"):
        noticed(over)


def test_a_second_press_is_the_first_notice() -> None:
    """One licence per licensee and declaration (M7); two numbers for one notice cannot be."""
    declaration, taker = make_open_licence(), make_taker()
    first = noticed(declaration, taker)
    assert noticed(declaration, taker, product="其他用途").id == first.id
    pay(note_of(first))
    assert noticed(declaration, taker).id == first.id
    assert noticed(declaration).id != first.id


def test_after_a_void_notice_another_can_be_given() -> None:
    declaration, taker = make_open_licence(), make_taker()
    first = noticed(declaration, taker)
    void_notice(first, "Not paid in time.")
    assert note_of(first).state is FeeNoteState.VOID
    second = noticed(declaration, taker)
    assert second.id != first.id
    assert second.notice_no != first.notice_no


def test_only_owners_and_transfer_officers_of_the_licensee_sign() -> None:
    declaration, taker = make_open_licence(), make_taker()
    assert taker.organisation is not None
    booker = make_actor(taker.organisation, Role.BOOKER)
    with pytest.raises(Forbidden):
        give_notice(booker, declaration, taker.organisation, fields())
    with pytest.raises(Forbidden):
        give_notice(make_taker(), declaration, taker.organisation, fields())
    officer = make_actor(taker.organisation, Role.TRANSFER)
    assert give_notice(officer, declaration, taker.organisation, fields()).state is LicenceState.NOTICED


def test_the_notice_is_kept_in_full_with_its_hash_and_the_price_as_announced() -> None:
    """专利法 art. 51: in writing. What is changed later in the declaration changes nothing of it."""
    parts = [{"months": 0, "minor": 700}, {"months": 12, "minor": 300}]
    declaration = make_open_licence(price_form=PriceForm.INSTALMENTS, instalments=parts)
    licence = noticed(declaration)
    for part in (
        "第五十一条",
        declaration.announcement_no,
        declaration.patent.shown_number,
        "周扬",
        "长春市北松路1200号",
    ):
        assert part in licence.notice_text
    assert licence.notice_hash == digest_of(licence.notice_text)
    declaration.instalments[0]["minor"] = 1
    assert licence.instalments[0] == {"months": 0, "minor": 700}
    assert (licence.due_now_minor, note_of(licence).total_minor) == (700, 700)


@pytest.mark.parametrize(
    ("field", "value"),
    [("product", " "), ("product", "字" * 501), ("place", ""), ("contact_name", ""), ("address", "x" * 201),
     ("contact_phone", "1" * 61)],
)  # fmt: skip
def test_every_field_of_the_notice_is_checked(field: str, value: str) -> None:
    with pytest.raises(Invalid) as wrong:
        noticed(make_open_licence(), None, **{field: value})
    assert wrong.value.field == field


def test_the_start_lies_between_today_and_the_patents_expiry() -> None:
    declaration = make_open_licence()
    for day in (today() - timedelta(days=1), declaration.patent.expires_on):
        with pytest.raises(Invalid) as wrong:
            noticed(declaration, starts_on=day)
        assert wrong.value.field == "starts_on"
    assert noticed(declaration, starts_on=today()).state is LicenceState.NOTICED


def test_facts_of_the_register_older_than_thirty_days_are_marked() -> None:
    patent = make_patent(register_checked_on=DAY)
    assert not is_register_old(patent, DAY + timedelta(days=30))
    assert is_register_old(patent, DAY + timedelta(days=31))
    patent.register_checked_on = None
    assert is_register_old(patent, DAY)


def test_article_50_a_withdrawal_leaves_given_licences_untouched() -> None:
    """专利法 art. 50: the announcement of a withdrawal does not affect licences given before."""
    declaration = make_open_licence()
    with time_machine.travel(at(DAY), tick=False) as clock:
        licence = noticed(declaration)
        pay(note_of(licence), DAY)
        clock.move_to(at(DAY + timedelta(days=10)))
        withdraw(declaration, DAY + timedelta(days=10))
        emit(OpenLicenceEnded(declaration.id))
        heard()
        session.refresh(licence)
        assert (licence.state, licence.review) == (LicenceState.EFFECTIVE, Review.NONE)


def test_paid_after_the_withdrawal_all_goes_back() -> None:
    """专利法 art. 50 (M13): a value date after the announcement makes no licence; all that was paid goes back."""
    declaration = make_open_licence()
    with time_machine.travel(at(DAY), tick=False) as clock:
        licence = noticed(declaration)
        withdraw(declaration, DAY + timedelta(days=2))
        clock.move_to(at(DAY + timedelta(days=5)))
        pay(note_of(licence), DAY + timedelta(days=3))
        session.refresh(licence)
        note = note_of(licence)
        session.refresh(note)
        assert (licence.state, licence.number) == (LicenceState.VOID, None)
        assert (note.state, note.refund_minor) == (FeeNoteState.REFUNDED, 5_000_000)


def test_a_value_date_before_the_withdrawal_counts_even_if_matched_later() -> None:
    """专利法 art. 50, 51 (flows-market.md §5): the bank's day decides."""
    declaration = make_open_licence()
    with time_machine.travel(at(DAY), tick=False) as clock:
        licence = noticed(declaration)
        withdraw(declaration, DAY + timedelta(days=3))
        clock.move_to(at(DAY + timedelta(days=8)))
        pay(note_of(licence), DAY + timedelta(days=2))
        session.refresh(licence)
        assert (licence.state, licence.effective_on) == (LicenceState.EFFECTIVE, DAY + timedelta(days=2))


@pytest.mark.parametrize(("stands", "state"), [(True, LicenceState.EFFECTIVE), (False, LicenceState.VOID)])
def test_paid_on_the_day_of_the_withdrawal_the_operator_decides(stands: bool, state: LicenceState) -> None:
    """flows-market.md §5: same day, operator; either the licence stands or all goes back."""
    declaration = make_open_licence()
    with time_machine.travel(at(DAY), tick=False):
        licence = noticed(declaration)
        withdraw(declaration, DAY)
        pay(note_of(licence), DAY)
        session.refresh(licence)
        assert (licence.state, licence.review, licence.awaits_review) == (LicenceState.NOTICED, Review.SAME_DAY, True)
        operator = make_operator()
        with pytest.raises(Invalid):
            decide_review(operator, licence, stands=stands, note=" ")
        decide_review(operator, licence, stands=stands, note="银行入账早于公告")
        assert licence.state is state
        with pytest.raises(Conflict):
            decide_review(operator, licence, stands=stands, note="again")
        refunded = note_of(licence).refund_minor
        assert refunded == (0 if stands else 5_000_000)


def test_a_withdrawal_recorded_late_puts_later_licences_on_a_list_and_deletes_none() -> None:
    """flows-market.md §5: licences dated after an announcement that was recorded late are looked at."""
    declaration = make_open_licence()
    with time_machine.travel(at(DAY), tick=False) as clock:
        early, late = noticed(declaration), noticed(declaration)
        pay(note_of(early), DAY)
        clock.move_to(at(DAY + timedelta(days=6)))
        pay(note_of(late), DAY + timedelta(days=5))
        withdraw(declaration, DAY + timedelta(days=4))
        emit(OpenLicenceEnded(declaration.id))
        heard()
        session.refresh(early)
        session.refresh(late)
        assert (early.review, late.review) == (Review.NONE, Review.RECORDED_LATE)
        assert late.state is LicenceState.EFFECTIVE
        with pytest.raises(DomainError):
            decide_review(make_taker(), late, stands=True, note="mine")
        decide_review(make_operator(), late, stands=True, note="双方善意")
        assert (late.state, late.awaits_review) == (LicenceState.EFFECTIVE, False)


def test_the_lapse_of_a_patent_ends_its_licences_and_gives_money_back() -> None:
    """专利法 art. 44: with the patent its licences end; who had not got one is owed nothing and owes nothing."""
    declaration = make_open_licence()
    given, waiting = noticed(declaration), noticed(declaration)
    pay(note_of(given))
    declaration.patent.legal_status = LegalStatus.LAPSED
    emit(PatentLapsed(declaration.patent_id))
    heard()
    session.refresh(given)
    session.refresh(waiting)
    assert (given.state, given.ended_on) == (LicenceState.ENDED, today())
    assert waiting.state is LicenceState.VOID


def test_article_42_no_licence_lasts_longer_than_its_patent() -> None:
    """专利法 art. 42; rule 85 (4): the term as announced, never past the patent's expiry."""
    whole = make_open_licence(price_form=PriceForm.FREE)
    assert noticed(whole).ends_on == whole.patent.expires_on
    short = make_open_licence(price_form=PriceForm.FREE, term_months=24)
    assert noticed(short).ends_on == add_months(today(), 24)
    long = make_open_licence(price_form=PriceForm.FREE, term_months=400)
    assert noticed(long).ends_on == long.patent.expires_on


def test_rule_87_filing_within_three_months_by_either_side() -> None:
    """实施细则 rule 87; CNIPA FAQ 2: three months from the day it took effect; patentee or licensee."""
    with time_machine.travel(at(date(2026, 11, 30)), tick=False):
        declaration, taker = make_open_licence(price_form=PriceForm.FREE), make_taker()
        licence = noticed(declaration, taker)
        assert licence.filing_due_on == date(2027, 2, 28)
        office = make_actor(make_organisation(OrganisationKind.INSTITUTION))
        with pytest.raises(Missing):
            file_licence(office, licence, "X2026980001234", today())
        for number, day, field in (("", today(), "filing_no"), ("X1", today() + timedelta(days=1), "filed_on"),
                                   ("X1", today() - timedelta(days=1), "filed_on")):  # fmt: skip
            with pytest.raises(Invalid) as wrong:
                file_licence(taker, licence, number, day)
            assert wrong.value.field == field
        file_licence(taker, licence, "X2026 98000 1234", today())
        assert (licence.state, licence.filing_no) == (LicenceState.FILED, "X2026980001234")
        file_licence(taker, licence, "X2026980001234", today())
        with pytest.raises(Conflict):
            file_licence(taker, licence, "X2026980009999", today())


def test_the_patentee_may_file_too() -> None:
    """实施细则 rule 87: either party."""
    owner = make_organisation(OrganisationKind.INSTITUTION)
    licence = noticed(make_open_licence(make_patent(owner), price_form=PriceForm.FREE))
    with pytest.raises(Forbidden):
        file_licence(make_actor(owner, Role.BOOKER), licence, "X1", today())
    assert file_licence(make_actor(owner, Role.TRANSFER), licence, "X1", today()).state is LicenceState.FILED


def test_numbers_of_notices_and_licences_have_no_gap() -> None:
    declaration = make_open_licence(price_form=PriceForm.FREE)
    numbers = [noticed(declaration).number for _time in range(3)]
    counted = [int(str(number).rpartition("-")[2]) for number in numbers]
    assert counted == [counted[0], counted[0] + 1, counted[0] + 2]


def test_ending_twice_is_ending_once() -> None:
    licence = noticed(make_open_licence(price_form=PriceForm.FREE))
    end_licence(licence, today(), "rescinded")
    end_licence(licence, today() + timedelta(days=5), "again")
    assert (licence.state, licence.ended_on, licence.end_reason) == (LicenceState.ENDED, today(), "rescinded")
    assert take_effect(licence, today()).state is LicenceState.ENDED
    assert session.get_one(Licence, licence.id).number == licence.number


def test_a_licence_takes_effect_also_when_the_settings_are_read_anew_right_then() -> None:
    licence = noticed(make_open_licence())
    forget_settings()
    assert take_effect(licence, today()).number
