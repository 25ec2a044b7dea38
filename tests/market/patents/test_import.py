"""Portfolios from lists: read as people write them, refused with column and reason (flows-market.md §1a)."""

import io
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import time_machine
import xlsxwriter
from sqlalchemy import func, select, text

from app.accounts.models import SYSTEM, Organisation, OrganisationKind
from app.core.db import session
from app.core.i18n import force_locale
from app.core.tabular import read_table
from app.core.web import App
from app.imports import operations, queries
from app.imports.plans import Counts, PlannedRow
from app.imports.reading import read_rows
from app.imports.sentences import at_column
from app.market.patents.kind import PATENTS
from app.market.patents.models import Conclusion, Holder, LegalStatus, Patent, PatentKind
from app.market.patents.operations import publish_patents
from app.market.patents.queries import patents_by_ids
from app.market.patents.reader import READER
from tests.accounts.factories import make_organisation
from tests.market.patents.factories import make_patent, patent_number

pytestmark = pytest.mark.usefixtures("app")

REAL = Path(__file__).resolve().parents[3] / "app/market/demo/real-patents.csv"
HEADINGS = "专利号,名称,专利权人,份额,发明人,申请日,授权公告日,IPC,年费缴至,法律状态,用途"


@pytest.fixture(autouse=True)
def still() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 11, 30, 4, 0, tzinfo=UTC), tick=False), force_locale("en"):
        yield


@pytest.fixture
def owner() -> Organisation:
    return make_organisation(OrganisationKind.INSTITUTION, name="长江大学（武汉）")


def load(owner: Organisation, data: str | bytes, name: str = "list.csv") -> Counts:
    table = read_table(data.encode() if isinstance(data, str) else data, name)
    return operations.apply_import(PATENTS, SYSTEM, owner, read_rows(READER, table))


def plan(owner: Organisation, data: str) -> list[PlannedRow]:
    return list(queries.plan_import(PATENTS, owner, read_rows(READER, read_table(data.encode(), "list.csv"))))


def complaints(owner: Organisation, data: str) -> list[str]:
    return [at_column(problem) for planned in plan(owner, data) for problem in planned.row.problems]


def line(
    number: str, rest: str = "长江大学(武汉)；某公司,60;40,张三；李四,2020-03-10,2022.5.6,h01m 10/54,7,有效,回收电池"
) -> str:
    return f"{HEADINGS}\nZL{number},一种方法,{rest}\n"


def only(owner: Organisation) -> Patent:
    ids = session.scalars(select(Patent.id).where(Patent.owner_id == owner.id)).all()
    return patents_by_ids(owner.id, ids)[0]


def test_a_row_becomes_a_private_patent_with_its_people(owner: Organisation) -> None:
    number = patent_number()
    assert load(owner, line(number)) == Counts(created=1)
    patent = only(owner)
    assert (patent.number, patent.kind, patent.legal_status, patent.ipc, patent.annuity_paid_through) == (
        number, PatentKind.INVENTION, LegalStatus.IN_FORCE, ["H01M10/54"], 7,
    )  # fmt: skip
    assert patent.expires_on == date(2040, 3, 10)
    assert [(one.name, one.share, one.organisation_id) for one in patent.holders] == [
        ("长江大学(武汉)", 6000, owner.id), ("某公司", 4000, None),
    ]  # fmt: skip
    assert [one.name for one in patent.inventors] == ["张三", "李四"]
    assert not patent.is_published
    assert "回收" in patent.search_words.split()


def test_importing_twice_changes_nothing(owner: Organisation) -> None:
    listed = line(patent_number())
    load(owner, listed)
    assert load(owner, listed) == Counts(unchanged=1)


def test_an_empty_cell_keeps_and_a_filled_one_changes(owner: Organisation) -> None:
    number = patent_number()
    load(owner, line(number))
    assert load(owner, f"专利号,名称,年费缴至,用途,份额\n{number},一种方法,8,,70;30\n") == Counts(changed=1)
    session.expire_all()
    patent = only(owner)
    assert (patent.annuity_paid_through, patent.use_text, patent.revision) == (8, "回收电池", 2)
    assert [one.share for one in patent.holders] == [7000, 3000]
    assert [one.name for one in patent.inventors] == ["张三", "李四"]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_lists_are_read_in_the_encodings_of_offices(owner: Organisation, encoding: str) -> None:
    assert load(owner, line(patent_number()).encode(encoding)) == Counts(created=1)


def test_columns_may_stand_in_any_order_with_english_headings_and_tabs(owner: Organisation) -> None:
    number = patent_number(PatentKind.DESIGN)
    listed = (
        f"title\tfiling date\tLocarno\tkind\tPatent no.\tgrant date\n椅子\t2020/3/10\t6-1\tdesign\t{number}\t20211001\n"
    )
    assert load(owner, listed, "list.tsv") == Counts(created=1)
    assert (only(owner).locarno, only(owner).expires_on) == (["06-01"], date(2030, 3, 10))


def test_workbooks_are_read(owner: Organisation) -> None:
    rows = [HEADINGS.split(","), *(part.split(",") for part in line(patent_number()).splitlines()[1:])]
    assert load(owner, workbook(rows), "list.xlsx") == Counts(created=1)


