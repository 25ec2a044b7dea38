"""Keeping patents: what is refused and why, what follows by itself, who may (domain.md B.1; flows-market.md §1a)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.accounts.models import SYSTEM, OrganisationKind, Role
from app.core.audit import AuditEntry
from app.core.db import savepoint, session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.core.events import OutboxMessage, subscribe
from app.core.i18n import force_locale
from app.core.web import App
from app.market.patents.events import PatentLapsed
from app.market.patents.facts import HolderValues, InventorValues, equal_shares
from app.market.patents.models import Conclusion, Encumbrance, EncumbranceKind, LegalStatus, Patent, PatentKind
from app.market.patents.operations import (
    EncumbranceValues,
    add_encumbrance,
    change_patent,
    create_patent,
    end_encumbrance,
    end_patent,
    publish_patents,
    record_annuity,
)
from app.market.patents.queries import patents_of
from app.search.queries import matches
from tests.accounts.factories import make_actor, make_organisation
from tests.market.patents.factories import make_patent, patent_number

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with force_locale("en"):
        yield


NOW = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)


def university() -> Any:
    return make_organisation(OrganisationKind.INSTITUTION, name="长江大学", name_en="Changjiang University")


def facts(**overrides: Any) -> Any:
    return {"number": patent_number(), "title": "一种方法", "filed_on": date(2020, 3, 10), **overrides}


@time_machine.travel(NOW, tick=False)
def test_kind_expiry_status_and_patentee_follow_from_number_and_dates() -> None:
    """专利法 art. 42: twenty years from the day of filing."""
    owner = university()
    actor = make_actor(owner, Role.TRANSFER)
    patent = create_patent(actor, owner, facts(granted_on=date(2022, 1, 4)))
    assert (patent.kind, patent.expires_on, patent.legal_status) == (
        PatentKind.INVENTION,
        date(2040, 3, 10),
        LegalStatus.IN_FORCE,
    )
    assert [(one.name, one.share, one.organisation_id) for one in patent.holders] == [("长江大学", 10_000, owner.id)]
    assert not patent.is_published
    assert patent.region == owner.region


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({"number": "ZL201710601862.4"}, "number", "check_digit"),
        ({"title": "  "}, "title", "empty"),
        ({"kind": PatentKind.DESIGN}, "kind", "kind"),
        ({"granted_on": date(2020, 3, 10)}, "granted_on", "granted"),
        ({"filed_on": date(2019, 3, 10)}, "filed_on", "filing_year"),
        ({"granted_on": date(2026, 12, 1)}, "granted_on", "future"),
        ({"expires_on": date(2040, 3, 11)}, "expires_on", "expiry"),
        ({"holders": [HolderValues("长江大学", 6000), HolderValues("某公司", 3000)]}, "holders", "shares"),
        ({"holders": [HolderValues("某公司", 10_000)]}, "holders", "patentee"),
        ({"inventors": [InventorValues("甲", 6000), InventorValues("乙", 3000)]}, "inventors", "shares"),
        ({"ipc": ["G06F"]}, "ipc", "symbol"),
        ({"locarno": ["06-01"]}, "locarno", "classes"),
        ({"report_no": "ZLPJ-1"}, "conclusion", "report"),
        ({"conclusion": Conclusion.ADVERSE}, "report_no", "report"),
        ({"legal_status": LegalStatus.IN_FORCE}, "granted_on", "status"),
        ({"legal_status": LegalStatus.EXPIRED, "granted_on": date(2022, 1, 4)}, "legal_status", "status"),
        ({"annuity_paid_through": 21}, "annuity_paid_through", "annuity"),
        ({"title": "长" * 301}, "title", "too_long"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_what_cannot_be_is_refused_at_its_field(said: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        create_patent(SYSTEM, university(), facts(**said))
    assert (refusal.value.field, refusal.value.code) == (field, code)


@time_machine.travel(NOW, tick=False)
def test_a_refused_expiry_shows_both_days() -> None:
    """专利法 art. 42; flows-market.md §1a: expiry ≠ computed, both shown."""
    with pytest.raises(Invalid, match="2040-03-10, not 2040-03-09"):
        create_patent(SYSTEM, university(), facts(expires_on=date(2040, 3, 9)))


@time_machine.travel(NOW, tick=False)
def test_a_design_has_locarno_and_its_years() -> None:
    """专利法 art. 42: fifteen years, ten for what was filed before 2021-06-01."""
    owner = university()
    old = make_patent(owner, kind=PatentKind.DESIGN, locarno=["6-1"], annuity_paid_through=7)
    assert (old.locarno, old.expires_on) == (["06-01"], date(2030, 3, 10))
    number = patent_number(PatentKind.DESIGN, 2021)
    values: Any = {"number": number, "title": "椅", "filed_on": date(2021, 6, 1)}
    assert create_patent(SYSTEM, owner, values).expires_on == date(2036, 6, 1)
    with pytest.raises(Invalid):
        change_patent(SYSTEM, old, {"ipc": ["G06F16/36"]})


@time_machine.travel(NOW, tick=False)
def test_number_and_title_alone_make_a_private_draft_that_is_completed_later() -> None:
    owner = university()
    patent = create_patent(SYSTEM, owner, {"number": "ZL201910725275.4", "title": "图谱的构建方法"})
    assert patent.lacks_dates
    assert patent.legal_status is LegalStatus.PENDING
    assert publish_patents(SYSTEM, [patent]) == (0, 1)
    change_patent(SYSTEM, patent, {"filed_on": date(2019, 8, 7), "granted_on": date(2022, 3, 1)})
    assert (patent.expires_on, patent.legal_status) == (date(2039, 8, 7), LegalStatus.IN_FORCE)
    assert publish_patents(SYSTEM, [patent]) == (1, 0)
    with pytest.raises(Invalid):
        change_patent(SYSTEM, patent, {"filed_on": None, "granted_on": None, "legal_status": LegalStatus.PENDING})


def test_the_database_refuses_a_malformed_number_and_a_public_patent_without_dates() -> None:
    """“a malformed number stored” must never happen: the constraint says so, not only the form."""
    patent = make_patent()
    bare = create_patent(SYSTEM, university(), {"number": patent_number(), "title": "一种"})
    for change in (
        Patent.__table__.update().where(Patent.id == patent.id).values(number="201710601862.4"),  # type: ignore[attr-defined]
        Patent.__table__.update().where(Patent.id == bare.id).values(published_at=NOW),  # type: ignore[attr-defined]
        Patent.__table__.update().where(Patent.id == bare.id).values(legal_status="in_force"),  # type: ignore[attr-defined]
    ):
        with pytest.raises(IntegrityError), savepoint():
            session.execute(change)


def test_a_number_is_kept_once_by_an_owner() -> None:
    patent = make_patent()
    with pytest.raises(Conflict, match=f"ZL{patent.number}"):
        create_patent(SYSTEM, patent.owner, facts(number=patent.number))
    make_patent(university(), number=patent.number)  # a co-owner keeps it too


@time_machine.travel(NOW, tick=False)
def test_a_change_is_recorded_searchable_and_counted() -> None:
    owner = university()
    actor = make_actor(owner, Role.TRANSFER)
    patent = make_patent(owner)
    assert change_patent(actor, patent, {"use_text": "回收退役锂离子电池"}, revision=1)
    assert not change_patent(actor, patent, {"use_text": "回收退役锂离子电池"})
    assert patent.revision == 2
    found = session.scalars(patents_of(owner).where(matches(Patent.search_words, "锂离子电池"))).unique().all()
    assert found == [patent]
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "patent.update")).one()
    assert entry.changes == {"use_text": ["", "回收退役锂离子电池"]}
    with pytest.raises(Conflict):
        change_patent(actor, patent, {"title": "另一种方法"}, revision=1)


def test_inventors_are_changed_as_a_whole_and_stay_out_of_the_log() -> None:
    patent = make_patent()
    change_patent(SYSTEM, patent, {"inventors": [InventorValues("张三", 7000), InventorValues("李四", 3000, "化学系")]})
    change_patent(SYSTEM, patent, {"inventors": [InventorValues("李四", 10_000, "化学系")]})
    assert [(one.name, one.share, one.position) for one in patent.inventors] == [("李四", 10_000, 1)]
    texts = str([entry.changes for entry in session.scalars(select(AuditEntry))])
    assert "李四" not in texts


def test_shares_that_nobody_agreed_on_are_equal() -> None:
    """民法典 art. 309."""
    assert equal_shares(3) == [3334, 3333, 3333]


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.OWNER, True), (Role.TRANSFER, True), (Role.FINANCE, False), (Role.INVENTOR, False), (Role.MANAGER, False)],
)
def test_owner_and_transfer_officer_keep_patents(role: Role, may: bool) -> None:
    owner = university()
    actor, patent = make_actor(owner, role), make_patent(owner)
    deeds: Any = (
        lambda: create_patent(actor, owner, facts()),
        lambda: change_patent(actor, patent, {"title": "新名称"}),
        lambda: publish_patents(actor, [patent]),
    )
    for deed in deeds:
        if may:
            deed()
        else:
            with pytest.raises(Forbidden):
                deed()


def test_others_do_not_know_a_private_patent() -> None:
    patent, stranger = make_patent(), make_actor()
    with pytest.raises(Missing):
        change_patent(stranger, patent, {"title": "新名称"})
    publish_patents(SYSTEM, [patent])
    with pytest.raises(Forbidden):
        change_patent(stranger, patent, {"title": "新名称"})


@time_machine.travel(NOW, tick=False)
def test_annuities_are_noted_in_order_with_the_surcharge_of_the_day() -> None:
    """专利法实施细则 rule 114 (paid in advance of each year), rule 115 (5 % a month)."""
    owner = university()
    patent = make_patent(owner, annuity_paid_through=6)  # year 7 was due on 10 March 2026
    finance = make_actor(owner, Role.FINANCE)
    with pytest.raises(Conflict, match="Year 7"):
        record_annuity(finance, patent, 8, date(2026, 3, 10))
    with pytest.raises(Conflict, match="ended"):
        record_annuity(finance, patent, 7, date(2026, 9, 11))
    with pytest.raises(Invalid):
        record_annuity(finance, patent, 7, date(2026, 12, 1))
    assert record_annuity(finance, patent, 7, date(2026, 4, 11)) == 200_000 + 10_000
    assert patent.annuity_paid_through == 7
    with pytest.raises(Forbidden):
        record_annuity(make_actor(owner, Role.INVENTOR), patent, 8, date(2026, 11, 30))


@time_machine.travel(NOW, tick=False)
def test_a_payment_in_time_that_is_noted_late_brings_a_right_back() -> None:
    """专利法实施细则 rule 115: what counts is the day of payment."""
    patent = make_patent(annuity_paid_through=6)
    end_patent(SYSTEM, patent, LegalStatus.LAPSED)
    record_annuity(SYSTEM, patent, 7, date(2026, 9, 10))
    assert patent.legal_status is LegalStatus.IN_FORCE


def test_the_end_of_a_right_is_told_once() -> None:
    @subscribe(PatentLapsed)
    def hear(_event: PatentLapsed) -> None:
        """Only to have a row in the outbox."""

    patent = make_patent()
    end_patent(SYSTEM, patent, LegalStatus.INVALID)
    end_patent(SYSTEM, patent, LegalStatus.INVALID)
    told = select(OutboxMessage).where(OutboxMessage.kind == "PatentLapsed", OutboxMessage.handler.endswith("hear"))
    assert len(session.scalars(told).all()) == 1


@time_machine.travel(NOW, tick=False)
def test_an_encumbrance_begins_and_ends() -> None:
    """专利法实施细则 rule 86: pledges and licences stand in the way while they last."""
    patent = make_patent()
    pledge = add_encumbrance(
        SYSTEM, patent, EncumbranceValues(EncumbranceKind.PLEDGE, "某银行", date(2026, 1, 1), date(2026, 12, 20))
    )
    assert pledge.is_active(date(2026, 12, 19))
    assert not pledge.is_active(date(2026, 12, 20))
    with pytest.raises(Invalid):
        end_encumbrance(SYSTEM, pledge, date(2026, 12, 1))
    end_encumbrance(SYSTEM, pledge, date(2026, 11, 30))
    assert session.scalars(select(Encumbrance.ends_on)).one() == date(2026, 11, 30)
    with pytest.raises(Invalid):
        add_encumbrance(SYSTEM, patent, EncumbranceValues(EncumbranceKind.PLEDGE, " ", date(2026, 1, 1)))


def test_the_search_index_can_be_rebuilt(app: App) -> None:
    patent = make_patent(use_text="回收电池", ipc=["h01m 10/54"])
    words = patent.search_words
    patent.search_words = ""
    session.flush()
    result = app.test_cli_runner().invoke(args=["search", "rebuild", "patents"])
    assert result.exit_code == 0
    again = session.scalars(select(Patent.search_words).where(Patent.id == patent.id)).one()
    assert set(again.split()) == set(words.split()) >= {"h01m10", "回收"}
