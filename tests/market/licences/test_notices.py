"""Who hears of a licence: P5–P7, P10, P11 (flows-market.md §2), at once and once."""

from datetime import timedelta

import pytest
import time_machine

from app.accounts.models import Actor, Role
from app.core.clock import today
from app.core.db import session
from app.core.events import emit
from app.core.workdays import add_months
from app.market.licences.clocks import tend_filing, tend_notice
from app.market.licences.disputes import ask_mediation, open_dispute
from app.market.licences.models import Licence, LicenceState
from app.market.licences.operations import file_licence
from app.market.licences.reviews import decide_review
from app.market.open_licences.events import OpenLicenceEnded, WithdrawalFiled
from app.market.open_licences.models import DeclarationState, OpenLicence
from tests.accounts.factories import make_actor, make_operator
from tests.market.factories import make_open_licence, make_patent
from tests.market.licences.test_operations import DAY
from tests.market.licences.world import at, make_taker, note_of, noticed, pay, withdraw
from tests.market.told import heard, mails, subjects, told


@pytest.fixture
def declaration(transaction: None) -> OpenLicence:
    return make_open_licence(
        make_patent(title="低收缩光学胶", title_en="Low-shrinkage optical adhesive"), notice_email="inbox@test.example"
    )


@pytest.fixture
def office(declaration: OpenLicence) -> Actor:
    """A transfer officer of the patentee who reads English."""
    return english(make_actor(declaration.patent.owner, Role.TRANSFER))


def english(actor: Actor) -> Actor:
    assert actor.user is not None
    actor.user.locale = "en"
    session.flush()
    return actor


def test_p5_the_notice_is_in_the_inbox_at_once_with_its_text_and_hash(declaration: OpenLicence, office: Actor) -> None:
    finance = make_actor(declaration.patent.owner, Role.FINANCE)
    taker = english(make_taker())
    licence = noticed(declaration, taker)
    heard()
    licence = session.get_one(Licence, licence.id)
    assert told(office) == ["Notice received: Low-shrinkage optical adhesive"]
    for mail in (*mails(office), *mails("inbox@test.example")):
        assert licence.notice_text in mail.body
        assert licence.notice_hash in mail.body
    assert len(mails("inbox@test.example")) == len(mails(office)) == 1
    assert told(taker, "licence") == ["Notice delivered: Low-shrinkage optical adhesive"]
    (mail,) = (mail for mail in mails(taker) if mail.subject == told(taker, "licence")[0])
    assert "No licence until paid" in mail.body
    assert told(finance) == told(make_taker()) == []


def test_the_licensee_is_reminded_of_an_unpaid_notice_and_told_when_it_is_void(declaration: OpenLicence) -> None:
    taker = english(make_taker())
    with time_machine.travel(at(DAY), tick=False) as clock:
        licence = noticed(declaration, taker)
        heard()
        for days in (3, 15, 25, 31):
            clock.move_to(at(DAY + timedelta(days=days)))
            tend_notice(licence.id)
            heard()
    lines = told(taker, "licence_unpaid")
    assert len(lines) == 3
    assert all("not paid yet" in line for line in lines)
    assert ["void on 2027-10-03" in mail.body for mail in mails(taker)].count(True) == 3
    assert len(told(taker, "licence_void")) == 1


