"""What of the market waits at the desk: each kind of thing, for whom, and with a link to its very place."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.clock import now, today
from app.core.db import session
from app.core.ids import uuid7
from app.core.web import App
from app.market.licences.models import Review
from app.market.open_licences.models import Consent, ConsentPurpose, ConsentRole, ConsentState, DeclarationState
from app.market.royalties.models import PeriodState, RoyaltyPeriod
from app.site.market_desk import work_of_market
from app.site.work import Work
from tests.accounts.factories import make_actor, make_operator, make_organisation, make_person, sign_in
from tests.market.factories import make_licence, make_open_licence, make_patent
from tests.market.referrals.factories import make_case

S = DeclarationState
DRAFT: dict[str, Any] = {
    "announcement_no": "",
    "announced_on": None,
    "announcement_source": "",
    "accept_no": "",
    "filed_on": None,
}


def waits(app: App, actor: Actor) -> Sequence[Work]:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        return list(work_of_market(actor))


def officer() -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.TRANSFER, user=make_person())


def test_a_transfer_officer_finds_each_declaration_at_its_task(app: App, client: FlaskClient) -> None:
    actor = officer()
    owner = actor.organisation
    ready = make_open_licence(make_patent(owner), state=S.READY, **DRAFT)
    wrong = make_open_licence(
        make_patent(owner), state=S.CORRECTION, correction_note="补页", correction_due_on=today() + timedelta(days=9),
    )  # fmt: skip
    begun, ended = today() - timedelta(days=20), today() - timedelta(days=1)
    days: dict[str, Any] = {"publicity_from": begun, "publicity_until": ended}
    asked = make_open_licence(make_patent(owner), state=S.CONSENTING, **DRAFT, **days)
    session.add(
        Consent(
            id=uuid7(), open_licence_id=asked.id, purpose=ConsentPurpose.DECLARATION, role=ConsentRole.CO_OWNER,
            party_name="某大学", email="a@b.example", state=ConsentState.ASKED, terms_hash="0" * 64,
            token_hash="x", expires_at=now() + timedelta(days=14),
        )
    )  # fmt: skip
    over = make_open_licence(make_patent(owner), state=S.CONSENTING, **DRAFT, **days)
    make_open_licence(make_patent(owner))  # announced: nothing to do
    make_open_licence(make_patent(), state=S.READY, **DRAFT)  # somebody else's
    session.flush()
    found = {work.url: work.name for work in waits(app, actor)}
    assert set(found) == {
        f"/open-licences/{ready.id}/declare#file",
        f"/open-licences/{wrong.id}/declare#file",
        f"/open-licences/{asked.id}/declare#consents",
        f"/open-licences/{over.id}/declare#publicity",
    }
    assert waits(app, make_actor(owner, Role.TECHNICIAN, user=make_person())) == []


def test_both_sides_find_a_licence_to_file_until_it_is(app: App, client: FlaskClient) -> None:
    actor = officer()
    licensee = make_actor(user=make_person())
    licence = make_licence(make_open_licence(make_patent(actor.organisation)), licensee.organisation)
    for side in (actor, licensee):
        (work,) = waits(app, side)
        assert work.url == f"/licences/{licence.id}#filing"
        assert work.due_at is not None
    licence.state = type(licence.state).FILED
    licence.filed_on, licence.filing_no = today(), "BA1"
    session.flush()
    assert waits(app, actor) == waits(app, licensee) == []


def test_a_report_waits_for_the_licensee_and_then_for_the_licensor(app: App, client: FlaskClient) -> None:
    actor, licensee = officer(), make_actor(None, Role.FINANCE, user=make_person())
    licence = make_licence(make_open_licence(make_patent(actor.organisation)), licensee.organisation)
    licence.state, licence.filed_on, licence.filing_no = type(licence.state).FILED, today(), "BA1"
    period = RoyaltyPeriod(
        id=uuid7(), licence_id=licence.id, licensor_id=licence.licensor_id, licensee_id=licence.licensee_id,
        position=1, starts_on=today() - timedelta(days=365), ends_on=today(), due_on=today() + timedelta(days=30),
        state=PeriodState.DUE, is_late=False, created_at=now(), changed_at=now(),
    )  # fmt: skip
    session.add(period)
    session.flush()
    assert [work.url for work in waits(app, licensee)] == [f"/royalties/{period.id}"]
    assert waits(app, actor) == []
    period.state, period.question_until = PeriodState.REPORTED, today() + timedelta(days=15)
    session.flush()
    assert [work.url for work in waits(app, actor)] == [f"/royalties/{period.id}"]
    assert waits(app, licensee) == []


def test_referrals_wait_for_partner_patentee_and_operator(app: App, client: FlaskClient) -> None:
    case = make_case()
    unplaced, asked = case.ask(chosen=False), case.ask()
    assert [work.url for work in waits(app, case.operator)] == [f"/referrals/{unplaced.id}"]
    assert [work.url for work in waits(app, case.banker)] == [f"/referrals/{asked.id}"]
    assert waits(app, case.applicant) == []
    agreed = make_case()
    referral = agreed.agreed()
    assert [work.url for work in waits(app, agreed.applicant)] == [f"/referrals/{referral.id}"]
    assert waits(app, agreed.banker) == []


def test_the_operator_finds_checks_announcements_and_reviews(app: App, client: FlaskClient) -> None:
    to_check = make_open_licence(state=S.READY, **DRAFT)
    filed: dict[str, Any] = {**DRAFT, "accept_no": "K1", "filed_on": today()}
    to_record = make_open_licence(state=S.FILED, **filed, checked_at=now())
    withdrawn = make_open_licence(state=S.WITHDRAWING)
    licence = make_licence(make_open_licence(), review=Review.SAME_DAY)
    found = [work.url for work in waits(app, make_operator(Role.VERIFIER))]
    assert set(found) == {
        *(f"/operator/open-licences/{one.id}" for one in (to_check, to_record, withdrawn)),
        f"/licences/{licence.id}",
    }
    assert len(found) == 4
    assert waits(app, make_operator(Role.AUDITOR)) == []


def test_the_desk_of_everybody_draws_it(client: FlaskClient) -> None:
    case = make_case()
    unplaced = case.ask(chosen=False)
    sign_in(client, case.operator)
    assert f"/referrals/{unplaced.id}" in client.get("/desk").text
