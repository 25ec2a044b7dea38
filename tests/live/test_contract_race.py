"""A contract for the patent alone against what happens at the same moment to its open licence (专利法 art. 51)."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.accounts.models import Actor, OrganisationKind, Role
from app.accounts.passwords import hash_password
from app.core.clock import today
from app.core.db import session
from app.core.money import Money
from app.core.web import App
from app.market.licences.models import LIVE, Licence, LicenceKind, LicenceState
from app.market.licences.operations import give_notice
from app.market.licences.queries import declaration_with_patent
from app.market.negotiations.operations import agree, ask
from app.market.negotiations.queries import contract_with_all
from app.market.negotiations.signing import send_signing_code, sign_contract
from app.market.negotiations.terms import Terms
from app.market.open_licences.announcing import record_announcement
from app.market.open_licences.models import DeclarationState, OpenLicence, PriceForm
from app.market.open_licences.queries import declaration
from app.market.open_licences.withdrawing import record_withdrawal
from app.market.patents.models import Patent
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.payments.holding import hold_transfer
from app.settlement.payments.models import BankLine
from app.settlement.payments.operations import Transfer, record_transfer
from tests.accounts.factories import PASSWORD
from tests.live.market_world import at_once, deadlocks, heard, operators
from tests.live.world import Person, committed, people, person
from tests.market.factories import make_open_licence, make_patent
from tests.market.licences.world import fields
from tests.market.negotiations.factories import mailed_code

pytestmark = [pytest.mark.live, pytest.mark.slow]

ALONE = [LicenceKind.EXCLUSIVE, LicenceKind.SOLE, LicenceKind.TRANSFER]
FREE = Terms(use_text="生产光学胶。")
LUMP = Terms(price_form=PriceForm.LUMP_SUM, lump_minor=8_000_000, use_text="生产光学胶。")
UNANNOUNCED = {"announced_on": None, "announcement_no": "", "announcement_source": ""}
ROUNDS = 3


def signed_by_one(application: App, kind: LicenceKind, terms: Terms, opened: DeclarationState) -> dict[str, Any]:
    """A contract that wants its last signature, and a declaration of the same patent as it is since."""
    with committed(application):
        owner, asker = person(None, Role.OWNER), person(None, Role.OWNER)
        owner.organisation.kind = OrganisationKind.INSTITUTION
        for each in (owner, asker):
            assert each.actor.user is not None
            each.actor.user.password_hash = hash_password(PASSWORD)
        patent = make_patent(owner.organisation)
        contract = agree(owner.actor, ask(asker.actor, patent, kind, terms))
        for each in (owner, asker):
            send_signing_code(each.actor, contract_with_all(contract.id), shown=contract.sha256, password=PASSWORD)
        sign(owner, contract.id)
        days = {"announced_on": today()} if opened is DeclarationState.ANNOUNCED else UNANNOUNCED
        declared = make_open_licence(patent, state=opened, **days)
        return {"asker": asker, "contract": contract.id, "patent": patent.id, "opened": declared.id}


def sign(who: Person, contract_id: UUID) -> None:
    contract = contract_with_all(contract_id)
    sign_contract(who.actor, contract, shown=contract.sha256, code=mailed_code(who.actor))


def announce(verifier: Actor, opened: UUID) -> None:
    record_announcement(verifier, declaration(opened), "G42-01", today(), "专利公报42卷31期")


def pay(desk: Actor, reference: str, note_id: UUID) -> None:
    note = session.get_one(FeeNote, note_id)
    transfer = Transfer(reference, today(), "晶澜光电", "3317", Money(note.total_minor), "")
    line, _new = record_transfer(desk, transfer)
    hold_transfer(desk, session.get_one(BankLine, line.id), note)


def alone_in_force(patent_id: UUID) -> int:
    """Licences that leave no room for an open one."""
    statement = select(func.count()).where(Licence.patent_id == patent_id, Licence.kind.in_(ALONE))
    return session.scalar(statement.where(Licence.state.in_(LIVE))) or 0


@pytest.mark.parametrize("kind", ALONE)
def test_article_51_a_last_signature_and_the_announcement_at_once_leave_only_the_open_licence(
    live_app: App, kind: LicenceKind
) -> None:
    """专利法 art. 51: what CNIPA has before it bars the patent for one alone, whichever of the two comes first."""
    before, (verifier,) = deadlocks(live_app), operators(live_app, 1, Role.VERIFIER)
    for _round in range(ROUNDS):
        found = signed_by_one(live_app, kind, FREE, DeclarationState.FILED)
        deeds = [partial(sign, found["asker"], found["contract"]), partial(announce, verifier, found["opened"])]
        assert at_once(live_app, deeds) == ["open", "done"]
        heard(live_app)
        with live_app.app_context():
            assert session.get_one(OpenLicence, found["opened"]).state is DeclarationState.ANNOUNCED
            assert alone_in_force(found["patent"]) == 0
            owner = session.get_one(OpenLicence, found["opened"]).owner_id
            assert session.get_one(Patent, found["patent"]).owner_id == owner
    assert deadlocks(live_app) == before


@pytest.mark.parametrize("kind", ALONE)
def test_article_51_a_signed_contract_that_is_paid_as_it_is_announced_gets_its_money_back(
    live_app: App, kind: LicenceKind
) -> None:
    """专利法 art. 51: signed before the filing, paid with the announcement: no licence, no transfer, all goes back."""
    (desk,), (verifier,) = operators(live_app, 1, Role.SETTLEMENT), operators(live_app, 1, Role.VERIFIER)
    before = deadlocks(live_app)
    for number in range(ROUNDS):
        found = signed_by_one(live_app, kind, LUMP, DeclarationState.READY)
        with committed(live_app):
            sign(found["asker"], found["contract"])
            licence = session.scalars(select(Licence).where(Licence.patent_id == found["patent"])).one()
            licence_id, note_id = licence.id, licence.fee_note_id
            opened = session.get_one(OpenLicence, found["opened"])
            opened.state = DeclarationState.FILED
        assert note_id is not None
        deeds = [partial(pay, desk, f"C{kind}{number}", note_id), partial(announce, verifier, found["opened"])]
        assert at_once(live_app, deeds) == ["done", "done"]
        heard(live_app)
        with live_app.app_context():
            licence, note = session.get_one(Licence, licence_id), session.get_one(FeeNote, note_id)
            assert (licence.state, licence.number, note.state) == (LicenceState.VOID, None, FeeNoteState.REFUNDED)
            assert session.get_one(Patent, found["patent"]).owner_id == licence.licensor_id
    assert deadlocks(live_app) == before


@pytest.mark.parametrize("kind", ALONE)
def test_article_51_a_last_signature_leaves_those_alone_who_notify_and_pay_at_once(
    live_app: App, kind: LicenceKind
) -> None:
    """专利法 art. 51: while it is announced everybody may take it, by notice and payment, and nobody has it alone."""
    (desk,), takers, before = operators(live_app, 1, Role.SETTLEMENT), people(live_app, 2 * ROUNDS), deadlocks(live_app)
    for number in range(ROUNDS):
        found = signed_by_one(live_app, kind, FREE, DeclarationState.ANNOUNCED)
        first, second = takers[2 * number : 2 * number + 2]
        with committed(live_app):
            note_id = notify(first, found["opened"]).fee_note_id
        assert note_id is not None
        deeds: list[Callable[[], Any]] = [
            partial(sign, found["asker"], found["contract"]), partial(pay, desk, f"N{kind}{number}", note_id),
            partial(notify, second, found["opened"]),
        ]  # fmt: skip
        assert at_once(live_app, deeds) == ["open", "done", "done"]
        heard(live_app)
        with live_app.app_context():
            rows = session.scalars(select(Licence).where(Licence.open_licence_id == found["opened"]))
            states = {licence.licensee_id: licence.state for licence in rows}
            assert states == {
                first.organisation.id: LicenceState.EFFECTIVE, second.organisation.id: LicenceState.NOTICED
            }  # fmt: skip
            assert alone_in_force(found["patent"]) == 0
    assert deadlocks(live_app) == before


def notify(who: Person, opened: UUID) -> Licence:
    found = declaration_with_patent(opened)
    assert found is not None
    return give_notice(who.actor, found, who.organisation, fields())


@pytest.mark.parametrize("kind", ALONE)
def test_article_50_a_last_signature_and_the_withdrawal_at_once_come_one_after_the_other(
    live_app: App, kind: LicenceKind
) -> None:
    """专利法 art. 50, 51: only once the withdrawal is announced can one have it alone; given licences stay."""
    before, (verifier,), takers = deadlocks(live_app), operators(live_app, 1, Role.VERIFIER), people(live_app, ROUNDS)
    for taker in takers:
        found = signed_by_one(live_app, kind, FREE, DeclarationState.ANNOUNCED)
        with committed(live_app):
            opened = session.get_one(OpenLicence, found["opened"])
            opened.price_form, opened.lump_minor = PriceForm.FREE, 0
            given = notify(taker, found["opened"]).id

        def out(opened: UUID = found["opened"]) -> None:
            record_withdrawal(verifier, declaration(opened), "G43-01", today())

        signed, withdrawn = at_once(live_app, [partial(sign, found["asker"], found["contract"]), out])
        assert withdrawn == "done"
        assert signed in {"open", "done"}
        heard(live_app)
        with live_app.app_context():
            assert session.get_one(Licence, given).state is LicenceState.EFFECTIVE
            assert alone_in_force(found["patent"]) == (signed == "done")
    assert deadlocks(live_app) == before
