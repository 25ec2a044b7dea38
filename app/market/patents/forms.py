"""The forms of patents: facts, annuity paid, encumbrance, pasted numbers; and people in rows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Optional

from app.core.errors import Invalid
from app.core.forms import Form, IntegerField, no_control_characters
from app.core.i18n import lazy_gettext as _l
from app.core.wording import one_line
from app.market.patents.facts import LONGEST_LINE, LONGEST_TEXT, HolderValues, InventorValues, PatentValues
from app.market.patents.models import Conclusion, EncumbranceKind, LegalStatus, Patent, PatentKind
from app.market.patents.operations import EncumbranceValues
from app.market.patents.reducing import percents
from app.market.patents.words import CONCLUSION_NAMES, ENCUMBRANCE_NAMES, FIELD_NAMES, KIND_NAMES, STATUS_NAMES

LABELS: Mapping[str, Any] = FIELD_NAMES

_LINE = [Length(max=LONGEST_LINE), no_control_characters]
_TEXT = [Length(max=LONGEST_TEXT), no_control_characters]
_SYMBOLS = re.compile(r"[;；,，、\r\n]+")
_PASTED = re.compile(r"\s*((?:CN)?\s*(?:ZL)?\s*[0-9０-９.．XxＸｘ]+)[\s,，;；:：]*(.*)", re.IGNORECASE)
_SHARE = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?\s*%?")


def _choices(words: Mapping[Any, object]) -> list[SelectChoice]:
    return [SelectChoice(value.value, word) for value, word in words.items()]


def _line(name: str) -> StringField:
    return StringField(LABELS[name], _LINE)


def _day(name: str) -> DateField:
    return DateField(LABELS[name], [Optional()])


class FactsForm(Form):
    """What is said of a patent, without its people."""

    revision = HiddenField()
    number = StringField(LABELS["number"], [InputRequired(), *_LINE])
    kind = SelectField(LABELS["kind"], choices=_choices(KIND_NAMES))
    title = StringField(LABELS["title"], [InputRequired(), *_LINE])
    title_en = _line("title_en")
    use_text = TextAreaField(LABELS["use_text"], _TEXT)
    products = _line("products")
    industry = _line("industry")
    abstract = TextAreaField(LABELS["abstract"], _TEXT)
    ipc = _line("ipc")
    locarno = _line("locarno")
    publication_no = _line("publication_no")
    family = _line("family")
    filed_on = _day("filed_on")
    granted_on = _day("granted_on")
    expires_on = _day("expires_on")
    legal_status = SelectField(LABELS["legal_status"], choices=_choices(STATUS_NAMES))
    annuity_paid_through = IntegerField(LABELS["annuity_paid_through"], [InputRequired()])
    report_no = _line("report_no")
    report_on = _day("report_on")
    conclusion = SelectField(LABELS["conclusion"], choices=_choices(CONCLUSION_NAMES))
    registered_holders = _line("registered_holders")
    register_checked_on = _day("register_checked_on")
    contact_name = _line("contact_name")
    contact_phone = _line("contact_phone")
    contact_email = _line("contact_email")

    def show(self, patent: Patent) -> None:
        """Fill in what is known."""
        for field in self:
            if field.name in {"csrf_token", "acting"}:
                continue
            value = getattr(patent, field.name)
            field.data = "; ".join(value) if isinstance(value, list) else value
        self.number.data = patent.shown_number

    def said(self, patent: Patent) -> PatentValues:
        """What was entered. An expiry or status that stands as it was follows the dates, unless it was changed."""
        values: Any = {
            name: field.data if isinstance(field, (DateField, IntegerField)) else field.data or ""
            for name, field in self._fields.items()
            if name not in {"csrf_token", "acting", "revision", "kind", "legal_status", "conclusion", "ipc", "locarno"}
        }
        values["kind"] = PatentKind(self.kind.data)
        values["conclusion"] = Conclusion(self.conclusion.data)
        values["ipc"], values["locarno"] = _symbols(self.ipc.data), _symbols(self.locarno.data)
        if LegalStatus(self.legal_status.data) is not patent.legal_status:
            values["legal_status"] = LegalStatus(self.legal_status.data)
        if self.expires_on.data == patent.expires_on:
            values.pop("expires_on")
        said: PatentValues = values
        return said


def _symbols(text: str | None) -> list[str]:
    return [part for part in _SYMBOLS.split(text or "") if part.strip()]


class PaidForm(Form):
    """The day on which an annuity was paid."""

    paid_on = DateField(_l("Paid on"), [InputRequired()])


class ReductionForm(Form):
    """A reduction of fees that CNIPA has on file."""

    percent = SelectField(_l("Per cent off"), coerce=int)
    reference = StringField(_l("Reduction no."), [InputRequired(), *_LINE])
    starts_on = DateField(_l("From"), [InputRequired()])
    ends_on = DateField(_l("Until"), [Optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.percent.choices = [SelectChoice(one, f"{one} %") for one in percents()]


class EncumbranceForm(Form):
    """What stands in the way of a patent."""

    kind = SelectField(_l("Kind"), choices=_choices(ENCUMBRANCE_NAMES))
    holder = StringField(_l("Held by"), [InputRequired(), *_LINE])
    holder_email = StringField(LABELS["contact_email"], _LINE)
    reference = StringField(_l("Contract or case no."), _LINE)
    starts_on = DateField(_l("From"), [InputRequired()])
    ends_on = DateField(_l("Until"), [Optional()])

    @property
    def said(self) -> EncumbranceValues:
        """What was entered."""
        said: Any = self.data
        return EncumbranceValues(
            EncumbranceKind(said["kind"]), said["holder"], said["starts_on"], said["ends_on"],
            said["reference"] or "", said["holder_email"] or "",
        )  # fmt: skip


class EndForm(Form):
    """The day on which an encumbrance holds no more."""

    ended_on = DateField(_l("Ended on"), [InputRequired()])


class PasteForm(Form):
    """Numbers as they were copied from somewhere, each with its title behind it."""

    numbers = TextAreaField(
        _l("Patent numbers, one a line, each with its title behind it"),
        [InputRequired(), Length(max=200_000), no_control_characters],
    )

    @property
    def rows(self) -> list[tuple[str, str]]:
        """(number, title) of each line that says anything."""
        found = []
        for line in (self.numbers.data or "").splitlines():
            if not line.strip():
                continue
            match = _PASTED.fullmatch(line)
            found.append((match[1].strip(), one_line(match[2])) if match else (line.strip(), ""))
        return found


class PeopleForm(Form):
    """Holders and inventors; the rows themselves are read by `people_rows`."""

    revision = HiddenField()


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A row of the editor as it was typed; a row without a name is taken away."""

    name: str = ""
    share: str = ""
    extra: str = ""
    email: str = ""
    account: str = ""  # of an inventor: the id of a member's account