def test_p6_and_p7_effect_filing_and_what_is_late(declaration: OpenLicence, office: Actor) -> None:
    taker = english(make_taker())
    with time_machine.travel(at(DAY), tick=False) as clock:
        licence = noticed(declaration, taker)
        pay(note_of(licence))
        heard()
        licence = session.get_one(Licence, licence.id)
        for person in (office, taker):
            (line,) = told(person, "licence_effect")
            assert line.startswith(f"Licence {licence.number} in effect")
        assert "File it with CNIPA by 2027-12-03" in mails(taker)[-1].body
        due = add_months(DAY, 3)
        for days in (60, 30, 10, 3, -4):
            clock.move_to(at(due - timedelta(days=days)))
            tend_filing(licence.id)
            heard()
        left = [f"{days} days to file {licence.number}" for days in (60, 30, 10, 3)]
        assert told(office, "licence_filing") == [*left, f"Filing of {licence.number} is late"]
        assert told(taker, "licence_filing") == told(office, "licence_filing")
        assert "stands all the same" in mails(office)[-1].body
        file_licence(taker, session.get_one(Licence, licence.id), "X2027-1", today())
        heard()
        assert told(office, "licence_filed") == [f"Licence {licence.number} is filed with CNIPA"]


def test_p11_a_withdrawal_is_told_to_licensees_and_to_those_who_have_not_paid(
    declaration: OpenLicence, office: Actor
) -> None:
    unpaid, licensed = english(make_taker()), english(make_taker())
    pay(note_of(noticed(declaration, licensed)))
    noticed(declaration, unpaid)
    heard()
    declaration = session.get_one(OpenLicence, declaration.id)
    declaration.state = DeclarationState.WITHDRAWING
    emit(WithdrawalFiled(declaration.id))
    heard()
    assert len(told(licensed, "licence_withdrawal")) == len(told(unpaid, "licence_withdrawal")) == 1
    assert "before its announcement count" in mails(unpaid)[-1].body
    assert "untouched" in mails(licensed)[-1].body
    assert "1 licences stay untouched" in mails(office)[-1].body
    withdraw(session.get_one(OpenLicence, declaration.id), today())
    emit(OpenLicenceEnded(declaration.id))
    heard()
    assert len(told(licensed, "licence_withdrawal")) == len(told(unpaid, "licence_withdrawal")) == 2
    assert "Only a payment that the bank has dated before" in mails(unpaid)[-1].body


def test_licensees_hear_of_a_withdrawal_though_nobody_is_waiting_to_pay(declaration: OpenLicence) -> None:
    licensed = english(make_taker())
    pay(note_of(noticed(declaration, licensed)))
    declaration = session.get_one(OpenLicence, declaration.id)
    declaration.state = DeclarationState.WITHDRAWING
    emit(WithdrawalFiled(declaration.id))
    heard()
    assert len(told(licensed, "licence_withdrawal")) == 1


def test_a_late_recorded_withdrawal_and_what_is_decided_are_told_to_both(
    declaration: OpenLicence, office: Actor
) -> None:
    taker = english(make_taker())
    licence = noticed(declaration, taker)
    pay(note_of(licence))
    withdraw(session.get_one(OpenLicence, declaration.id), today() - timedelta(days=1))
    emit(OpenLicenceEnded(declaration.id))
    heard()
    for person in (office, taker):
        assert len(told(person, "licence_review")) == 1
    decide_review(make_operator(), session.get_one(Licence, licence.id), stands=True, note="Paid in good faith.")
    heard()
    for person in (office, taker):
        assert "Paid in good faith." in told(person, "licence_reviewed")[0]
    assert session.get_one(Licence, licence.id).state is LicenceState.EFFECTIVE


def test_p10_a_dispute_is_told_to_both_and_its_mediation_to_the_operator(
    declaration: OpenLicence, office: Actor
) -> None:
    taker, operator = english(make_taker()), english(make_operator())
    licence = noticed(declaration, taker)
    pay(note_of(licence))
    heard()
    licence = session.get_one(Licence, licence.id)
    dispute = open_dispute(taker, licence, "The adhesive shrinks by 3 %.", 100_00)
    heard()
    assert len(told(office, "licence_dispute")) == len(told(taker, "licence_dispute")) == 1
    assert not told(operator, "licence_dispute")
    ask_mediation(taker, session.get_one(Licence, licence.id), dispute)
    heard()
    assert len(told(operator, "licence_dispute")) == 1
    assert len(subjects(operator)) == 1
