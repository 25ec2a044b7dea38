"""Every list has pages, filters in the address, an empty state and a CSV file (issue 5): the walk over all of them.

A page that shows a table and stands neither in LISTS nor in NO_LIST fails `test_no_list_is_forgotten`.
"""

import csv
import io
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from app.core.clock import now
from app.core.db import session
from app.core.delimited import FORMULA_SIGNS
from app.core.web import App
from app.notifications.models import Notification
from tests.access.rows import PEOPLE
from tests.access.world import Visitor, World
from tests.test_access_matrix import BUDGET, all_rows, statements

SOMEBODY_ELSE = ("anonymous", "stranger", "rival", "lonely")


@dataclass(frozen=True)
class List:
    """One list: who reads it, the query that shows something, the one that leaves nothing of it (`empty`).

    Where no filter can leave nothing, `empty_for` or `empty_arguments` name a reader or things for which it is empty.
    """

    who: str
    empty: str = ""
    arguments: str = ""
    empty_for: str = ""
    empty_arguments: str = ""
    query: str = ""
    is_public: bool = False
    is_never_empty: bool = False


LISTS = {
    "admin_audit.list": List("auditor", "action=nothing.such"),
    "admin_organisations.list": List("verifier", "q=nobody"),
    "announcements.list": List("verifier", "queue=withdraw", query="queue=announce"),
    "bank_lines.list": List("settler", "q=nothing-such"),
    "bills.list": List("payer", "state=paid"),
    "charges.list": List("finance", "month=2020-01"),
    "contract_registrations.list": List("owner", "state=cancelled"),
    "credit_notes.list": List("finance", "state=refused"),
    "disputes.list": List("settler", "state=all&q=nothing-such", query="state=all"),
    "fee_notes.list": List("payer", "q=nothing-such"),
    "income.list": List("finance", "month=2020-01"),
    "instruments.list": List("booker", "q=nothing-such", is_public=True),
    "instruments.mine": List("manager", "q=nothing-such"),
    "ledger.list": List("settler", "q=nothing-such"),
    "ledger.show": List("settler", "from=2020-01-01&to=2020-01-02", "account_id=account"),
    "licences.given": List("owner", "q=nothing-such"),
    "licences.list": List("head", "q=nothing-such"),
    "licences.reviews": List("verifier", "q=nothing-such"),
    "members.list": List("owner", "q=nobody", "organisation_id=institution"),
    "open_licences.mine": List("owner", "state=lapsed"),
    "months.list": List("settler", "year=2020"),
    "months.show": List("settler", "state=final", "month=month"),
    "negotiations.list": List("head", "state=declined"),
    "notifications.list": List("booker", "show=unread"),
    "patents.mine": List("owner", "q=nothing-such"),
    "payouts.list": List("settler", "state=discarded"),
    "portal.interests": List("owner", empty_for="rival"),
    "portal.list": List("booker", "q=nothing-such", is_public=True),
    "portal.portfolio": List("booker", arguments="code=code", empty_arguments="code=rival_code", is_public=True),
    "proceeds.list": List("settler", "state=done"),
    "receivables.list": List("settler", "q=nothing-such"),
    "referral_partners.list": List("verifier", "q=nothing-such"),
    "referrals.list": List("owner", "state=lapsed"),
    "refunds.list": List("settler", "state=done"),
    "requests.list": List("manager", "state=declined"),
    "reservations.list": List("booker", "q=nothing-such"),
    "royalties.list": List("payer", "state=paid"),
    "sessions.list": List("booker", "state=ended"),
    "statements.list": List("finance", "month=2020-01"),
    "statistics.institutions": List("auditor", is_never_empty=True),
    "statistics.instruments": List("manager", empty_for="rival"),
    "tariffs.list": List(
        "manager", arguments="instrument_id=instrument", empty_arguments="instrument_id=draft", is_public=True
    ),
    "tokens.list": List("booker", "state=ended"),
    "usage.review": List("technician", "q=nothing-such"),
    "own_charges.list": List("booker", "month=2001-01", query=f"month={now() + timedelta(days=3):%Y-%m}"),
    "usage.to_confirm": List("booker", "q=nothing-such"),
    "watches.list": List("head", empty_for="rival"),
    "waiting.list": List("manager", "instrument=00000000-0000-0000-0000-000000000000"),
}
NO_LIST = {
    "income.show": "the few rows of one paper, with PDF and XLSX",
    "royalties.show": "the few revisions and products of one period",
    "admin_settings.list": "the settings there are; nothing is added",
    "announcements.show": "one declaration beside the register",
    "bills.show": "one paper, with PDF and XLSX",
    "business_licences.show": "the few files of one organisation",
    "contract_registrations.show": "the steps of one registration",
    "contract_registrations.statistics": "a line for each kind, field or region of one year",
    "contracts.show": "one paper, with PDF",
    "development_mail.list": "only in development",
    "exchange.new": "a form with the uploads of the last week",
    "exchange.show": "a preview of one file; its wrong rows are a file",
    "fee_notes.show": "one paper, with PDF",
    "hours_templates.list": "the few templates of one institution",
    "hours_templates.preview": "the instruments that one change would touch, with boxes to tick",
    "instruments.compare": "four instruments at most, side by side",
    "instruments.show": "one thing with its prices",
    "months.confirm": "one paper",
    "organisations.mine": "the few organisations of one person",
    "patents.people": "one form",
    "patents.show": "one patent with its annuities",
    "patents_import.new": "a form with the uploads of the last week",
    "patents_import.show": "a preview of one file; its wrong rows are a file",
    "payouts.show": "one batch, whose file is the bank's",
    "patent_statistics.show": "figures; the rows are at /patents",
    "negotiations.show": "the offers of one negotiation",
    "portal.compare": "four patents at most, side by side",
    "requests.schedule": "one day as a picture; the rows are at /requests",
    "schedule.hours": "one week and its exceptions, on one form",
    "site.design": "the components",
    "statements.show": "one paper, with PDF and XLSX",
    "statistics.institution": "figures; the rows are at /statistics/instruments",
    "statistics.operator": "figures; the rows are at /operator/institutions",
    "tariffs.edit": "one form",
    "tariffs.publish": "one tariff",
    "tariffs.show": "one tariff",
}


