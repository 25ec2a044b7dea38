"""The public figures: declared, announced, taken, income, median days to a licence."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from flask.testing import FlaskClient

from app.accounts.models import Organisation, OrganisationKind
from app.core.clock import today
from app.market.licences.models import LicenceState
from app.market.portal.statistics import statistics
from app.settlement.models import ChargeKind
from tests.accounts.factories import make_actor, make_operator, make_organisation, sign_in
from tests.market.factories import make_licence, make_notice, make_open_licence, make_patent, make_pilot
from tests.settlement.factories import make_charge

EN = {"Accept-Language": "en"}


def taken_after(days: int, owner: Organisation | None = None) -> None:
    open_licence = make_open_licence(
        make_patent(owner),
        announced_on=today() - timedelta(days=days),
        filed_on=today() - timedelta(days=days + 40),
    )
    make_licence(open_licence)
    make_licence(open_licence)
    make_notice(open_licence)


def test_figures_count_what_is_public_and_nothing_else() -> None:
    owner = make_organisation(OrganisationKind.INSTITUTION)
    for days in (2, 10, 90):
        taken_after(days, owner)
    make_open_licence(make_patent(owner, ipc=["G01N21/88"]))
    make_pilot(make_patent(owner))
    make_charge(owner, make_organisation(), kind=ChargeKind.LICENCE_FEE, used_on=today())
    found = statistics()
    whole = found.whole
    assert (whole.declared, whole.announced, whole.taken, whole.median_days) == (4, 4, 6, 10)
    assert whole.income_minor > 0
    assert found.owners[owner.code].taken == 6
    assert {code: (one.announced, one.taken) for code, one in found.sections.items()} == {"C": (3, 6), "G": (1, 0)}
    assert found.months[today().replace(day=1)].taken == 6
    assert len(found.months) == 12


def test_what_ended_or_was_never_paid_is_counted_as_what_it_was() -> None:
    open_licence = make_open_licence()
    make_licence(open_licence, state=LicenceState.ENDED, ended_on=today())
    make_notice(open_licence, state=LicenceState.VOID)
    assert statistics().whole.taken == 1


def test_the_page_and_its_files_name_no_licensee(
    client: FlaskClient, max_queries: Callable[[int], AbstractContextManager[list[str]]]
) -> None:
    taken_after(7)
    with max_queries(9):
        page = client.get("/patents/statistics", headers=EN).text
    assert "Announcement to first licence" in page
    assert "All declarations by state" not in page
    for by, rows in (("owner", 1), ("section", 1), ("month", 12)):
        text = client.get(f"/patents/statistics?format=csv&by={by}", headers=EN).get_data(as_text=True)
        assert len(list(csv.reader(io.StringIO(text)))) == rows + 1
    assert client.get("/patents/statistics?format=csv&by=nonsense", headers=EN).status_code == 422
    sign_in(client, make_actor())
    assert "All declarations by state" not in client.get("/patents/statistics", headers=EN).text
    sign_in(client, make_operator())
    assert "All declarations by state" in client.get("/patents/statistics", headers=EN).text


def test_an_empty_portal_has_figures_too(client: FlaskClient) -> None:
    assert statistics().whole.median_days is None
    assert client.get("/patents/statistics").status_code == 200
