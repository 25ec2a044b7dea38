"""Declarations of an open licence 开放许可声明, from draft to withdrawal (domain.md B.1, B.4; flows-market.md §2)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation, User
from app.core.db import Base, minor, moment, pk
from app.market.patents.models import Patent


class DeclarationState(StrEnum):
    """flows-market.md §2 "Declaration"."""

    DRAFT = "draft"  # 草稿
    CONSENTING = "consenting"  # 待同意、公示中: the text is locked
    READY = "ready"  # 可提交
    FILED = "filed"  # 已提交国知局
    CORRECTION = "correction"  # 补正
    GIVEN_UP = "given_up"  # 已放弃: before it was filed
    REFUSED = "refused"  # 不予公告、视为未提出
    ANNOUNCED = "announced"  # 已公告: in effect (专利法 art. 51)
    WITHDRAWING = "withdrawing"  # 撤回中: still in effect
    WITHDRAWN = "withdrawn"  # 已撤回
    EXPIRED = "expired"  # 届满
    LAPSED = "lapsed"  # 专利失效


ENDED = (
    DeclarationState.GIVEN_UP, DeclarationState.REFUSED, DeclarationState.WITHDRAWN, DeclarationState.EXPIRED,
    DeclarationState.LAPSED,
)  # fmt: skip
OPEN = (DeclarationState.ANNOUNCED, DeclarationState.WITHDRAWING)  # anybody may take a licence
# From the filing on: of a patent, whoever keeps copies of it, only one declaration is so far (open_licences_one_filed)
WITH_CNIPA = (DeclarationState.FILED, DeclarationState.CORRECTION, *OPEN)
LOCKED = (DeclarationState.CONSENTING, DeclarationState.READY, DeclarationState.FILED, *OPEN)


class PriceForm(StrEnum):
    """The one announced way of paying (专利法实施细则 rule 85 (3); 民法典 846)."""

    FREE = "free"  # 免费
    LUMP_SUM = "lump_sum"  # 一次性付费
    INSTALMENTS = "instalments"  # 分期
    ROYALTY = "royalty"  # 提成
    UPFRONT_ROYALTY = "upfront_royalty"  # 入门费附加提成

    @property
    def has_royalty(self) -> bool:
        return self in {PriceForm.ROYALTY, PriceForm.UPFRONT_ROYALTY}


class RoyaltyBase(StrEnum):
    """What a royalty is a share of (民法典 846)."""

    NET_SALES = "net_sales"  # 净销售额
    PROFIT = "profit"  # 利润
    OUTPUT_VALUE = "output_value"  # 新增产值


class OpenLicence(Base):
    """One declaration for one patent, with its one announced price. Amounts in fen, rates in basis points.

    The terms are locked with the first consent asked for; `terms_hash` is what was agreed to.
    """

    __tablename__ = "open_licences"
    __table_args__ = (
        Index(
            "open_licences_one_live", "patent_id", unique=True,
            postgresql_where=text("state NOT IN ('given_up', 'refused', 'withdrawn', 'expired', 'lapsed')"),
        ),
        # Co-owners each keep a copy of a patent: of a number one declaration is filed or open.
        Index(
            "open_licences_one_filed", "patent_number", unique=True,
            postgresql_where=text("state IN ('filed', 'correction', 'announced', 'withdrawing')"),
        ),
        ForeignKeyConstraint(
            ["patent_id", "patent_number"], ["patents.id", "patents.number"], onupdate="CASCADE",
        ),
        Index(
            "open_licences_announced", "announced_on",
            postgresql_where=text("state IN ('announced', 'withdrawing')"),
        ),
        Index("open_licences_pilot", "pilot_at", postgresql_where=text("pilot_at IS NOT NULL")),
        CheckConstraint(
            "price_form <> 'free' OR (lump_minor = 0 AND upfront_minor = 0 AND rate = 0)", name="free"
        ),
        CheckConstraint("price_form <> 'lump_sum' OR (lump_minor > 0 AND rate = 0)", name="lump_sum"),
        CheckConstraint("price_form NOT IN ('royalty', 'upfront_royalty') OR royalty_base IS NOT NULL", name="royalty"),
        CheckConstraint(
            "lump_minor >= 0 AND upfront_minor >= 0 AND rate BETWEEN 0 AND 10000"
            " AND (floor_minor IS NULL OR floor_minor >= 0) AND (cap_minor IS NULL OR cap_minor > 0)"
            " AND (floor_minor IS NULL OR cap_minor IS NULL OR floor_minor <= cap_minor)",
            name="amounts",
        ),
        CheckConstraint(
            "state NOT IN ('announced', 'withdrawing', 'withdrawn', 'expired', 'lapsed')"
            " OR (announced_on IS NOT NULL AND announcement_no <> '' AND announcement_source <> '')",
            name="announced",
        ),
        CheckConstraint("state <> 'withdrawn' OR ended_on IS NOT NULL", name="ended"),
        CheckConstraint("state IN ('draft', 'given_up') OR terms_hash <> ''", name="locked"),
        CheckConstraint("length(basis_note) <= 2000", name="basis_note"),
    )  # fmt: skip

    id: Mapped[pk]
    number: Mapped[str] = mapped_column(unique=True)  # OL-2026-000001
    patent_id: Mapped[UUID] = mapped_column(ForeignKey("patents.id"), index=True)
    patent_number: Mapped[str] = mapped_column(server_default="")  # that of the patent, kept equal by the database
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[DeclarationState] = mapped_column(default=DeclarationState.DRAFT)
    pilot_at: Mapped[datetime | None]  # listed as a pilot 试点 since; has no effect of art. 51

    price_form: Mapped[PriceForm] = mapped_column(default=PriceForm.FREE)
    lump_minor: Mapped[minor] = mapped_column(default=0, server_default="0")
    upfront_minor: Mapped[minor] = mapped_column(default=0, server_default="0")
    # [{"months": 0, "minor": 1000000}, …]: due so many months after the licence takes effect; the first is due at once
    instalments: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    rate: Mapped[int] = mapped_column(default=0, server_default="0")  # basis points
    royalty_base: Mapped[RoyaltyBase | None]
    # rising or falling rate: [{"from_minor": 0, "rate": 300}, …] on the sum of a period; empty for one rate
    rate_steps: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    floor_minor: Mapped[int | None]  # a period's least and most
    cap_minor: Mapped[int | None]
    period_months: Mapped[int] = mapped_column(default=12, server_default="12")  # of a royalty report
    currency: Mapped[str] = mapped_column(default="CNY", server_default="CNY")
    basis_note: Mapped[str] = mapped_column(default="", server_default="")  # how the price was found
    limit_reason: Mapped[str] = mapped_column(default="", server_default="")  # why above the usual limits
    calculation: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    price_set_at: Mapped[datetime | None]  # None until somebody has chosen the price

    term_months: Mapped[int | None]  # of each licence; None: to the patent's expiry
    territory: Mapped[str] = mapped_column(default="CN", server_default="CN")
    use_text: Mapped[str] = mapped_column(default="", server_default="")
    not_included: Mapped[str] = mapped_column(default="", server_default="")  # know-how, samples, training
    other_terms: Mapped[str] = mapped_column(default="", server_default="")
    promotion_answer: Mapped[str] = mapped_column(default="", server_default="")  # why marked words are facts (rule 85)
    notice_name: Mapped[str] = mapped_column(default="", server_default="")  # where a notice counts as received
    notice_email: Mapped[str] = mapped_column(default="", server_default="")
    notice_phone: Mapped[str] = mapped_column(default="", server_default="")
    notice_address: Mapped[str] = mapped_column(default="", server_default="")
    inventors_share: Mapped[int] = mapped_column(default=5000, server_default="5000")  # basis points of net income
    department_share: Mapped[int] = mapped_column(default=0, server_default="0")

    terms_hash: Mapped[str] = mapped_column(default="", server_default="")
    terms_text: Mapped[str] = mapped_column(default="", server_default="")  # the full text that was agreed to
    locked_at: Mapped[datetime | None]
    publicity_from: Mapped[date | None]
    publicity_until: Mapped[date | None]  # the first day after it
    publicity_closed_at: Mapped[datetime | None]
    publicity_closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    checked_at: Mapped[datetime | None]  # the operator has compared it with the register
    checked_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    return_reasons: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))  # sent back for these
    return_note: Mapped[str] = mapped_column(default="", server_default="")

    accept_no: Mapped[str] = mapped_column(default="", server_default="")  # CNIPA's acceptance number
    filed_on: Mapped[date | None]
    correction_note: Mapped[str] = mapped_column(default="", server_default="")
    correction_due_on: Mapped[date | None]
    announcement_no: Mapped[str] = mapped_column(default="", server_default="")
    announced_on: Mapped[date | None]  # gazette day, not the day of recording
    announcement_source: Mapped[str] = mapped_column(default="", server_default="")
    withdrawal_reason: Mapped[str] = mapped_column(default="", server_default="")
    withdrawal_accept_no: Mapped[str] = mapped_column(default="", server_default="")
    withdrawal_filed_on: Mapped[date | None]
    withdrawal_announcement_no: Mapped[str] = mapped_column(default="", server_default="")
    ended_on: Mapped[date | None]  # the announcement of the withdrawal, the expiry, or the lapse
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    created_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[moment]
    changed_at: Mapped[moment]

    patent: Mapped[Patent] = relationship(
        lazy="raise_on_sql", primaryjoin="OpenLicence.patent_id == Patent.id", foreign_keys=[patent_id]
    )
    owner: Mapped[Organisation] = relationship(lazy="raise_on_sql")
    consents: Mapped[list["Consent"]] = relationship(
        back_populates="open_licence", lazy="raise_on_sql", order_by="Consent.created_at"
    )

    @property
    def is_open(self) -> bool:
        """Announced and not yet ended: anybody may take a licence (专利法 art. 51)."""
        return self.state in OPEN

    @property
    def is_pilot(self) -> bool:
        """Listed, but not announced: interest only."""
        return self.pilot_at is not None and not self.is_open and self.state not in ENDED

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
        return self.pilot_at is not None or self.announced_on is not None

    @property
    def due_now_minor(self) -> int:
        """What is paid with the notice, in fen; 0 for a free licence and a pure royalty."""
        if self.price_form is PriceForm.INSTALMENTS:
            return sum(int(part["minor"]) for part in self.instalments if not part["months"])
        return self.lump_minor if self.price_form is PriceForm.LUMP_SUM else self.upfront_minor


class FigureKind(StrEnum):
    """What an industry figure says."""

    LUMP_SUM = "lump_sum"  # fen
    SALES_RATE = "sales_rate"  # basis points of net sales
    PROFIT_RATE = "profit_rate"  # basis points of profit


class IndustryFigure(Base):
    """What licences of an industry cost in a year, from a source; loaded data (CNIPA's estimate guide, B.2)."""

    __tablename__ = "industry_figures"
    __table_args__ = (
        UniqueConstraint("industry", "kind", "year"),
        CheckConstraint("low >= 0 AND low <= median AND median <= high AND cases > 0", name="order"),
        CheckConstraint("source <> '' AND industry <> ''", name="source"),
    )

    id: Mapped[pk]
    industry: Mapped[str]  # GB/T 4754-2017: a section (C) or a class below it (C35, C3562)
    kind: Mapped[FigureKind]
    year: Mapped[int]
    low: Mapped[int]  # fen or basis points, by kind: a tenth of the licences cost less
    median: Mapped[int]
    high: Mapped[int]  # a tenth cost more
    cases: Mapped[int]
    source: Mapped[str]
    is_illustrative: Mapped[bool] = mapped_column(default=True, server_default=text("true"))  # no real statistics


class ConsentRole(StrEnum):
    """Whose consent is needed."""

    CO_OWNER = "co_owner"  # 共有人 (专利法 art. 14; CNIPA FAQ 3)
    PLEDGEE = "pledgee"  # 质权人 (民法典 444; rule 86 (4))


class ConsentPurpose(StrEnum):
    """What is agreed to."""

    DECLARATION = "declaration"
    WITHDRAWAL = "withdrawal"


class ConsentState(StrEnum):
    """A link is sent, then answered once; changed terms void it."""

    ASKED = "asked"
    AGREED = "agreed"
    REFUSED = "refused"
    VOID = "void"


class CodeWay(StrEnum):
    """How a one-time code went to whoever answers."""

    MAIL = "mail"
    TEXT = "text"  # a text message to a telephone


class Consent(Base):
    """The consent of one co-owner or pledgee, asked for by a link that only its receiver sees (flows-market.md b)."""

    __tablename__ = "open_licence_consents"
    __table_args__ = (
        Index(
            "open_licence_consents_one", "open_licence_id", "purpose", "role", "party_name", unique=True,
            postgresql_where=text("state <> 'void'"),
        ),
        CheckConstraint("state <> 'agreed' OR (answered_at IS NOT NULL AND signer_name <> '')", name="agreed"),
        CheckConstraint("state <> 'refused' OR reason <> ''", name="refused"),
        CheckConstraint("code_way <> 'text' OR phone <> ''", name="code_way"),
    )  # fmt: skip

    id: Mapped[pk]
    open_licence_id: Mapped[UUID] = mapped_column(ForeignKey("open_licences.id"), index=True)
    purpose: Mapped[ConsentPurpose]
    role: Mapped[ConsentRole]
    party_name: Mapped[str]
    email: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    terms_hash: Mapped[str]  # of the text that is agreed to
    state: Mapped[ConsentState] = mapped_column(default=ConsentState.ASKED)
    expires_at: Mapped[datetime]
    code_hash: Mapped[str] = mapped_column(default="", server_default="")  # one-time code sent to the receiver
    code_attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    code_sent_at: Mapped[datetime | None]
    phone: Mapped[str] = mapped_column(default="", server_default="")  # E.164, where codes go as text messages
    code_way: Mapped[CodeWay | None]  # of the newest code; what an answer was given with
    signer_name: Mapped[str] = mapped_column(default="", server_default="")
    signer_phone: Mapped[str] = mapped_column(default="", server_default="")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    answered_at: Mapped[datetime | None]
    created_at: Mapped[moment]

    open_licence: Mapped[OpenLicence] = relationship(back_populates="consents", lazy="raise_on_sql")


class Objection(Base):
    """An objection of a named person within the publicity 公示异议; it holds the declaration until it is answered."""

    __tablename__ = "open_licence_objections"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answer"),
        CheckConstraint("closed_by_id IS NULL OR closed_by_id <> answered_by_id", name="two_persons"),
    )

    id: Mapped[pk]
    open_licence_id: Mapped[UUID] = mapped_column(ForeignKey("open_licences.id"), index=True)
    raised_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    contact: Mapped[str]
    reason: Mapped[str]
    answer: Mapped[str] = mapped_column(default="", server_default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[moment]

    open_licence: Mapped[OpenLicence] = relationship(lazy="raise_on_sql")
    answered_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[answered_by_id])


class StateChange(Base):
    """One step of a declaration, for the timeline, the feeds and OAI-PMH; never changed (trigger)."""

    __tablename__ = "open_licence_changes"
    __table_args__ = (UniqueConstraint("open_licence_id", "position"),)

    id: Mapped[pk]
    open_licence_id: Mapped[UUID] = mapped_column(ForeignKey("open_licences.id"), index=True)
    position: Mapped[int]
    state: Mapped[DeclarationState]
    effective_on: Mapped[date]
    note: Mapped[str] = mapped_column(default="", server_default="")
    changed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[moment]
