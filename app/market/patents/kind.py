"""Patents as a kind of thing that lists are imported of (flows-market.md §1a)."""

from typing import Any

from app.accounts.models import Actor, Organisation
from app.core.events import emit
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.policy import rule
from app.core.templating import format_number
from app.imports.kinds import Cell, Format, ImportKind, ImportTexts, PreviewColumn
from app.imports.plans import Counts, Outcome, PlannedRow
from app.market.patents.events import PatentsImported
from app.market.patents.existing import existing_patents
from app.market.patents.models import Conclusion, LegalStatus, PatentKind
from app.market.patents.numbers import PatentNumber
from app.market.patents.operations import OWNERS
from app.market.patents.policy import OFFICERS
from app.market.patents.reader import READER
from app.market.patents.words import CONCLUSION_NAMES, FIELD_NAMES, KIND_NAMES, STATUS_NAMES
from app.market.patents.writing import judge, write

TEXTS = ImportTexts(
    title=_l("Import patents"),
    upload=_l("Import a list of patents"),
    file=_l("List of patents"),
    hint=_l(
        "CSV, TSV or XLSX, at most %(rows)s rows and %(size)s MB; 专利号 and 名称 are needed. Several patentees or "
        "inventors stand in one cell with ； between them."
    ),
    subject=_l("Patent and reason"),
    key=_l("Patent no."),
    sample=_l("patents.csv"),
    tidied=_l("Line breaks and blanks in the title were tidied"),
)


@rule("owner, transfer officer")
def officer(actor: Actor, organisation: Organisation) -> bool:
    """Keeps the organisation's patents."""
    return organisation.kind in OWNERS and actor.acts_for(organisation.id, *OFFICERS)


@rule()
def reader(actor: Actor, organisation: Organisation) -> bool:
    """Reads the organisation's portfolio: any of its members."""
    return organisation.kind in OWNERS and actor.acts_for(organisation.id)


def as_text(_field: str, value: Any) -> str | None:
    """Kinds and states by name, several people and symbols with commas, shares in per cent."""
    if isinstance(value, PatentKind):
        return str(KIND_NAMES[value])
    if isinstance(value, LegalStatus):
        return str(STATUS_NAMES[value])
    if isinstance(value, Conclusion):
        return str(CONCLUSION_NAMES[value])
    if isinstance(value, tuple):
        words = [f"{format_number(one / 100, 2)} %" if isinstance(one, int) else str(one) for one in value]
        return str(_(", ")).join(words)
    return None


def missing(planned: PlannedRow) -> Cell:
    """What a new patent still lacks before it can be published."""
    if planned.outcome is not Outcome.CREATED:
        return Cell()
    lacking = [name for name in ("filed_on", "granted_on") if name not in planned.row.values]
    return Cell(str(_(", ")).join(str(FIELD_NAMES[name]) for name in lacking), is_muted=True)


def kind_of_row(planned: PlannedRow) -> Cell:
    """The kind that the number names."""
    digits, dot, check = planned.row.key.partition(".")
    return Cell(KIND_NAMES[PatentKind(PatentNumber(digits, check).kind)]) if dot else Cell()


def announce(owner: Organisation, counts: Counts) -> None:
    """Tell that patents were created or changed."""
    emit(PatentsImported(owner.id, counts.created, counts.changed))


PATENTS = ImportKind(
    code="patents",
    command="patents import",
    formats=(Format("patents", "CSV", READER),),
    owners=OWNERS,
    view=reader,
    import_=officer,
    existing=existing_patents,
    write=write,
    after=announce,
    audit="patents.import",
    field_names={
        **FIELD_NAMES, "holder_names": _l("Patentees"), "holder_shares": _l("Shares"), "inventor_names": _l("Inventors")
    },
    texts=TEXTS,
    as_text=as_text,
    columns=(PreviewColumn(_l("Kind"), kind_of_row), PreviewColumn(_l("Still missing"), missing)),
    judge=judge,
)  # fmt: skip
