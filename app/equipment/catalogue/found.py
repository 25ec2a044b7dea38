"""What search engines find of the catalogue: the pages of published instruments."""

from typing import Any

from sqlalchemy import Select, select

from app.accounts.models import ANONYMOUS
from app.core.sitemaps import Section, register_section
from app.equipment.instruments.models import Instrument
from app.equipment.instruments.queries import visible_to


def public_instruments() -> Select[Any]:
    """Id and last change of every instrument that a visitor is shown."""
    statement: Any = select(Instrument.id, Instrument.changed_at)
    found: Select[Any] = statement.where(visible_to(ANONYMOUS))
    return found


def register_found() -> None:
    """Let them be found."""
    register_section(Section("instruments", public_instruments, lambda row: f"/instruments/{row.id}"))
