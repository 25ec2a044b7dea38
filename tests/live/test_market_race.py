"""Several people at one patent in the same moment: one story afterwards, and nobody waits for ever (issue 6)."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.accounts.models import SYSTEM, OrganisationKind, Role
from app.accounts.passwords import hash_password
from app.core.clock import today
from app.core.db import session
from app.core.money import Money
from app.core.web import App
from app.market.licences.models import Licence, LicenceKind, LicenceState, Review
from app.market.licences.operations import file_licence, give_notice, take_effect
from app.market.licences.queries import declaration_with_patent
from app.market.negotiations.models import ContractSignature, NegotiationState
from app.market.negotiations.operations import agree, ask
from app.market.negotiations.queries import contract_with_all
from app.market.negotiations.signing import send_signing_code, sign_contract
from app.market.negotiations.terms import Terms
from app.market.open_licences.announcing import record_announcement
from app.market.open_licences.filing import record_filing
from app.market.open_licences.models import DeclarationState, OpenLicence, PriceForm, RoyaltyBase, StateChange
from app.market.open_licences.queries import declaration
from app.market.open_licences.withdrawing import record_withdrawal
from app.market.patents.models import EncumbranceKind, Patent
from app.market.patents.operations import EncumbranceValues, add_encumbrance
from app.market.patents.queries import WITH_PEOPLE
from app.market.royalties.models import PeriodState, RoyaltyPeriod, RoyaltyReport
from app.market.royalties.operations import open_periods
from app.market.royalties.reporting import report_royalty
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.models import Charge
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.models import BankLine
from app.settlement.payments.operations import Transfer, record_transfer
from app.settlement.statements.models import StatementLine
from app.settlement.statements.operations import close_month
from tests.accounts.factories import PASSWORD
from tests.live.callers import Answer, together
from tests.live.market_world import announced, at_once, deadlocks, heard, operators, outcome, university
from tests.live.servers import Server
from tests.live.world import Person, committed, people, person
from tests.market.factories import make_licence, make_open_licence, make_patent
from tests.market.licences.world import fields
from tests.market.negotiations.factories import mailed_code

pytestmark = [pytest.mark.live, pytest.mark.slow]

CROWD, ROUNDS = 16, 4
FREE = Terms(use_text="生产光学胶。")
NOTICE = {"product": "光学胶", "place": "长春市", "contact_name": "周扬"}


def notify(server: Server, open_licence_id: UUID, who: Person) -> Answer:
    body = {**NOTICE, "starts_on": (today() + timedelta(days=3)).isoformat()}
    return server.caller(who.token).post(f"/api/v1/open-licences/{open_licence_id}/notices", body)


def of_declaration(application: App, open_licence_id: UUID) -> list[Licence]:
    with application.app_context():
        return list(session.scalars(select(Licence).where(Licence.open_licence_id == open_licence_id)))


def test_sixteen_notices_of_one_licensee_are_one_licence(live_app: App, server: Server) -> None:
    (taker,), owner = people(live_app, 1), university(live_app)
    for price in ({"price_form": PriceForm.FREE}, {}):
        opened = announced(live_app, owner, **price)
        answers = together(CROWD, lambda _number, opened=opened: notify(server, opened, taker))  # type: ignore[misc]
        assert Counter(answer.status for answer in answers) == {201: CROWD}
        assert len({answer.body["id"] for answer in answers}) == 1
        (licence,) = of_declaration(live_app, opened)
        assert (licence.number is not None) == bool(price)
    heard(live_app)


def test_sixteen_licensees_at_once_get_sixteen_licences_numbered_without_a_gap(live_app: App, server: Server) -> None:
    takers, before = people(live_app, CROWD), deadlocks(live_app)
    opened = announced(live_app, university(live_app), price_form=PriceForm.FREE)
    answers = together(CROWD, lambda number: notify(server, opened, takers[number]))
    assert Counter(answer.status for answer in answers) == {201: CROWD}
    licences = of_declaration(live_app, opened)
    assert len(licences) == CROWD
    for numbers in ([one.notice_no for one in licences], [one.number or "" for one in licences]):
        serials = sorted(int(number.rpartition("-")[2]) for number in numbers)
        assert serials == list(range(serials[0], serials[0] + CROWD))
    assert deadlocks(live_app) == before
    heard(live_app)


@pytest.mark.parametrize(("value", "withdrawn"), [(0, 0), (0, -1), (-1, 0)])
def test_article_50_payment_and_withdrawal_at_once_come_one_after_the_other(
    live_app: App, value: int, withdrawn: int
) -> None:
    """专利法 art. 50, 51: the bank's value date against the gazette's day, whichever is recorded first."""
    value_on, announced_on = (today() + timedelta(days=days) for days in (value, withdrawn))
    (desk,), (verifier,) = operators(live_app, 1, Role.SETTLEMENT), operators(live_app, 1, Role.VERIFIER)
    owner, takers = university(live_app), people(live_app, ROUNDS)
    for number, taker in enumerate(takers):
        opened = announced(live_app, owner, announced_on=today() - timedelta(days=9))
        licence_id, line_id, note_id = owed(live_app, opened, taker, value_on, f"W{value}{withdrawn}{number}")

        def pay(line_id: UUID = line_id, note_id: UUID = note_id) -> None:
            hold_transfer(desk, session.get_one(BankLine, line_id), session.get_one(FeeNote, note_id))

        def out(opened: UUID = opened) -> None:
            record_withdrawal(verifier, declaration(opened), "G43-01", announced_on)

        assert at_once(live_app, [pay, out]) == ["done", "done"]
        heard(live_app)
        with live_app.app_context():
            licence, note = session.get_one(Licence, licence_id), session.get_one(FeeNote, note_id)
        story = (licence.state, licence.review, note.state)
        before = (LicenceState.EFFECTIVE, Review.NONE, FeeNoteState.PAID)
        stories = {
            (0, 0): {(LicenceState.EFFECTIVE, Review.RECORDED_LATE, FeeNoteState.PAID),
                     (LicenceState.NOTICED, Review.SAME_DAY, FeeNoteState.PAID)},
            (0, -1): {(LicenceState.EFFECTIVE, Review.RECORDED_LATE, FeeNoteState.PAID),
                      (LicenceState.VOID, Review.NONE, FeeNoteState.REFUNDED)},
            (-1, 0): {before},
        }  # fmt: skip
        assert story in stories[value, withdrawn]


def owed(application: App, opened: UUID, taker: Person, value_on: date, reference: str) -> tuple[UUID, UUID, UUID]:
    """A notice that waits, and a transfer that will pay for it."""
    with committed(application):
        found = declaration_with_patent(opened)
        assert found is not None
        licence = give_notice(taker.actor, found, taker.organisation, fields())
        if value_on < licence.received_on:
            licence.received_on = value_on
        note = session.get_one(FeeNote, licence.fee_note_id)
        line, _new = record_transfer(
            SYSTEM, Transfer(reference, value_on, "晶澜光电", "3317", Money(note.total_minor), "")
        )
        return licence.id, line.id, note.id


def bargain(
    application: App, kind: LicenceKind, *, signed: bool, **patent_values: Any
) -> tuple[Person, Person, UUID, UUID]:
    """Owner, asker, a contract with nothing due, and its patent; perhaps the owner has signed."""
    with committed(application):
        owner = person(None, Role.OWNER)
        owner.organisation.kind = OrganisationKind.INSTITUTION
        asker = person(None, Role.OWNER)
        for each in (owner, asker):
            assert each.actor.user is not None
            each.actor.user.password_hash = hash_password(PASSWORD)
        patent = make_patent(owner.organisation, **patent_values)
        contract = agree(owner.actor, ask(asker.actor, patent, kind, FREE))
        for each in (owner, asker):
            send_signing_code(each.actor, contract_with_all(contract.id), shown=contract.sha256, password=PASSWORD)
        if signed:
            sign(owner, contract.id)
        return owner, asker, contract.id, patent.id


def sign(who: Person, contract_id: UUID) -> None:
    contract = contract_with_all(contract_id)
    sign_contract(who.actor, contract, shown=contract.sha256, code=mailed_code(who.actor))


def test_two_signatures_at_once_make_one_licence(live_app: App) -> None:
    before = deadlocks(live_app)
    for _round in range(ROUNDS):
        owner, asker, contract_id, _patent = bargain(live_app, LicenceKind.ORDINARY, signed=False)
        deeds = [partial(sign, who, contract_id) for who in (owner, asker) for _press in range(3)]
        assert set(at_once(live_app, deeds)) == {"done"}
        heard(live_app)
        with live_app.app_context():
            contract = contract_with_all(contract_id)
            signatures = select(func.count()).where(ContractSignature.contract_id == contract_id)
            assert session.scalar(signatures) == 2
            assert contract.negotiation.state is NegotiationState.EFFECTIVE
            held = select(func.count()).where(Licence.patent_id == contract.negotiation.patent_id)
            assert session.scalar(held) == 1
    assert deadlocks(live_app) == before


def test_a_free_notice_and_a_last_signature_do_not_wait_for_each_other(live_app: App) -> None:
    """Both take numbers and the books; in different orders they would block each other."""
    before, owner = deadlocks(live_app), university(live_app)
    takers = people(live_app, 2 * ROUNDS)
    opened = announced(live_app, owner, price_form=PriceForm.FREE)

    def take(taker: Person) -> None:
        found = declaration_with_patent(opened)
        assert found is not None
        give_notice(taker.actor, found, taker.organisation, fields())

    for number in range(ROUNDS):
        bargains = [bargain(live_app, LicenceKind.ORDINARY, signed=True) for _each in range(2)]
        deeds = [
            *(partial(sign, asker, contract) for _owner, asker, contract, _patent in bargains),
            *(partial(take, taker) for taker in takers[2 * number : 2 * number + 2]),
        ]
        assert at_once(live_app, deeds) == ["done"] * 4
    assert deadlocks(live_app) == before


@pytest.mark.parametrize("kind", [LicenceKind.EXCLUSIVE, LicenceKind.SOLE, LicenceKind.TRANSFER])
def test_article_51_an_exclusive_contract_and_an_open_licence_at_once_are_never_both(
    live_app: App, kind: LicenceKind
) -> None:
    """专利法 art. 51; rule 86 (1): the last signature against the filing, on two connections."""
    for _round in range(ROUNDS):
        owner, asker, contract_id, patent_id = bargain(live_app, kind, signed=True)
        opened = ready(live_app, owner, patent_id)

        one_alone(live_app, patent_id, partial(sign, asker, contract_id), owner, opened)


def one_alone(application: App, patent_id: UUID, signing: Callable[[], object], owner: Person, opened: UUID) -> None:
    """A last signature on a licence to one alone, and the filing of a declaration, at once: one of them is refused."""
    done = at_once(application, [signing, partial(file, owner, opened)])
    heard(application)
    assert Counter(one == "done" for one in done) == {True: 1, False: 1}, done
    with application.app_context():
        state = session.get_one(OpenLicence, opened).state
        alone = select(func.count()).where(Licence.patent_id == patent_id, Licence.state == LicenceState.EFFECTIVE)
        assert (state is DeclarationState.FILED) != (session.scalar(alone) == 1)


def file(owner: Person, opened: UUID) -> None:
    """The patentee's officer records the filing."""
    record_filing(owner.actor, declaration(opened), "K20261129", today())


