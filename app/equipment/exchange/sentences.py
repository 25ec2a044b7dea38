"""What is told of a row: why it fails, why it is skipped, what it would change."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.equipment.exchange.parsing import SHARE_MODE_TEXT, shown, wan_text
from app.equipment.exchange.plans import Outcome, PlannedRow
from app.equipment.exchange.records import Problem
from app.equipment.instruments.models import ShareMode

FIELD_NAMES: dict[str, object] = {
    "asset_no": _l("Asset no."),
    "name": _l("Name"),
    "name_zh": _l("Chinese name"),
    "model": _l("Model"),
    "manufacturer": _l("Manufacturer"),
    "country": _l("Country of origin"),
    "class_code": _l("Class"),
    "technique": _l("Technique"),
    "description": _l("Description"),
    "functions": _l("Functions"),
    "specifications": _l("Specifications"),
    "services": _l("Services"),
    "subjects": _l("Subjects"),
    "sharing_rule": _l("Sharing rule"),
    "fee_note": _l("Fees in words"),
    "value_minor": _l("Original value"),
    "in_service_on": _l("In service since"),
    "region": _l("Region"),
    "site": _l("Site"),
    "building": _l("Building"),
    "room": _l("Room"),
    "contact_name": _l("Contact"),
    "contact_phone": _l("Telephone"),
    "contact_email": _l("E-mail"),
    "share_mode": _l("Sharing"),
    "is_customs_supervised": _l("Customs supervision"),
}


def at_column(problem: Problem) -> str:
    """``Column 20 Service Level: “10 h per day” cannot be understood; write it like 10 h/day``."""
    if problem.column is None:
        return str(problem.message)
    sentence = _(
        "Column %(number)s %(heading)s: %(message)s",
        number=problem.column.number,
        heading=problem.column.heading,
        message=problem.message,
    )
    return str(sentence)


def at_line(line: int, sentence: object) -> str:
    """A sentence with the line it is about."""
    return str(_("Line %(line)s: %(sentence)s", line=line, sentence=sentence))


def remarks(planned: PlannedRow) -> Iterator[str]:
    """The sentences below the name of a row in a preview."""
    row = planned.row
    yield from map(at_column, row.problems)
    if row.skip is not None:
        yield str(row.skip)
    for name, (old, new) in planned.changes.items():
        yield _("%(field)s: %(old)s → %(new)s", field=FIELD_NAMES.get(name, name), old=as_text(old), new=as_text(new))
    if row.is_cleaned and planned.outcome in {Outcome.CREATED, Outcome.CHANGED}:
        yield _("Line breaks and blanks in the name were tidied")


def as_text(value: Any) -> str:
    """A field's value, short enough to stand in a sentence."""
    if value is None or value == "":
        return str(_("empty"))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, int):
        return f"{wan_text(value)}\u00a0万元"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, ShareMode):
        return SHARE_MODE_TEXT[value]
    return shown(" ".join(str(value).split()))
