"""The university's patents: ten real numbers and titles with days made up for them, the others made up altogether.

Patentees, inventors, days and uses are stand-ins; the made-up numbers hold their check digit and are nobody's.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import select

from app.accounts.models import Actor, Organisation
from app.core.clock import today
from app.core.db import session
from app.core.delimited import write_csv
from app.core.tabular import read_table
from app.core.workdays import add_months
from app.demo.cast import UNIVERSITY, company
from app.demo.inventions import Idea, made_up, real_patents
from app.demo.people import actor_of
from app.imports.operations import apply_import
from app.imports.reading import read_rows
from app.market.patents.kind import PATENTS
from app.market.patents.models import EncumbranceKind, Patent, PatentKind
from app.market.patents.numbers import KIND_DIGITS, check_character, parse_number
from app.market.patents.operations import EncumbranceValues, add_encumbrance, publish_patents
from app.market.patents.queries import patents_by_ids
from app.market.patents.reader import READER
from app.market.patents.terms import years_of

HEADINGS = (
    "专利号", "名称", "发明人", "申请日", "授权公告日", "IPC", "洛迦诺", "年费缴至", "评价报告号", "结论", "用途",
    "产品", "行业", "登记簿核对日", "联系人", "联系电话",
)  # fmt: skip
LATE = 2  # place of the made-up patent whose annuity is late
PLEDGED = 5  # place of the one whose pledge ends soon
INVENTORS = ("张立新", "李文博", "王思远", "陈一鸣", "赵清扬", "孙嘉禾")
_DIGITS = {kind: digit for digit, kind in KIND_DIGITS.items()}


def are_there() -> bool:
    """Whether the university has patents."""
    return session.scalar(select(Patent.id).where(Patent.owner_id == company(UNIVERSITY).id).limit(1)) is not None


def load_patents(_password: str) -> str:
    """Import the portfolio as everybody imports one, publish what is complete, note a pledge that ends soon."""
    officer = actor_of("transfer@jishi.example")
    owner = session.get_one(Organisation, company(UNIVERSITY).id)
    table = read_table(b"".join(write_csv(HEADINGS, _rows())), "portfolio.csv")
    counts = apply_import(PATENTS, officer, owner, read_rows(READER, table), source="portfolio.csv")
    ids = session.scalars(select(Patent.id).where(Patent.owner_id == owner.id)).all()
    patents = patents_by_ids(owner.id, ids)
    publish_patents(officer, [patent for patent in patents if patent.use_text])
    _pledge(officer, patents)
    return str(counts)


def made_up_number(place: int, kind: PatentKind, year: int) -> str:
    """A number that holds its check digit and is nobody's."""
    digits = f"{year}{_DIGITS[kind.value]}{9000000 + 1371 * (place + 1)}"
    return f"{digits}.{check_character(digits)}"


def _rows() -> Iterator[list[object]]:
    for place, (number, idea) in enumerate(real_patents()):
        yield _row(place, number, idea, parse_number(number).year)
    for place, idea in enumerate(made_up()):
        year = 2017 + place % 7
        number = made_up_number(place, idea.kind, year)
        if not idea.use:
            yield [number, idea.title, *[""] * (len(HEADINGS) - 2)]
        else:
            yield _row(place, number, idea, year, is_late=place == LATE)


def _row(place: int, number: str, idea: Idea, year: int, *, is_late: bool = False) -> list[object]:
    filed = _filed(place, year, is_late)
    granted = add_months(filed, 14 if idea.kind.needs_report else 26) + timedelta(days=place % 20)
    paid = _paid_through(idea.kind, filed) - is_late
    people = ";".join(INVENTORS[(place + shift) % len(INVENTORS)] for shift in range(1 + place % 3))
    has_report = idea.kind.needs_report and place % 2 == 0
    return [
        number, idea.title, people, filed, min(granted, today()), "" if idea.kind.is_design else idea.classes,
        idea.classes if idea.kind.is_design else "", paid, f"ZLPJ{year}{place:04d}" if has_report else "",
        "符合" if has_report else "", idea.use, idea.products, idea.industry, today() - timedelta(days=7 + place),
        "技术转移中心", "0431-8000 0110",
    ]  # fmt: skip


def _filed(place: int, year: int, is_late: bool) -> date:
    """A day of the year that the number names; for a late annuity one whose anniversary was two months ago."""
    if not is_late:
        return date(year, 1 + place * 5 % 12, 1 + place * 7 % 28)
    recent = add_months(today(), -2)
    return date(year, recent.month, min(recent.day, 28))


def _paid_through(kind: PatentKind, filed: date) -> int:
    """The year that runs now: its annuity was paid as it began."""
    begun = sum(add_months(filed, 12 * year) <= today() for year in range(40))
    return min(begun, years_of(kind, filed))


def _pledge(officer: Actor, patents: list[Patent]) -> None:
    number = made_up_number(PLEDGED, made_up()[PLEDGED].kind, 2017 + PLEDGED % 7)
    patent = next(patent for patent in patents if patent.number == number)
    begin = add_months(today(), -12)
    values = EncumbranceValues(
        EncumbranceKind.PLEDGE, "吉林银行长春科技支行", begin, today() + timedelta(days=21), "Y2025220000123"
    )
    add_encumbrance(officer, patent, values)