def ready(application: App, owner: Person, patent_id: UUID) -> UUID:
    """A declaration that waits for its filing."""
    with committed(application):
        patent = session.get_one(Patent, patent_id)
        return make_open_licence(
            patent, state=DeclarationState.READY, announced_on=None, announcement_no="", announcement_source="",
            filed_on=None, publicity_until=today() - timedelta(days=1),
        ).id  # fmt: skip


def test_rule_86_a_preservation_and_a_filing_at_once_are_never_unseen(live_app: App) -> None:
    """实施细则 rule 86 (2): where the court was first, nothing is filed."""
    for _round in range(ROUNDS):
        with committed(live_app):
            owner = person(None, Role.OWNER)
            owner.organisation.kind = OrganisationKind.INSTITUTION
            patent_id = make_patent(owner.organisation).id
        opened = ready(live_app, owner, patent_id)

        def freeze(owner: Person = owner, patent_id: UUID = patent_id) -> None:
            statement = select(Patent).options(*WITH_PEOPLE).where(Patent.id == patent_id)
            values = EncumbranceValues(EncumbranceKind.PRESERVATION, "长春知识产权法庭", today())
            add_encumbrance(owner.actor, session.scalars(statement).unique().one(), values)

        def file(owner: Person = owner, opened: UUID = opened) -> None:
            record_filing(owner.actor, declaration(opened), "K20261129", today())

        frozen, filed = at_once(live_app, [freeze, file])
        assert frozen == "done"
        assert filed in {"done", "preservation", "unfit"}
        with live_app.app_context():
            assert (session.get_one(OpenLicence, opened).state is DeclarationState.FILED) == (filed == "done")


