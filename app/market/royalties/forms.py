"""What is typed about royalties."""

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.core.errors import Invalid
from app.core.forms import FileField, Form, no_control_characters
from app.core.i18n import lazy_gettext as _l
from app.core.money import parse_money

KEYS = ("name", "units", "gross", "deductions")
MOST_DIGITS = 15


class ReportForm(Form):
    """A report: its products are rows of their own (`rows_of`, `products_of`)."""

    evidence = FileField(_l("Evidence"))
    reason = TextAreaField(_l("Why corrected"), [Optional(), Length(max=1000), no_control_characters])


class QuestionForm(Form):
    """What the licensor asks."""

    text = TextAreaField(
        _l("Your question"), [DataRequired(_l("Write what you ask.")), Length(max=2000), no_control_characters]
    )
    inspect = BooleanField(_l("Ask to look at the books"))


class AnswerForm(Form):
    """What the licensee answers."""

    answer = TextAreaField(
        _l("Your answer"), [DataRequired(_l("Write the answer.")), Length(max=4000), no_control_characters]
    )
    evidence = FileField(_l("Evidence"))


class InspectionForm(Form):
    """A day for looking at the books, or what came of it."""

    day = DateField(_l("Day"), [Optional()])
    outcome = TextAreaField(_l("What the books say"), [Optional(), Length(max=4000), no_control_characters])


def rows_of(sent: "MultiDict[str, str]") -> list[dict[str, str]]:
    """The product rows of a form as they were typed."""
    columns = [sent.getlist(key) for key in KEYS]
    return [dict(zip(KEYS, cells, strict=True)) for cells in zip(*columns, strict=False)]


def products_of(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The products of the rows that hold anything. Raises Invalid (field ``products``) naming the row that is wrong."""
    filled = [(place, row) for place, row in enumerate(rows, start=1) if any(value.strip() for value in row.values())]
    return [_product(place, row) for place, row in filled]


def _product(place: int, row: Mapping[str, str]) -> dict[str, Any]:
    units = row["units"].replace(",", "").strip() or "0"
    if not (units.isascii() and units.isdigit() and len(units) <= MOST_DIGITS):
        raise Invalid(_l("Row %(place)s: units are a whole number.", place=place), field="products")
    try:
        gross, deductions = (parse_money(row[key].strip() or "0").minor for key in ("gross", "deductions"))
    except ValueError:
        raise Invalid(_l("Row %(place)s: write amounts like 1,234.50.", place=place), field="products") from None
    if any(ord(sign) < 32 for sign in row["name"]):
        raise Invalid(_l("Remove the invisible control characters."), field="products")
    return {"name": row["name"], "units": int(units), "gross_minor": gross, "deductions_minor": deductions}


def rows_from(products: list[dict[str, Any]], *, names_only: bool = False) -> list[dict[str, str]]:
    """Rows to begin with: earlier products (with their numbers for a correction) and empty ones below."""
    rows = [
        {"name": product["name"], "units": "", "gross": "", "deductions": ""} if names_only else {
            "name": product["name"], "units": str(product["units"]), "gross": _yuan(product["gross_minor"]),
            "deductions": _yuan(product["deductions_minor"]),
        }
        for product in products
    ]  # fmt: skip
    empty = dict.fromkeys(KEYS, "")
    return rows + [dict(empty) for _more in range(max(1, 3 - len(rows)))]


def _yuan(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
