"""Stored files: random names, type by content, digest kept."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, moment, pk


class StoredFile(Base):
    """One file. The bytes lie in the file store under `storage_key`; the row says what they are and whose."""

    __tablename__ = "stored_files"
    __table_args__ = (
        Index("stored_files_subject", "subject_kind", "subject_id"),
        CheckConstraint("size >= 0", name="size"),
    )

    id: Mapped[pk]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    uploaded_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID | None]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]  # SHA-256, hexadecimal
    storage_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[moment]
