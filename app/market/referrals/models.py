"""Referrals 转介: what an organisation asks of a bank or an IP institution, and what becomes of it (domain.md H.5)."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from app.accounts.models import Organisation, User
from app.core.db import Base, moment, pk
from app.market.patents.models import Patent


class ReferralKind(StrEnum):
    """What is asked for. The platform only refers: no loan and no report of its own."""

    PLEDGE = "pledge"  # 专利质押融资
    SEARCH = "search"  # 专利检索
    ANALYSIS = "analysis"  # 专利分析
    WATCH = "watch"  # 专利监测
    EVALUATION = "evaluation"  # 专利权评价报告协办


class ReferralState(StrEnum):
    """Where a request stands; `NEXT` says what may follow."""

    ASKED = "asked"  # 已提交: the operator looks for a partner
    PASSED = "passed"  # 已转介: the partner has to answer
    TALKING = "talking"  # 对接中
    AGREED = "agreed"  # 已达成
    DECLINED = "declined"  # 未受理, with the reason
    WITHDRAWN = "withdrawn"  # 已撤回 by the applicant
    LAPSED = "lapsed"  # 已失效: no answer in time


_S = ReferralState
NEXT = {
    _S.ASKED: frozenset({_S.PASSED, _S.DECLINED, _S.WITHDRAWN}),
    _S.PASSED: frozenset({_S.TALKING, _S.DECLINED, _S.WITHDRAWN, _S.LAPSED}),
    _S.TALKING: frozenset({_S.AGREED, _S.DECLINED, _S.WITHDRAWN, _S.LAPSED}),
    _S.AGREED: frozenset(),
    _S.DECLINED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.LAPSED: frozenset(),
}
LIVE = (_S.ASKED, _S.PASSED, _S.TALKING)
SHOWN = (_S.PASSED, _S.TALKING, _S.AGREED)  # states in which the partner reads what was shared


class Partner(Base):
    """An organisation that the operator lists: what it offers and where. Public facts only, of no tenant."""

    __tablename__ = "referral_partners"
    __table_args__ = (CheckConstraint("cardinality(kinds) > 0", name="kinds"),)

    id: Mapped[pk]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), unique=True)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))  # values of ReferralKind
    regions: Mapped[list[str]] = mapped_column(ARRAY(Text))  # GB/T 2260, two or four digits; none: everywhere
    about: Mapped[str] = mapped_column(default="", server_default="")
    about_en: Mapped[str] = mapped_column(default="", server_default="")
    is_listed: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    created_at: Mapped[moment]
    changed_at: Mapped[moment]

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")

    def serves(self, kind: ReferralKind, region: str | None = None) -> bool:
        """Whether it offers a kind, and to an organisation of a region where one is given."""
        here = region is None or not self.regions or any(region.startswith(one) for one in self.regions)
        return kind.value in self.kinds and here


class Referral(Base):
    """One request. `shared` holds, word for word, everything of the applicant that the partner is shown (个保法 23)."""

    __tablename__ = "referrals"
    __table_args__ = (
        Index(
            "referrals_one_asked", "patent_id", unique=True,
            postgresql_where=text("kind = 'pledge' AND state = 'asked'"),
        ),
        Index(
            "referrals_one_each", "patent_id", "partner_id", unique=True,
            postgresql_where=text("kind = 'pledge' AND state IN ('passed', 'talking')"),
        ),
        Index("referrals_due", "due_at", postgresql_where=text("state IN ('asked', 'passed', 'talking')")),
        Index("referrals_applicant", "applicant_id", "changed_at"),
        Index("referrals_partner", "partner_id", "changed_at"),
        CheckConstraint("partner_id IS NULL OR partner_id <> applicant_id", name="parties"),
        CheckConstraint(
            "state IN ('declined', 'withdrawn') OR (state = 'asked') = (partner_id IS NULL)", name="partner"
        ),
        CheckConstraint("kind <> 'pledge' OR patent_id IS NOT NULL", name="patent"),
        CheckConstraint("state <> 'declined' OR reason <> ''", name="reason"),
        CheckConstraint("(state IN ('asked', 'passed', 'talking')) = (due_at IS NOT NULL)", name="due"),
        CheckConstraint("(state IN ('asked', 'passed', 'talking')) = (ended_at IS NULL)", name="ended"),
        CheckConstraint(
            "(state = 'agreed') = (agreed_minor IS NOT NULL) AND (agreed_months IS NULL OR agreed_months > 0)"
            " AND agreed_minor >= 0 AND asked_minor >= 0 AND (kind <> 'pledge' OR agreed_minor IS DISTINCT FROM 0)",
            name="amounts",
        ),
        CheckConstraint("encumbrance_id IS NULL OR (kind = 'pledge' AND state = 'agreed')", name="encumbrance"),
    )  # fmt: skip

    id: Mapped[pk]
    number: Mapped[str] = mapped_column(unique=True)  # RF-2026-000001
    kind: Mapped[ReferralKind]
    state: Mapped[ReferralState]
    applicant_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    partner_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"))
    patent_id: Mapped[UUID | None] = mapped_column(ForeignKey("patents.id"), index=True)
    wish: Mapped[str]  # what is needed, in the applicant's words
    asked_minor: Mapped[int | None]  # the loan wished for, in fen
    currency: Mapped[str] = mapped_column(default="CNY", server_default="CNY")
    shared: Mapped[dict[str, Any]]
    consent: Mapped[str]  # the sentence that was agreed to, in the language in which it was read
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    due_at: Mapped[datetime | None]  # until when whoever has it must act
    agreed_minor: Mapped[int | None]
    agreed_months: Mapped[int | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    encumbrance_id: Mapped[UUID | None] = mapped_column(ForeignKey("patent_encumbrances.id"), unique=True)
    created_at: Mapped[moment]
    changed_at: Mapped[moment]

    applicant: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[applicant_id])
    partner: Mapped[Organisation | None] = relationship(lazy="raise_on_sql", foreign_keys=[partner_id])
    patent: Mapped[Patent | None] = relationship(lazy="raise_on_sql")
    asked_by: Mapped[User] = relationship(lazy="raise_on_sql")
    steps: Mapped[list["ReferralStep"]] = relationship(lazy="raise_on_sql", order_by="ReferralStep.position")

    @property
    def is_live(self) -> bool:
        """Whether somebody still has to act."""
        return self.state in LIVE

    @property
    def is_shown(self) -> bool:
        """Whether the partner may read what was shared; nothing any more once it came to nothing."""
        return self.state in SHOWN

    @property
    def lacks_pledge(self) -> bool:
        """Whether the agreed pledge waits to be noted at the patent."""
        agreed = self.kind is ReferralKind.PLEDGE and self.state is ReferralState.AGREED
        return agreed and self.encumbrance_id is None


class ReferralStep(Base):
    """One step of a request, read by both sides; never changed (trigger)."""

    __tablename__ = "referral_steps"
    __table_args__ = (UniqueConstraint("referral_id", "position"),)

    id: Mapped[pk]
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referrals.id"))
    position: Mapped[int]
    state: Mapped[ReferralState]
    note: Mapped[str] = mapped_column(default="", server_default="")
    made_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[moment]