def test_two_operators_record_one_announcement_once(live_app: App) -> None:
    verifiers, owner = operators(live_app, 4, Role.VERIFIER), university(live_app)
    opened = announced(
        live_app, owner, state=DeclarationState.FILED, announced_on=None, announcement_no="", announcement_source=""
    )
    deeds = [
        partial(_record, verifier, opened, f"G42-{number}") for number, verifier in enumerate(verifiers)
    ]  # fmt: skip
    done = at_once(live_app, deeds)
    assert Counter(done) == {"done": 1, "state": 3}
    heard(live_app)
    with live_app.app_context():
        assert session.get_one(OpenLicence, opened).announcement_no == f"G42-{done.index('done')}"
        steps = select(func.count()).where(StateChange.open_licence_id == opened, StateChange.state == "announced")
        assert session.scalar(steps) == 1


def _record(verifier: Any, opened: UUID, number: str) -> None:
    record_announcement(verifier, declaration(opened), number, today(), "专利公报42卷31期")


def due_period(application: App, owner: Person, payer: Person) -> UUID:
    """A month of a licence with 5 % of net sales that is over."""
    begin = today() - timedelta(days=70)
    with committed(application):
        declared = make_open_licence(
            make_patent(owner.organisation), price_form=PriceForm.ROYALTY, rate=500, announced_on=begin,
            royalty_base=RoyaltyBase.NET_SALES, period_months=1,
        )  # fmt: skip
        licence = make_licence(
            declared, payer.organisation, received_on=begin, effective_on=begin, ends_on=begin + timedelta(days=400),
        )  # fmt: skip
        return open_periods(licence)[0].id


