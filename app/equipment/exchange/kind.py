"""Instruments as a kind of thing that lists are imported of."""

from typing import Any

from app.accounts.models import Organisation, OrganisationKind
from app.core.events import emit
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.equipment.exchange.events import InstrumentsImported
from app.equipment.exchange.formats import FORMATS
from app.equipment.exchange.parsing import SHARE_MODE_TEXT, wan_text
from app.equipment.exchange.policy import ExchangePolicy
from app.equipment.exchange.queries import existing_instruments
from app.equipment.exchange.uniquip import SERVICE_LEVEL
from app.equipment.exchange.writing import write
from app.equipment.instruments.models import ShareMode
from app.imports.kinds import Cell, ImportKind, ImportTexts, PreviewColumn
from app.imports.plans import Counts, Outcome, PlannedRow

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

TEXTS = ImportTexts(
    title=_l("Import and export"),
    upload=_l("Import a list of instruments"),
    file=_l("List of instruments"),
    hint=_l(
        "CSV, XLSX or JSON, at most %(rows)s rows and %(size)s MB; UNIQUIP and the national platform’s format are "
        "recognised, other columns can be matched on the next page."
    ),
    subject=_l("Instrument and reason"),
    key=_l("Asset no."),
)


def as_text(field: str, value: Any) -> str | None:
    """Original values in 万元, sharing in the words of the national platform."""
    if field == "value_minor":
        return f"{wan_text(value)}\u00a0万元"
    return SHARE_MODE_TEXT[value] if isinstance(value, ShareMode) else None


def hours(planned: PlannedRow) -> Cell:
    """The service level, from which the opening hours follow."""
    stated = planned.row.values.get("extra", {}).get(SERVICE_LEVEL, "")
    old, new = planned.changes.get(SERVICE_LEVEL, ("", stated))
    if not new and planned.outcome is Outcome.CREATED:
        return Cell(_("default"), is_muted=True)
    return Cell(new, old if old != new else "")


def announce(owner: Organisation, counts: Counts) -> None:
    """Tell that instruments were created or changed."""
    emit(InstrumentsImported(owner.id, counts.created, counts.changed))


INSTRUMENTS = ImportKind(
    code="instruments",
    command="equipment import",
    formats=tuple(FORMATS.values()),
    owners=frozenset({OrganisationKind.INSTITUTION}),
    view=ExchangePolicy.view,
    import_=ExchangePolicy.import_,
    existing=existing_instruments,
    write=write,
    after=announce,
    audit="instrument.import",
    field_names=FIELD_NAMES,
    texts=TEXTS,
    as_text=as_text,
    columns=(PreviewColumn(_l("Hours"), hours),),
)