def workbook(rows: list[list[str]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("rest", "complaint"),
    [
        (",,,2020-03-10,2020-03-09,,,,", "Column 7 授权公告日: Granted on 2020-03-09, before it was filed"),
        (",,,2019-03-10,2020-03-09,,,,", "Column 6 申请日: The number says 2020"),
        ("长江大学（武汉）；某公司,60;30,,,,,,,", "Column 4 份额: Total 90.00 %, must be 100.00 %."),
        ("长江大学（武汉）；某公司,60,,,,,,,", "Column 4 份额: Total 60.00 %"),
        ("某公司,,,,,,,,", "Column 3 专利权人: None of the patentees is 长江大学（武汉）: 某公司."),
        (",,,2020-03-10,2026-12-01,,,,", "Column 7 授权公告日: This day lies in the future."),
        (",,,,,G06F,,,", "Column 8 IPC: “G06F” is no such symbol"),
        (",,,,,,31,,", "Column 9 年费缴至: “31” is no year of the patent"),
        (",,,,,,,好的,", "Column 10 法律状态: “好的” is unknown; write one of: "),
        (",,,,,,,有效,", "Column 10 法律状态: A granted patent has a day of filing"),
    ],
)
def test_a_bad_row_says_column_and_reason(owner: Organisation, rest: str, complaint: str) -> None:
    found = complaints(owner, line(patent_number(), rest))
    assert len(found) == 1
    assert found[0].startswith(complaint)


def test_a_wrong_check_digit_is_told_and_not_mended(owner: Organisation) -> None:
    """domain.md B.6; flows-market.md M1."""
    found = complaints(owner, "专利号,名称\nZL201710601862.4,一种方法\n")
    assert found == ["Column 1 专利号: Check digit should be 3, not 4: see the certificate."]


def test_kind_expiry_and_classes_are_compared_with_the_number(owner: Organisation) -> None:
    """专利法 art. 42: both expiries are shown."""
    head, number = "专利号,名称,类型,申请日,届满日,洛迦诺", patent_number()
    assert complaints(owner, f"{head}\n{number},一种方法,外观设计,,,\n")[0].startswith(
        "Column 3 类型: The number is that"
    )
    assert "2040-03-10, not 2041-03-10" in complaints(owner, f"{head}\n{number},一种方法,,2020-03-10,2041-03-10,\n")[0]
    assert complaints(owner, f"{head}\n{number},一种方法,,,,06-01\n")[0].startswith("Column 6 洛迦诺: Only designs")


def test_a_bad_row_costs_no_good_one(owner: Organisation) -> None:
    listed = f"专利号,名称\nZL201710601862.4,甲\n{patent_number()},乙\n{patent_number()},\n"
    assert load(owner, listed) == Counts(created=1, failed=2)


def test_what_is_there_is_judged_together_with_the_row(owner: Organisation) -> None:
    number = patent_number()
    load(owner, line(number))
    found = complaints(owner, f"专利号,名称,授权公告日\n{number},一种方法,2020-01-01\n")
    assert found[0].startswith("Column 3 授权公告日: Granted on 2020-01-01")


def test_equal_shares_where_none_are_written(owner: Organisation) -> None:
    """民法典 art. 309."""
    load(owner, line(patent_number(), "甲公司;乙公司;长江大学（武汉）,,,,,,,,"))
    assert [one.share for one in only(owner).holders] == [3334, 3333, 3333]


def test_a_list_of_another_owner_is_another_patent(owner: Organisation) -> None:
    theirs = make_patent()
    assert load(owner, f"专利号,名称\n{theirs.number},一种方法\n") == Counts(created=1)


def test_patents_created_meanwhile_are_changed_not_doubled(owner: Organisation) -> None:
    number = patent_number()
    rows = plan(owner, line(number))
    make_patent(owner, number=number)
    PATENTS.write(owner, rows, {})
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Patent).where(Patent.owner_id == owner.id)) == 1
    assert only(owner).use_text == "回收电池"
    assert session.scalar(select(func.count()).select_from(Holder).where(Holder.patent_id == only(owner).id)) == 2


def test_a_published_patent_changed_by_a_list_is_announced(owner: Organisation) -> None:
    number = patent_number()
    load(owner, line(number))
    publish_patents(SYSTEM, [only(owner)])
    load(owner, f"专利号,名称,评价报告号,结论\n{number},一种方法,ZLPJ-1,符合\n")
    session.expire_all()
    assert only(owner).conclusion is Conclusion.FAVOURABLE
    assert only(owner).is_published


@pytest.mark.parametrize("dry", [True, False])
def test_the_command_imports_the_real_list(app: App, owner: Organisation, dry: bool) -> None:
    owner_code = owner.code
    arguments = ["patents", "import", str(REAL), "--owner", owner_code, *(["--dry-run"] if dry else [])]
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "created 10, changed 0, unchanged 0, skipped 0, failed 0"
    statement = text("SELECT count(*), count(filed_on), count(published_at) FROM patents")
    assert tuple(session.execute(statement).one()) == ((0, 0, 0) if dry else (10, 0, 0))


def test_the_command_names_line_and_column(app: App, owner: Organisation, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("专利号,名称\nZL201710601862.4,甲\n", encoding="gb18030")
    result = app.test_cli_runner().invoke(args=["patents", "import", str(path), "--owner", owner.code])
    assert result.output.splitlines() == [
        "Line 2: Column 1 专利号: Check digit should be 3, not 4: see the certificate.",
        "created 0, changed 0, unchanged 0, skipped 0, failed 1",
    ]


def test_check_speaks_the_language_of_the_terminal(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    runner = app.test_cli_runner()
    good = runner.invoke(args=["patents", "check", "CN ZL 201710601862.3"])
    assert (good.exit_code, good.output) == (0, "valid\n")
    bad = runner.invoke(args=["patents", "check", "ZL201710601862.4"])
    assert (bad.exit_code, bad.output) == (1, "invalid: Check digit should be 3, not 4: see the certificate.\n")
    monkeypatch.setitem(os.environ, "LANG", "zh_CN.UTF-8")
    bad = runner.invoke(args=["patents", "check", "ZL201710601862.4"])
    assert (bad.exit_code, bad.output) == (1, "invalid: 校验位应为3，您填的是4，请对照证书。\n")
