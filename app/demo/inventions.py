"""What the university of the demonstration has invented: ten real titles with made-up uses, the others made up."""

from pathlib import Path
from typing import NamedTuple

from app.core.tabular import read_table
from app.market.patents.models import PatentKind

FOLDER = Path(__file__).parent.parent / "market" / "demo"
REAL, IDEAS = FOLDER / "real-patents.csv", FOLDER / "inventions.csv"


class Idea(NamedTuple):
    """One invention; `classes` are IPC symbols, of designs Locarno classes. Without a use it waits to be completed."""

    kind: PatentKind
    title: str
    use: str
    products: str
    classes: str
    industry: str


def real_patents() -> list[tuple[str, Idea]]:
    """Number and title as the register has them, use and classes made up."""
    listed = [record.cells for record in read_table(REAL.read_bytes(), REAL.name).rows()]
    untitled = [idea for idea in _ideas() if not idea.title]
    return [(number, idea._replace(title=title)) for (number, title), idea in zip(listed, untitled, strict=True)]


def made_up() -> list[Idea]:
    """All others."""
    return [idea for idea in _ideas() if idea.title]


def _ideas() -> list[Idea]:
    rows = read_table(IDEAS.read_bytes(), IDEAS.name).rows()
    return [Idea(PatentKind(record.cells[0]), *record.cells[1:]) for record in rows]
