"""Patents as the register knows them, and what their owners add so that they can be found (domain.md B.3)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import DDL, CheckConstraint, ForeignKey, Index, UniqueConstraint, event, text
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from app.accounts.models import Organisation
from app.core.db import Base, moment, pk
from app.market.patents.numbers import PatentNumber
from app.search.postgres import words_index, words_vector

WHOLE = 10_000  # basis points: 100 %


class PatentKind(StrEnum):
    """What is protected; PCT kinds entered the Chinese phase of an international application."""

    INVENTION = "invention"  # 发明
    UTILITY_MODEL = "utility_model"  # 实用新型
    DESIGN = "design"  # 外观设计
    PCT_INVENTION = "pct_invention"  # PCT 发明
    PCT_UTILITY_MODEL = "pct_utility_model"  # PCT 实用新型

    @property
    def needs_report(self) -> bool:
        """Whether opening it needs an evaluation report (专利法 art. 50)."""
        return self not in {PatentKind.INVENTION, PatentKind.PCT_INVENTION}

    @property
    def is_design(self) -> bool:
        return self is PatentKind.DESIGN


class LegalStatus(StrEnum):
    """What the register says. The late period of an annuity is computed, see `annuities`."""

    PENDING = "pending"  # 审中: not granted yet
    IN_FORCE = "in_force"  # 有效
    LAPSED = "lapsed"  # 终止: annuity not paid, or given up
    EXPIRED = "expired"  # 届满
    INVALID = "invalid"  # 宣告无效


class Conclusion(StrEnum):
    """What the patent evaluation report 专利权评价报告 says of the grant."""

    NONE = "none"  # there is none
    FAVOURABLE = "favourable"  # 未发现不符合授予专利权条件
    ADVERSE = "adverse"  # 不符合授予专利权条件


class EncumbranceKind(StrEnum):
    """What can stand in the way of opening a patent (专利法实施细则 rule 86)."""

    EXCLUSIVE_LICENCE = "exclusive_licence"  # 独占许可
    SOLE_LICENCE = "sole_licence"  # 排他许可
    PLEDGE = "pledge"  # 质押
    SUSPENSION = "suspension"  # 中止 (rule 103: ownership dispute)
    PRESERVATION = "preservation"  # 财产保全 (rule 104)
    OTHER = "other"  # 其他妨碍有效实施的情形


class Patent(Base):
    """One patent of one organisation. `number` holds its check digit (constraint); dates are calendar days at home."""

    __tablename__ = "patents"
    __table_args__ = (
        UniqueConstraint("owner_id", "number"),
        UniqueConstraint("id", "number"),  # what hangs on a patent may carry its number
        CheckConstraint("is_patent_number(number)", name="number"),
        CheckConstraint("granted_on IS NULL OR granted_on > filed_on", name="granted"),
        CheckConstraint("expires_on > filed_on", name="expires"),
        CheckConstraint(
            "legal_status = 'pending' OR (granted_on IS NOT NULL AND filed_on IS NOT NULL AND expires_on IS NOT NULL)",
            name="status",
        ),
        CheckConstraint("(filed_on IS NULL) = (expires_on IS NULL)", name="dates"),
        CheckConstraint("published_at IS NULL OR filed_on IS NOT NULL", name="published"),
        CheckConstraint("annuity_paid_through >= 0 AND annuity_paid_through <= 20", name="annuity"),
        CheckConstraint("(conclusion = 'none') = (report_no = '')", name="report"),
        Index("patents_number", "number"),
        Index("patents_published", "published_at", postgresql_where=text("published_at IS NOT NULL")),
        Index("patents_ipc", "ipc", postgresql_using="gin"),
        words_index("patents_words"),
    )

    id: Mapped[pk]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    number: Mapped[str]  # 201710601862.3, without ZL
    kind: Mapped[PatentKind]
    title: Mapped[str]
    title_en: Mapped[str] = mapped_column(default="", server_default="")
    abstract: Mapped[str] = mapped_column(default="", server_default="")
    use_text: Mapped[str] = mapped_column(default="", server_default="")  # 用途: what it is for, in plain sentences
    products: Mapped[str] = mapped_column(default="", server_default="")  # what can be made or mended, comma separated
    industry: Mapped[str] = mapped_column(default="", server_default="")  # GB/T 4754-2017, e.g. C3562
    ipc: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    locarno: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    publication_no: Mapped[str] = mapped_column(default="", server_default="")
    family: Mapped[str] = mapped_column(default="", server_default="")
    # Day of filing. A list of numbers alone gives private, pending patents without it (`lacks_dates`); whatever is
    # published, or more than pending, has both dates (constraints).
    filed_on: Mapped[date] = mapped_column(nullable=True)
    granted_on: Mapped[date | None]  # day of the grant announcement
    # The first day on which it protects no more (专利法 art. 42).
    expires_on: Mapped[date] = mapped_column(nullable=True)
    legal_status: Mapped[LegalStatus]
    annuity_paid_through: Mapped[int] = mapped_column(default=0, server_default="0")  # number of the last year paid
    report_no: Mapped[str] = mapped_column(default="", server_default="")
    report_on: Mapped[date | None]
    conclusion: Mapped[Conclusion] = mapped_column(default=Conclusion.NONE, server_default="none")
    registered_holders: Mapped[str] = mapped_column(default="", server_default="")  # names as the register has them
    register_checked_on: Mapped[date | None]
    region: Mapped[str] = mapped_column(default="", server_default="")  # GB/T 2260, of the owner unless said otherwise
    contact_name: Mapped[str] = mapped_column(default="", server_default="")
    contact_phone: Mapped[str] = mapped_column(default="", server_default="")
    contact_email: Mapped[str] = mapped_column(default="", server_default="")
    search_words: Mapped[str] = mapped_column(default="", server_default="")  # cut by app.search, space separated
    search_vector: Mapped[Any] = mapped_column(TSVECTOR, words_vector(), nullable=True, deferred=True)
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[moment]
    changed_at: Mapped[moment]
    published_at: Mapped[datetime | None]  # when it came into the public portfolio; private until then

    owner: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    holders: Mapped[list["Holder"]] = relationship(
        back_populates="patent", lazy="raise_on_sql", order_by="Holder.position", cascade="all, delete-orphan"
    )
    inventors: Mapped[list["Inventor"]] = relationship(
        back_populates="patent", lazy="raise_on_sql", order_by="Inventor.position", cascade="all, delete-orphan"
    )
    encumbrances: Mapped[list["Encumbrance"]] = relationship(back_populates="patent", lazy="raise_on_sql")

    @property
    def shown_number(self) -> str:
        """``ZL201710601862.3``."""
        digits, check = self.number.split(".")
        return PatentNumber(digits, check).shown

    @property
    def is_published(self) -> bool:
        return self.published_at is not None

    @property
    def lacks_dates(self) -> bool:
        """Whether the day of filing has not been told yet; such a patent is private and counts as pending."""
        return None in (self.filed_on, self.expires_on)


class Holder(Base):
    """One patentee 专利权人 with its share; the shares of a patent add up to the whole when it is declared."""

    __tablename__ = "patent_holders"
    __table_args__ = (
        UniqueConstraint("patent_id", "position"),
        CheckConstraint("share > 0 AND share <= 10000", name="share"),
        CheckConstraint("name <> ''", name="name"),
    )

    id: Mapped[pk]
    patent_id: Mapped[UUID] = mapped_column(ForeignKey("patents.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    name: Mapped[str]
    code: Mapped[str] = mapped_column(default="", server_default="")  # 统一社会信用代码; none for private persons
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    share: Mapped[int]  # basis points
    email: Mapped[str] = mapped_column(default="", server_default="")

    patent: Mapped[Patent] = relationship(back_populates="holders", lazy="raise_on_sql")


class Inventor(Base):
    """One inventor 发明人 with the share of what goes to the inventors; personal data, never public beyond the name."""

    __tablename__ = "patent_inventors"
    __table_args__ = (
        UniqueConstraint("patent_id", "position"),
        CheckConstraint("share >= 0 AND share <= 10000", name="share"),
        CheckConstraint("name <> ''", name="name"),
    )

    id: Mapped[pk]
    patent_id: Mapped[UUID] = mapped_column(ForeignKey("patents.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    name: Mapped[str]
    department: Mapped[str] = mapped_column(default="", server_default="")
    share: Mapped[int] = mapped_column(default=0, server_default="0")  # basis points of the inventors' part
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)

    patent: Mapped[Patent] = relationship(back_populates="inventors", lazy="raise_on_sql")


class Encumbrance(Base):
    """A licence, pledge, suspension or preservation on a patent, from `starts_on` up to and without `ends_on`."""

    __tablename__ = "patent_encumbrances"
    __table_args__ = (
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="period"),
        CheckConstraint("holder <> ''", name="holder"),
        Index("patent_encumbrances_pledges", "ends_on", postgresql_where=text("kind = 'pledge'")),
    )

    id: Mapped[pk]
    patent_id: Mapped[UUID] = mapped_column(ForeignKey("patents.id", ondelete="CASCADE"), index=True)
    kind: Mapped[EncumbranceKind]
    holder: Mapped[str]  # licensee, pledgee, court, other party
    holder_email: Mapped[str] = mapped_column(default="", server_default="")  # where a pledgee's consent is asked
    reference: Mapped[str] = mapped_column(default="", server_default="")  # contract, registration or case number
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[moment]

    patent: Mapped[Patent] = relationship(back_populates="encumbrances", lazy="raise_on_sql")

    def is_active(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


class FeeReduction(Base):
    """A reduction of fees that CNIPA has on file 费减备案, from `starts_on` up to and without `ends_on`."""

    __tablename__ = "patent_reductions"
    __table_args__ = (
        UniqueConstraint("patent_id", "starts_on"),
        CheckConstraint("percent > 0 AND percent <= 100", name="percent"),
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="period"),
        CheckConstraint("reference <> ''", name="reference"),
    )

    id: Mapped[pk]
    patent_id: Mapped[UUID] = mapped_column(ForeignKey("patents.id", ondelete="CASCADE"))
    percent: Mapped[int]
    reference: Mapped[str]  # the number under which it is on file
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    created_at: Mapped[moment]


# The constraint on numbers calls a function; the migration makes it, and so does a schema made of the models alone.
event.listen(
    Patent.__table__,
    "before_create",
    DDL(  # type: ignore[no-untyped-call]
        """
CREATE OR REPLACE FUNCTION is_patent_number(number text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT number ~ ('^((200[3-9]|20[1-9][0-9]|2100)[12389][0-9]{7}'
            || '|(8[5-9]|9[0-9]|0[0-3])[12389][0-9]{5})\\.[0-9X]$')
        AND right(number, 1) = substr('0123456789X', 1 + (
            SELECT sum(substr(number, place, 1)::int * (2 + (place - 1) %% 8))::int %% 11
            FROM generate_series(1, position('.' IN number) - 1) AS place
        ), 1)
$$
"""
    ),
)