@pytest.fixture
def visitor(app: App, client: FlaskClient, common_world: World) -> Visitor:
    session.execute(update(Notification).values(read_at=now()))
    session.commit()
    return Visitor(app, common_world)


def address(visitor: Visitor, name: str, *queries: str, arguments: str | None = None) -> str:
    path = visitor.address(name, LISTS[name].arguments if arguments is None else arguments)
    return "?".join(filter(None, (path, "&".join(filter(None, queries)))))


def file_of(visitor: Visitor, who: str, path: str) -> list[list[str]]:
    """The rows of a CSV without its header."""
    answer = visitor.send(who, "GET", path)
    assert answer.status_code == 200, f"{path} {who}: {answer.status_code}"
    assert answer.mimetype == "text/csv", path
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff"), path
    header, *rows = csv.reader(io.StringIO(text[1:]))
    assert len(header) > 1
    assert all(len(row) == len(header) for row in rows), path
    return rows


def total_of(page: str) -> int:
    """How many rows there are, as the pagination says; 0 without one."""
    found = re.search(r'<nav class="pagination[^>]*>\s*<p>([^<]*)</p>', page)
    return int(re.findall(r"[\d,]+", found[1])[-1].replace(",", "")) if found else 0


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_every_list_has_pages_a_file_and_keeps_within_its_statements(app: App, visitor: Visitor) -> None:
    faults, defused = [], 0
    for name, one in LISTS.items():
        with statements(app) as sent:
            page = visitor.send(one.who, "GET", address(visitor, name, one.query))
        with statements(app) as sent_for_file:
            rows = file_of(visitor, one.who, address(visitor, name, one.query, "format=csv"))
        beyond = visitor.send(one.who, "GET", address(visitor, name, one.query, "page=99999"))
        faults += [f"{name}: {fault}" for fault, is_true in (
            ("it shows nothing, so that this test proves nothing", not rows),
            (f"{total_of(page.text)} rows on the page, {len(rows)} in the file", total_of(page.text) != len(rows)),
            ("the page does not offer its file", "format=csv" not in page.text),
            ("a page beyond the end", beyond.status_code != 200 or total_of(beyond.text) != len(rows)),
            (f"{len(sent)} statements for the page", len(sent) > BUDGET),
            (f"{len(sent_for_file)} statements for the file", len(sent_for_file) > BUDGET),
        ) if is_true]  # fmt: skip
        cells = [cell for row in rows for cell in row]
        faults += [f"{name}: the cell {cell!r} is a formula" for cell in cells if is_formula(cell)]
        defused += sum(cell.startswith("'=") for cell in cells)
    assert not faults, "\n" + "\n".join(faults)
    assert defused > 10


def is_formula(cell: str) -> bool:
    return cell.startswith(tuple(FORMULA_SIGNS)) and not re.fullmatch(r"-?[\d.]+", cell)


@pytest.mark.slow
def test_every_list_says_when_its_filters_leave_nothing_and_so_does_its_file(visitor: Visitor) -> None:
    faults = []
    for name, one in LISTS.items():
        if one.is_never_empty:
            continue
        who, arguments = one.empty_for or one.who, one.empty_arguments or one.arguments
        page = visitor.send(who, "GET", address(visitor, name, one.empty, arguments=arguments))
        if page.status_code != 200 or total_of(page.text) or 'class="empty"' not in page.text:
            faults.append(f"{name}: {page.status_code}, no empty state")
        if rows := file_of(visitor, who, address(visitor, name, one.empty, "format=csv", arguments=arguments)):
            faults.append(f"{name}: {len(rows)} rows in the file")
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.slow
def test_the_file_of_a_list_shows_nobody_more_than_the_page(visitor: Visitor) -> None:
    leaks = []
    for name, one in LISTS.items():
        if one.is_public:
            continue
        path = address(visitor, name, one.query, "format=csv")
        own = {tuple(row) for row in file_of(visitor, one.who, path)}
        for who in SOMEBODY_ELSE:
            answer = visitor.send(who, "GET", path)
            if answer.status_code == 200 and own & {tuple(row) for row in file_of(visitor, who, path)}:
                leaks.append(f"{name}: {who}")
    assert not leaks


@pytest.mark.slow
def test_no_list_is_forgotten(visitor: Visitor) -> None:
    seen = set()
    for row in all_rows():
        readers = [who for who in reversed(PEOPLE) if row.wanted[who] == 200]
        if row.method != "GET" or not readers or row.endpoint.partition(".")[0].endswith("_api"):
            continue
        page = visitor.send(readers[0], "GET", visitor.address(row.endpoint, row.arguments))
        is_list = page.mimetype == "text/html" and re.search(r'class="(?:pagination|table)\b', page.text)
        if is_list or row.endpoint.endswith(".list"):
            seen.add(row.endpoint)
    assert seen - LISTS.keys() - NO_LIST.keys() == set(), "give it pages, filters, an empty state and a file: LISTS"
    assert LISTS.keys() - seen == set()
