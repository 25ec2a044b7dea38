"""Uploads that wait for a decision: nothing of them is saved as what they list yet."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation
from app.core.db import Base, moment, pk


class ImportDraft(Base):
    """An uploaded list with the choices made for reading it. Kept for a week (flows.md §2 ⚙ draft)."""

    __tablename__ = "import_drafts"
    __table_args__ = (Index("import_drafts_recent", "organisation_id", "created_at"),)

    id: Mapped[pk]
    # Of `ImportKind`. Uploads from before there were other kinds list instruments.
    kind: Mapped[str] = mapped_column(server_default="instruments")
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    format: Mapped[str] = mapped_column(String(32))
    encoding: Mapped[str] = mapped_column(default="", server_default="")
    delimiter: Mapped[str] = mapped_column(default="", server_default="")
    headings: Mapped[list[Any]]  # of the file, so that a list like an earlier one is read as that one was
    columns: Mapped[dict[str, Any]]  # index of the column → heading of the format
    # Cells mended in the preview: line → index of the column → text.
    corrections: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    created_at: Mapped[moment]
    applied_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any] | None]  # what applying it did

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")
