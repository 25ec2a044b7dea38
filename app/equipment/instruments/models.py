"""Instruments and their national-platform record (domain.md A.2)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation
from app.core.db import Base, moment, pk
from app.search.postgres import words_index, words_vector


class InstrumentState(StrEnum):
    """Whether people can see and book an instrument."""

    DRAFT = "draft"  # only the institution sees it
    PUBLISHED = "published"  # in the catalogue; bookable when hours and a tariff are there
    WITHDRAWN = "withdrawn"  # taken out of the catalogue; old bookings stay readable


class ShareMode(StrEnum):
    """共享模式 (domain.md A.2 shareMode)."""

    NONE = "none"  # 不共享
    INTERNAL = "internal"  # 内部共享
    EXTERNAL = "external"  # 外部共享


class OperationMode(StrEnum):
    """Who works the instrument (domain.md A.5)."""

    SELF = "self"  # 自主上机
    ASSISTED = "assisted"  # 委托操作
    BOTH = "both"


class Instrument(Base):
    """One single instrument 单台(套)科学仪器. Amounts in fen; the place has its own zone."""

    __tablename__ = "instruments"
    __table_args__ = (
        UniqueConstraint("owner_id", "asset_no"),
        CheckConstraint("value_minor IS NULL OR value_minor >= 0", name="value"),
        CheckConstraint("asset_no <> ''", name="asset_no"),
        Index("instruments_catalogue", "published_at", postgresql_where=text("state = 'published'")),
        Index("instruments_class", "class_code"),
        words_index("instruments_words"),
    )

    id: Mapped[pk]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    asset_no: Mapped[str]  # innerId 所属单位内部编码, unique inside the owner
    name: Mapped[str]  # the original name
    name_zh: Mapped[str] = mapped_column(default="", server_default="")  # cname, shown first in Chinese
    model: Mapped[str] = mapped_column(default="", server_default="")
    manufacturer: Mapped[str] = mapped_column(default="", server_default="")
    country: Mapped[str] = mapped_column(default="", server_default="")
    class_code: Mapped[str] = mapped_column(default="", server_default="")  # 6 digits, 大型科学仪器设备分类与代码
    technique: Mapped[str] = mapped_column(default="", server_default="")
    description: Mapped[str] = mapped_column(default="", server_default="")
    functions: Mapped[str] = mapped_column(default="", server_default="")
    specifications: Mapped[str] = mapped_column(default="", server_default="")
    services: Mapped[str] = mapped_column(default="", server_default="")
    subjects: Mapped[str] = mapped_column(default="", server_default="")  # GB/T 13745 names, comma separated
    sharing_rule: Mapped[str] = mapped_column(default="", server_default="")
    fee_note: Mapped[str] = mapped_column(default="", server_default="")
    value_minor: Mapped[int | None]  # original value in fen
    in_service_on: Mapped[date | None]
    region: Mapped[str] = mapped_column(default="", server_default="")  # GB/T 2260
    site: Mapped[str] = mapped_column(default="", server_default="")
    building: Mapped[str] = mapped_column(default="", server_default="")
    room: Mapped[str] = mapped_column(default="", server_default="")
    zone: Mapped[str] = mapped_column(default="Asia/Shanghai", server_default="Asia/Shanghai")
    contact_name: Mapped[str] = mapped_column(default="", server_default="")
    contact_phone: Mapped[str] = mapped_column(default="", server_default="")
    contact_email: Mapped[str] = mapped_column(default="", server_default="")
    share_mode: Mapped[ShareMode] = mapped_column(default=ShareMode.EXTERNAL)
    operation_mode: Mapped[OperationMode] = mapped_column(default=OperationMode.BOTH)
    is_customs_supervised: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    extra: Mapped[dict[str, Any]] = mapped_column(
        default=dict, server_default=text("'{}'")
    )  # fields of a source format
    state: Mapped[InstrumentState] = mapped_column(default=InstrumentState.DRAFT)
    search_words: Mapped[str] = mapped_column(default="", server_default="")  # cut by app.search, space separated
    search_vector: Mapped[Any] = mapped_column(TSVECTOR, words_vector(), nullable=True, deferred=True)
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[moment]
    changed_at: Mapped[moment]
    published_at: Mapped[datetime | None]

    owner: Mapped[Organisation] = relationship(lazy="raise_on_sql")

    @property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def is_published(self) -> bool:
        return self.state is InstrumentState.PUBLISHED


class InstrumentPicture(Base):
    """A picture of an instrument in two sizes, both made anew from the upload. As public as the instrument."""

    __tablename__ = "instrument_pictures"
    __table_args__ = (Index("instrument_pictures_order", "instrument_id", "position"),)

    id: Mapped[pk]
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instruments.id"))
    position: Mapped[int]  # smaller first; the first stands in lists
    text: Mapped[str] = mapped_column(default="", server_default="")  # what is to be seen, for those who do not see it
    small_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"), index=True)
    small_width: Mapped[int]
    small_height: Mapped[int]
    large_id: Mapped[UUID] = mapped_column(ForeignKey("stored_files.id"), index=True)
    large_width: Mapped[int]
    large_height: Mapped[int]
    created_at: Mapped[moment]