def share_text(share: int) -> str:
    """Basis points as they are typed: ``33.34``; nothing where no share is agreed."""
    return f"{share / 100:.2f}".rstrip("0").rstrip(".") if share else ""


def share_of(text: str) -> int:
    """Basis points of a typed share; −1 for what is none, which the operation refuses with the total."""
    found = _SHARE.fullmatch(text.strip())
    if not text.strip():
        return 0
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else -1


def people_rows(sent: MultiDict[str, str], prefix: str) -> list[PersonRow]:
    """The rows of one editor: name, share, extra, email and account behind the prefix."""
    columns = [sent.getlist(f"{prefix}-{name}") for name in ("name", "share", "extra", "email", "account")]
    most = max(map(len, columns))
    padded = [column + [""] * (most - len(column)) for column in columns]
    return [PersonRow(*(one_line(text)[:LONGEST_LINE] for text in row)) for row in zip(*padded, strict=True)]


def holders_said(rows: Sequence[PersonRow]) -> list[HolderValues]:
    """The holders of the rows that have a name."""
    return [HolderValues(row.name, share_of(row.share), row.extra, row.email) for row in rows if row.name]


def inventors_said(rows: Sequence[PersonRow]) -> list[InventorValues]:
    """The inventors of the rows that have a name."""
    return [InventorValues(row.name, share_of(row.share), row.extra, _account(row)) for row in rows if row.name]


def _account(row: PersonRow) -> UUID | None:
    try:
        return UUID(row.account) if row.account else None
    except ValueError:
        raise Invalid(_l("Choose the account from the list."), field="inventors", code="account") from None


def rows_of(patent: Patent) -> tuple[list[PersonRow], list[PersonRow]]:
    """Holders and inventors as rows, each with a blank one behind them."""
    holders = [PersonRow(one.name, share_text(one.share), one.code, one.email) for one in patent.holders]
    inventors = [
        PersonRow(one.name, share_text(one.share), one.department, account=str(one.user_id or ""))
        for one in patent.inventors
    ]
    return [*holders, PersonRow()], [*inventors, PersonRow()]
