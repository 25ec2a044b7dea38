"""A kind of thing that lists are imported of: everything that one kind of list knows and another does not."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.accounts.models import Organisation, OrganisationKind
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.policy import Rule
from app.core.tabular import Limits, Table
from app.imports.plans import Counts, PlannedRow
from app.imports.reading import Reader, match_columns
from app.imports.records import ImportRow

PAGE_LIMITS = Limits(size=10 * 1024 * 1024, rows=20_000, unpacked=64 * 1024 * 1024)

Existing = dict[str, dict[str, Any]]
"""Key → `id` and the columns that a list may fill, of things that are there already."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way in which lists are written: what a person names it by, and how it is read."""

    code: str
    label: str
    reader: Reader


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a further column of the preview; `old` is what a change replaces."""

    text: object = ""
    old: object = ""
    is_muted: bool = False


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """A further column of the preview, shown where there is room for it."""

    heading: object
    cell: Callable[[PlannedRow], Cell]


@dataclass(frozen=True, slots=True)
class ImportTexts:
    """The lazy texts of the pages of one kind.

    `hint` says which files are taken and has the places ``%(rows)s`` and ``%(size)s`` (MB); `sample` is the file name
    that the command on the page shows before one was chosen.
    """

    title: object
    upload: object
    file: object
    hint: object
    subject: object
    key: object
    sample: object = _l("list.csv")
    tidied: object = _l("Line breaks and blanks in the name were tidied")


def _plain(_field: str, _value: Any) -> str | None:
    return None


Judge = Callable[[Organisation, ImportRow, Mapping[str, Any] | None], Sequence[tuple[str, object]]]


def _nothing_wrong(
    _owner: Organisation, _row: ImportRow, _known: Mapping[str, Any] | None
) -> Sequence[tuple[str, object]]:
    return ()


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of thing.

    `code` is kept with every upload; `command` is what the operator types after ``flask``. `owners` may have such
    things; `view` and `import_` are rules over (actor, organisation). `existing` returns what an owner has under the
    given keys; `write` creates and changes the rows of one chunk, in the present transaction, and must get along with
    things that somebody else created meanwhile. `after` hears once of an import that wrote anything (the place for an
    event); `judge` gets the owner, a readable row and what is there under its key, and returns what cannot be as
    (target, lazy sentence); `audit` is the action it is recorded as. `as_text` words a value of a field, or returns
    None for what every kind words alike.
    """

    code: str
    command: str
    formats: tuple[Format, ...]
    owners: frozenset[OrganisationKind]
    view: Rule
    import_: Rule
    existing: Callable[[UUID, Sequence[str]], Existing]
    write: Callable[[Organisation, Sequence[PlannedRow], Existing], None]
    after: Callable[[Organisation, Counts], None]
    audit: str
    field_names: Mapping[str, object]
    texts: ImportTexts
    as_text: Callable[[str, Any], str | None] = _plain
    judge: Judge = _nothing_wrong
    columns: tuple[PreviewColumn, ...] = ()
    limits: Limits = PAGE_LIMITS

    def format(self, code: str) -> Format:
        """The format of that name. Raises Invalid for another kind's, or none."""
        for each in self.formats:
            if each.code == code:
                return each
        raise Invalid(_l("Choose one of the options."), field="format")

    def guess_format(self, table: Table) -> Format:
        """The format that knows most of the columns."""
        return max(self.formats, key=lambda each: len(match_columns(each.reader, table.columns)))

    def codes(self) -> Iterator[str]:
        """What its formats are named by."""
        return (each.code for each in self.formats)
