"""Relief of annuities: the best of several, never stacked; the late surcharge is of the full annuity."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.models import OrganisationKind, Role
from app.core.audit import AuditEntry
from app.core.clock import today
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.workdays import add_months
from app.market.licences.models import LicenceState
from app.market.patents.models import FeeReduction, Patent
from app.market.patents.operations import record_annuity
from app.market.patents.reducing import add_reduction, remove_reduction
from app.market.patents.reliefs import Due, Ground, Relief, due, due_of, last_reduced_year, next_due, reliefs_of
from app.market.patents.terms import Annuity, annuity
from tests.accounts.factories import make_actor, make_organisation, make_person, sign_in
from tests.market.factories import make_licence, make_open_licence, make_patent

DAY = date(2026, 11, 30)
LATE = date(2027, 5, 31)


class Counted(Annuity):
    """An annuity whose surcharge is given, so that the arithmetic of reliefs is tested by itself."""

    def surcharge_minor(self, day: date) -> int:
        return self.full_minor * 15 // 100 if day > self.due_on else 0


RELIEFS = st.builds(
    Relief,
    st.sampled_from(Ground),
    st.integers(0, 100),
    st.dates(DAY - timedelta(days=40), DAY + timedelta(days=40)),
    st.none() | st.dates(DAY - timedelta(days=40), DAY + timedelta(days=40)),
    st.just(""),
    st.none() | st.integers(1, 12),
)


def plain(full: int, year: int, reliefs: list[Relief], day: date) -> int:
    """The slow way: what each relief alone would leave, in decimals; the least of them, or the full annuity."""
    left = [Decimal(full)]
    for relief in reliefs:
        begun, over = relief.since <= day, relief.until is not None and relief.until <= day
        too_old = relief.last_year is not None and year > relief.last_year
        if begun and not over and not too_old:
            off = (Decimal(full) * relief.percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
            left.append(Decimal(full) - off)
    return int(min(left))


@pytest.mark.nodb
@given(
    st.integers(0, 1_000_000), st.integers(1, 20), st.lists(RELIEFS, max_size=6),
    st.dates(DAY - timedelta(days=50), DAY + timedelta(days=50)),
)  # fmt: skip
def test_b2_the_best_of_several_never_stacked_never_below_zero(
    full: int, year: int, reliefs: list[Relief], day: date
) -> None:
    """财税〔2024〕23号; CNIPA公告594号: choose the best of several reliefs, never stacked."""
    found = due(Counted(year, full, DAY, LATE), reliefs, day)
    assert found.reduced_minor == plain(full, year, reliefs, day)
    assert 0 <= found.reduced_minor <= full
    assert found.total_minor == found.reduced_minor + found.surcharge_minor
    assert all(found.reduced_minor <= full - found.off_minor(each) for each in found.reliefs)
    assert found.surcharge_minor == (full * 15 // 100 if day > DAY else 0)


@pytest.fixture
def patent() -> Patent:
    return make_patent()


def relief_of(patent: Patent, day: date) -> Due:
    found = next_due(patent, day)
    assert found is not None
    return found


def test_article_51_fifteen_per_cent_while_an_open_licence_is_filed_and_runs(patent: Patent) -> None:
    """专利法 art. 51 (2): the annuity is reduced during the implementation of the open licence."""
    declared = make_open_licence(patent)
    licence = make_licence(declared)
    assert relief_of(patent, today()).best is None  # in effect, not filed yet
    licence.state, licence.filed_on, licence.filing_no = LicenceState.FILED, today(), "BA1"
    session.flush()
    found = relief_of(patent, today())
    assert found.best is not None
    assert (found.best.ground, found.best.percent, found.best.since) == (Ground.OPEN_LICENCE, 15, today())
    assert found.reduced_minor == found.full_minor * 85 // 100
    assert licence.ends_on is not None
    assert relief_of(patent, licence.ends_on).best is None
    assert relief_of(patent, licence.ends_on - timedelta(days=1)).best is not None
    licence.state, licence.ended_on = LicenceState.ENDED, today()
    session.flush()
    assert relief_of(patent, today()).best is None


def test_a_reduction_on_file_beats_the_open_licence_and_nothing_is_added(patent: Patent) -> None:
    licence = make_licence(make_open_licence(patent))
    licence.state, licence.filed_on, licence.filing_no = LicenceState.FILED, today(), "BA1"
    officer = make_actor(patent.owner, Role.TRANSFER, user=make_person())
    add_reduction(officer, patent, percent=70, starts_on=today(), ends_on=add_months(today(), 12), reference="FJ1")
    found = relief_of(patent, today())
    assert [one.percent for one in found.reliefs] == [70, 15]
    assert found.reduced_minor == found.full_minor * 30 // 100


def test_rule_115_the_surcharge_is_of_the_full_annuity(patent: Patent) -> None:
    officer = make_actor(patent.owner, Role.TRANSFER, user=make_person())
    patent.annuity_paid_through = 5
    session.flush()
    add_reduction(officer, patent, percent=85, starts_on=date(2026, 1, 1), ends_on=date(2028, 1, 1), reference="FJ1")
    year6 = annuity(patent, 6)
    late = add_months(year6.due_on, 3)
    found = due_of(patent, 6, late)
    assert found.surcharge_minor == year6.surcharge_minor(late) > 0
    assert found.total_minor == year6.full_minor * 15 // 100 + year6.surcharge_minor(late)


def test_a_reduction_reaches_ten_years_from_that_of_the_grant(patent: Patent) -> None:
    """财政部、国家发展改革委公告2019年第45号: annuities of ten years from the year of the grant."""
    assert (patent.filed_on, patent.granted_on) == (date(2021, 5, 14), date(2022, 9, 6))
    assert last_reduced_year(patent) == 11
    officer = make_actor(patent.owner, Role.OWNER, user=make_person())
    add_reduction(officer, patent, percent=85, starts_on=date(2020, 1, 1), ends_on=None, reference="FJ1")
    assert due_of(patent, 11, DAY).best is not None
    assert due_of(patent, 12, DAY).best is None


def test_a_grant_on_the_day_on_which_a_year_begins_belongs_to_that_year(patent: Patent) -> None:
    """The year of the grant is the one whose first day it is, not the one that it ends."""
    for granted_on, last in ((date(2022, 5, 13), 10), (date(2022, 5, 14), 11), (date(2023, 5, 13), 11)):
        patent.granted_on = granted_on
        assert last_reduced_year(patent) == last


def test_a_paid_annuity_is_noted_with_what_was_really_due(patent: Patent) -> None:
    officer = make_actor(patent.owner, Role.OWNER, user=make_person())
    add_reduction(officer, patent, percent=85, starts_on=date(2020, 1, 1), ends_on=None, reference="FJ1")
    full = annuity(patent, 7).full_minor
    assert record_annuity(officer, patent, 7, today()) == full * 15 // 100
    changes = session.scalars(select(AuditEntry.changes).where(AuditEntry.action == "patent.annuity")).one()
    assert changes["amount_minor"] == full * 15 // 100


def test_what_cannot_be_a_reduction_is_refused(patent: Patent) -> None:
    officer = make_actor(patent.owner, Role.FINANCE, user=make_person())
    for percent in (0, 15, 101, -1):
        with pytest.raises(Invalid):
            add_reduction(officer, patent, percent=percent, starts_on=DAY, ends_on=None, reference="FJ1")
    with pytest.raises(Invalid):
        add_reduction(officer, patent, percent=85, starts_on=DAY, ends_on=DAY, reference="FJ1")
    with pytest.raises(Invalid):
        add_reduction(officer, patent, percent=85, starts_on=DAY, ends_on=None, reference=" ")
    stranger = make_actor(make_organisation(OrganisationKind.INSTITUTION), user=make_person())
    with pytest.raises(Forbidden):
        add_reduction(stranger, patent, percent=85, starts_on=DAY, ends_on=None, reference="FJ1")
    kept = add_reduction(officer, patent, percent=85, starts_on=DAY, ends_on=None, reference="FJ1")
    with pytest.raises(Conflict):
        add_reduction(officer, patent, percent=70, starts_on=DAY, ends_on=None, reference="FJ2")
    remove_reduction(officer, patent, kept.id)
    assert reliefs_of(patent) == []


def test_the_panel_shows_full_reliefs_and_sum(patent: Patent, client: FlaskClient) -> None:
    officer = make_actor(patent.owner, Role.TRANSFER, user=make_person())
    licence = make_licence(make_open_licence(patent))
    licence.state, licence.filed_on, licence.filing_no = LicenceState.FILED, today(), "BA1"
    session.flush()
    sign_in(client, officer)
    path = f"/our/patents/{patent.id}"
    sent = client.post(
        f"{path}/reductions", data={"percent": "85", "reference": "FJ20261", "starts_on": today().isoformat()}
    )
    assert sent.status_code == 302
    page = client.get(path, headers={"Accept-Language": "en"}).text
    for shown in ("¥2,000.00", "−¥1,700.00", "−¥300.00", "¥300.00", "FJ20261", "BA1"):
        assert shown in page
    on_licence = client.get(f"/licences/{licence.id}", headers={"Accept-Language": "en"}).text
    assert "−¥1,700.00" in on_licence
    kept = session.scalars(select(FeeReduction)).one()
    assert client.post(f"{path}/reductions/{kept.id}/remove").status_code == 302
    assert session.scalars(select(FeeReduction)).first() is None
    licensee = make_actor(session.get_one(type(patent.owner), licence.licensee_id), user=make_person())
    sign_in(client, licensee)
    assert "−¥300.00" not in client.get(f"/licences/{licence.id}", headers={"Accept-Language": "en"}).text
