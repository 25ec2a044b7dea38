"""One patent, a portfolio, and interest in what cannot be taken yet."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import OrganisationKind, Role
from app.core.clock import today
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import relay
from app.core.tenancy import set_tenant
from app.core.workdays import add_months
from app.market.open_licences.models import DeclarationState, PriceForm, RoyaltyBase
from app.market.patents.models import Holder
from app.market.patents.words import titles_of
from app.market.portal.models import Interest
from app.market.portal.operations import refresh_all, register_interest
from app.notifications.models import Mail, Notification
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.market.factories import add_change, make_licence, make_notice, make_open_licence, make_patent, make_pilot

EN = {"Accept-Language": "en"}


def page(client: FlaskClient, patent_id: object, query: str = "") -> str:
    answer = client.get(f"/patents/{patent_id}{query}", headers=EN)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_what_is_announced_says_what_is_due_now(client: FlaskClient) -> None:
    open_licence = make_open_licence(
        price_form=PriceForm.UPFRONT_ROYALTY, upfront_minor=5_000_000, rate=200, royalty_base=RoyaltyBase.NET_SALES,
        floor_minor=1_000_000,
    )  # fmt: skip
    text = page(client, open_licence.patent_id)
    assert f"CNIPA announcement {open_licence.announcement_no} of 2026-05-15" in text
    assert "In effect once notice and money are in; no approval needed." in text
    assert "of which 6% VAT ¥2,830.19" in text
    assert "¥170,000.00" in text
    assert "¥2,050,000.00" in page(client, open_licence.patent_id, "?sales=100000000&years=1")
    assert "Register interest" not in text


def test_the_patentee_is_named_in_the_language_of_the_reader(client: FlaskClient) -> None:
    owner = make_organisation(OrganisationKind.INSTITUTION, name="松江大学", name_en="Songjiang University")
    patent = make_patent(owner, registered_holders="松江大学；长吉新材料研究院")
    patent.holders[0].share = 7_000
    patent.holders.append(Holder(position=2, name="长吉新材料研究院", share=3_000))
    session.flush()
    assert "Songjiang University, 长吉新材料研究院" in page(client, patent.id)


def test_a_pilot_says_that_it_cannot_be_taken(client: FlaskClient) -> None:
    """flows-market.md M6; domain.md B.4: only what is announced has the effect of 专利法 art. 51."""
    text = page(client, make_pilot().patent_id)
    assert "Pilot, not announced: it cannot be taken by notice and payment; interest only." in text
    assert "A pilot’s price binds nobody." in text
    for word in ("Due now", "Give notice", "badge-announced", "Who may take it"):
        assert word not in text


def test_a_withdrawal_that_is_filed_is_said_and_one_that_is_announced_ends_it(client: FlaskClient) -> None:
    leaving = make_open_licence(state=DeclarationState.WITHDRAWING, withdrawal_filed_on=today())
    assert "Withdrawal filed; notice and payment before its announcement count." in page(client, leaving.patent_id)
    gone = make_open_licence(state=DeclarationState.WITHDRAWN, ended_on=date(2026, 11, 1))
    text = page(client, gone.patent_id)
    assert "The open licence ended on 2026-11-01" in text
    assert "Withdrawal announced" in text
    assert "Due now" not in text


def test_licences_are_counted_and_nobody_is_named(client: FlaskClient) -> None:
    open_licence = make_open_licence()
    taker = make_organisation(name="某某贴合有限公司")
    make_licence(open_licence, taker)
    make_notice(open_licence)
    refresh_all()
    text = page(client, open_licence.patent_id)
    assert "1 licence taken" in text
    assert taker.name not in text


def test_old_register_facts_and_late_annuities_are_marked(client: FlaskClient) -> None:
    patent = make_patent(
        filed_on=add_months(today(), -61), register_checked_on=today() - timedelta(days=31), annuity_paid_through=5
    )
    make_open_licence(patent)
    text = page(client, patent.id)
    assert "The register was checked more than a month ago or never" in text
    assert "Year 6 is late" in text


def test_private_patents_are_absent_and_a_page_needs_few_statements(
    client: FlaskClient, max_queries: Callable[[int], AbstractContextManager[list[str]]]
) -> None:
    assert client.get(f"/patents/{make_patent(published_at=None).id}").status_code == 404
    open_licence = make_open_licence()
    session.expunge_all()
    with max_queries(8):
        assert client.get(f"/patents/{open_licence.patent_id}").status_code == 200


def test_a_portfolio_shows_what_its_owner_has_published(client: FlaskClient) -> None:
    owner = make_organisation(OrganisationKind.INSTITUTION, name_en="Beisong University")
    make_open_licence(make_patent(owner, title_en="Shown glue"))
    make_patent(owner, title_en="Hidden glue", published_at=None)
    text = client.get(f"/organisations/{owner.code}/patents", headers=EN).text
    assert "Patents of Beisong University" in text
    assert "Shown glue" in text
    assert "Hidden glue" not in text
    assert client.get("/organisations/none/patents").status_code == 404


def test_interest_is_registered_once_and_the_office_is_told(client: FlaskClient) -> None:
    owner = make_organisation(OrganisationKind.INSTITUTION)
    officer = make_actor(owner, Role.TRANSFER)
    pilot, actor = make_pilot(make_patent(owner)), make_actor()
    sign_in(client, actor)
    for purpose in ("车载屏贴合", "车载屏贴合，年用量1.2吨"):
        sent = client.post(f"/patents/{pilot.patent_id}/interest", data={"purpose": purpose})
        assert sent.status_code == 302
        set_tenant("*")
        relay()
    assert session.scalars(select(Interest.purpose)).all() == ["车载屏贴合，年用量1.2吨"]
    told = session.scalars(select(Notification).where(Notification.user_id == officer.user_id)).all()
    assert [one.parameters["patent"] for one in told] == [titles_of(pilot.patent)] * 2
    assert session.scalars(select(Mail.recipient)).all() == [officer.user.email] * 2 if officer.user else False
    sign_in(client, officer)
    assert "年用量1.2吨" in client.get("/patents/interests").text
    assert "年用量1.2吨" in client.get("/patents/interests?format=csv").get_data(as_text=True)


def test_interest_is_refused_where_a_licence_can_be_taken_or_the_patent_is_ones_own() -> None:
    actor, open_licence = make_actor(), make_open_licence()
    with pytest.raises(Conflict, match=r"taken by notice|通知"):
        register_interest(actor, open_licence.patent, open_licence, "x")
    owner = make_organisation(OrganisationKind.INSTITUTION)
    pilot = make_pilot(make_patent(owner))
    with pytest.raises(Forbidden):
        register_interest(make_actor(owner), pilot.patent, pilot, "x")
    with pytest.raises(Invalid):
        register_interest(actor, pilot.patent, pilot, " ")


def test_nobody_reads_the_interest_of_others() -> None:
    owner = make_organisation(OrganisationKind.INSTITUTION)
    pilot, actor = make_pilot(make_patent(owner)), make_actor()
    register_interest(actor, pilot.patent, pilot, "x")
    counted = []
    for tenant in (owner.id, actor.organisation_id, make_organisation().id):
        set_tenant(str(tenant))
        counted.append(len(session.scalars(select(Interest.id)).all()))
    assert counted == [1, 1, 0]


def test_the_history_of_a_declaration_is_shown_as_far_as_it_is_public(client: FlaskClient) -> None:
    open_licence = make_open_licence()
    add_change(open_licence, 2)
    text = page(client, open_licence.patent_id)
    assert text.count("Announced by CNIPA") == 2
