"""Alerts of portfolios and rights that end by themselves (domain.md B.1; flows-market.md §2 ⚙)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from app.accounts.models import SYSTEM, Organisation, OrganisationKind, Role
from app.core.db import session
from app.market.licences.models import LicenceState
from app.market.patents.alerts import alerts_on, owners_to_tend, tend_portfolio
from app.market.patents.annuities import dues, last_passed
from app.market.patents.models import EncumbranceKind, FeeReduction, LegalStatus, Patent, PatentKind
from app.market.patents.operations import EncumbranceValues, add_encumbrance, record_annuity
from app.market.patents.tasks import tend_patents_task
from app.market.patents.terms import AnnuityState, annuity_state
from app.notifications.models import Mail, Notification
from tests.accounts.factories import make_actor, make_organisation, make_user
from tests.market.factories import make_licence, make_open_licence
from tests.market.patents.factories import make_patent

pytestmark = pytest.mark.usefixtures("app")

FILED = date(2020, 3, 11)  # 11 March 2027 is a Thursday


def at(day: date) -> time_machine.travel:
    return time_machine.travel(datetime(day.year, day.month, day.day, 4, tzinfo=UTC), tick=False)


def owned(locale: str = "en", **overrides: Any) -> tuple[Organisation, Patent]:
    owner = make_organisation(OrganisationKind.INSTITUTION)
    make_actor(owner, Role.TRANSFER, user=make_user(locale=locale))
    make_actor(owner, Role.TECHNICIAN)
    with at(date(2026, 11, 30)):
        return owner, make_patent(owner, filed_on=FILED, annuity_paid_through=7, **overrides)


def tend_daily(owner: Organisation, first: date, last: date) -> list[tuple[date, str]]:
    """(day, kind) of every notice, with the portfolio tended twice a day."""
    found = []
    day = first
    while day <= last:
        with at(day):
            before = set(session.scalars(select(Notification.id)))
            tend_portfolio(owner.id)
            new = session.execute(select(Notification.kind, Notification.id).order_by(Notification.id)).all()
            found += [(day, kind) for kind, identity in new if identity not in before]
            assert tend_portfolio(owner.id) == 0
        day += timedelta(days=1)
    return found


def test_an_annuity_is_told_90_30_and_7_days_before_and_each_late_month_until_the_right_ends() -> None:
    """专利法实施细则 rules 114, 115: due 2027-03-11, late until six months after it."""
    owner, patent = owned()
    assert tend_daily(owner, date(2026, 12, 8), date(2027, 9, 20)) == [
        (date(2026, 12, 11), "annuity_due"),
        (date(2027, 2, 9), "annuity_due"),
        (date(2027, 3, 4), "annuity_due"),
        (date(2027, 3, 12), "annuity_late"),
        *((date(2027, month, 12), "annuity_late") for month in range(4, 9)),
        (date(2027, 9, 14), "patent_lapsed"),  # 11 September is a Saturday
    ]
    assert patent.legal_status is LegalStatus.LAPSED


def test_what_is_told_names_the_sum_of_the_day_in_the_reader_s_language() -> None:
    """专利法实施细则 rule 115: 5 % of the full annuity for each month that is exceeded."""
    owner, _patent = owned("zh_CN")
    with at(date(2027, 5, 12)):
        tend_portfolio(owner.id)
    mail = session.scalars(select(Mail)).one()
    assert "第8年度年费滞纳，今日¥2,200.00" in mail.body
    assert "一种测试方法" in mail.subject


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2026, 12, 11), "due Thu 11 Mar 2027, ¥600.00 (without relief ¥2,000.00)"),
        (date(2027, 5, 12), "late, ¥800.00 (without relief ¥2,200.00) today"),
    ],
)
def test_what_is_told_is_the_sum_to_pay_with_the_best_relief(day: date, told: str) -> None:
    """财税〔2024〕23号; CNIPA公告594号; rule 115: the best relief alone, and the late surcharge of the full annuity."""
    owner, patent = owned()
    licence = make_licence(
        make_open_licence(patent),
        state=LicenceState.FILED,
        filing_no="B-1",
        filed_on=date(2026, 11, 1),
        ends_on=date(2030, 1, 1),
    )
    session.add(FeeReduction(patent_id=patent.id, percent=70, reference="FJ-1", starts_on=date(2026, 1, 1)))
    session.flush()
    with at(day):
        tend_portfolio(owner.id)
    assert licence.patent_id == patent.id
    assert told in session.scalars(select(Mail)).one().body


def test_matters_of_a_day_come_in_one_mail() -> None:
    owner, patent = owned()
    with at(date(2026, 12, 11)):
        make_patent(owner, filed_on=FILED, annuity_paid_through=7)
        begin = date(2026, 1, 1)
        values = EncumbranceValues(EncumbranceKind.PLEDGE, "某银行", begin, date(2027, 1, 5))
        add_encumbrance(SYSTEM, patent, values)
        assert tend_portfolio(owner.id) == 3
    mail = session.scalars(select(Mail)).one()
    assert mail.subject == "3 matters about your patents"
    assert "Pledge ends" in mail.body


def test_paying_ends_the_reminders() -> None:
    owner, patent = owned()
    with at(date(2027, 3, 12)):
        tend_portfolio(owner.id)
        record_annuity(SYSTEM, patent, 8, date(2027, 3, 11))
    assert tend_daily(owner, date(2027, 4, 12), date(2027, 4, 13)) == []


def test_the_end_of_the_term_is_told_a_year_and_90_days_before() -> None:
    """专利法 art. 42: a utility model protects for ten years from the day of filing."""
    owner, patent = owned(kind=PatentKind.UTILITY_MODEL)
    patent.annuity_paid_through = 10
    days = [date(2029, 3, 10), date(2029, 3, 11), date(2029, 12, 11), date(2030, 3, 10), date(2030, 3, 11)]
    found = [told for day in days for told in tend_daily(owner, day, day)]
    assert found == [
        (date(2029, 3, 11), "patent_expiring"), (date(2029, 12, 11), "patent_expiring"),
        (date(2030, 3, 11), "patent_expired"),
    ]  # fmt: skip
    assert patent.legal_status is LegalStatus.EXPIRED


def test_nobody_hears_of_what_is_over_or_not_granted() -> None:
    owner, patent = owned()
    for status in (LegalStatus.LAPSED, LegalStatus.INVALID, LegalStatus.PENDING):
        patent.legal_status = status
        assert list(alerts_on(patent, date(2027, 3, 12))) == []
        with at(date(2027, 3, 12)):
            session.flush()
            assert owner.id not in owners_to_tend()


def test_the_nightly_task_tends_every_portfolio() -> None:
    owners = [owned()[0], owned()[0]]
    session.commit()
    with at(date(2027, 3, 12)):
        tend_patents_task()
        tend_patents_task()
    told = select(func.count()).where(Notification.organisation_id.in_([owner.id for owner in owners]))
    assert session.scalar(told) == 2


@pytest.mark.parametrize("paid", [0, 5, 6, 7, 19, 20])
@pytest.mark.parametrize(
    "day",
    [date(2026, 3, 11), date(2026, 3, 12), date(2026, 9, 11), date(2026, 9, 12), date(2026, 9, 14), date(2040, 3, 11),
     date(2026, 11, 28), date(2027, 1, 2)],
)  # fmt: skip
def test_the_database_and_the_calculation_agree(paid: int, day: date) -> None:
    _owner, patent = owned()
    patent.annuity_paid_through = paid
    session.flush()
    due = dues(day)
    found = session.execute(select(due.late, due.over, due.paid).where(Patent.id == patent.id)).one()
    state = annuity_state(patent, day)
    assert tuple(found) == (state is AnnuityState.LATE, state is AnnuityState.LAPSED, state is AnnuityState.PAID)


def test_what_was_due_on_a_weekend_is_not_late_before_the_working_day() -> None:
    """专利法实施细则 rule 5: a term that ends on a holiday ends on the first working day after it."""
    assert last_passed(date(2026, 11, 30)) == date(2026, 11, 27)  # a Monday
    assert last_passed(date(2026, 12, 1)) == date(2026, 11, 30)