def report(payer: Person, period_id: UUID, gross: int) -> None:
    sold = [{"name": "光学胶", "units": 10, "gross_minor": gross, "deductions_minor": 0}]
    report_royalty(payer.actor, session.get_one(RoyaltyPeriod, period_id), sold)


def test_one_period_reported_by_several_at_once_is_billed_once(live_app: App) -> None:
    owner, (payer,) = university(live_app), people(live_app, 1)
    period_id = due_period(live_app, owner, payer)
    done = at_once(live_app, [partial(report, payer, period_id, 1_000_00 * each) for each in (1, 2, 3, 4)])
    assert Counter(one == "done" for one in done) == {True: 1, False: 3}
    heard(live_app)
    with live_app.app_context():
        (kept,) = session.scalars(select(RoyaltyReport).where(RoyaltyReport.period_id == period_id)).all()
        assert kept.due_minor == 50_00 * (done.index("done") + 1)
        assert session.get_one(RoyaltyPeriod, period_id).state is PeriodState.REPORTED


def test_a_month_that_is_closed_while_somebody_reports_states_the_royalty_once_or_later(live_app: App) -> None:
    (settler,), owner = operators(live_app, 1, Role.SETTLEMENT), university(live_app)
    payers = people(live_app, ROUNDS)
    periods = [due_period(live_app, owner, payer) for payer in payers]
    month = today().replace(day=1)
    last = (month - timedelta(days=1)).replace(day=1)
    outcome(live_app, lambda: close_month(settler, last))
    deeds = [partial(report, payer, period, 2_000_00) for payer, period in zip(payers, periods, strict=True)]
    done = at_once(live_app, [lambda: close_month(settler, month), *deeds])
    assert set(done[1:]) == {"done"}
    heard(live_app)
    with live_app.app_context():
        reports = select(RoyaltyReport.fee_note_id).where(RoyaltyReport.period_id.in_(periods))
        charges = select(FeeNote.charge_id).where(FeeNote.id.in_(reports))
        stated = session.execute(
            select(Charge.id, func.count(StatementLine.id))
            .outerjoin(StatementLine, StatementLine.charge_id == Charge.id)
            .where(Charge.id.in_(charges)).group_by(Charge.id)
        ).all()  # fmt: skip
    assert len(stated) == ROUNDS
    assert all(times <= 1 for _charge, times in stated)


def test_rule_87_filed_by_both_sides_at_once_it_has_one_number(live_app: App) -> None:
    """实施细则 rule 87: either side may; the second hears that it is filed."""
    owner, (taker,) = university(live_app), people(live_app, 1)
    opened = announced(live_app, owner, price_form=PriceForm.FREE)
    with committed(live_app):
        licence_id = make_licence(session.get_one(OpenLicence, opened), taker.organisation).id

    def file(who: Person, number: str) -> None:
        file_licence(who.actor, session.get_one(Licence, licence_id), number, today())

    done = at_once(live_app, [partial(file, owner, "BA-1"), partial(file, taker, "BA-2")])
    assert sorted(done) == ["done", "wrong_state"]
    with live_app.app_context():
        assert session.get_one(Licence, licence_id).filing_no == f"BA-{done.index('done') + 1}"


def test_one_licence_takes_effect_once_however_often_its_payment_is_heard_of(live_app: App) -> None:
    (taker,), opened = people(live_app, 1), announced(live_app, university(live_app))
    (desk,) = operators(live_app, 1, Role.SETTLEMENT)
    licence_id, line_id, note_id = owed(live_app, opened, taker, today(), "ONCE-1")
    assert outcome(
        live_app, lambda: hold_transfer(desk, session.get_one(BankLine, line_id), session.get_one(FeeNote, note_id))
    ) == "done"  # fmt: skip
    deeds = [lambda: take_effect(session.get_one(Licence, licence_id), today())] * 8
    assert at_once(live_app, deeds) == ["done"] * 8
    heard(live_app)
    (licence,) = of_declaration(live_app, opened)
    with live_app.app_context():
        assert session.scalar(select(func.count()).where(Charge.subject_id == licence_id)) == 1
    assert licence.state is LicenceState.EFFECTIVE
