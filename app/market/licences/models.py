"""Licences: taken by notice and payment, or given by contract (domain.md B.3, B.4; flows-market.md §2)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation
from app.core.db import Base, minor, moment, pk
from app.market.open_licences.models import OpenLicence, PriceForm, RoyaltyBase
from app.market.patents.models import Patent


class LicenceKind(StrEnum):
    """What the licensee gets."""

    OPEN = "open"  # 开放许可: ordinary by law
    ORDINARY = "ordinary"  # 普通许可, negotiated
    SOLE = "sole"  # 排他许可
    EXCLUSIVE = "exclusive"  # 独占许可
    TRANSFER = "transfer"  # 专利权转让


class LicenceState(StrEnum):
    """flows-market.md §2 "Licence"; a dispute is a flag, for duties go on."""

    NOTICED = "noticed"  # 已通知: no licence until paid
    EFFECTIVE = "effective"  # 生效、待备案
    FILED = "filed"  # 已备案
    ENDED = "ended"  # 届满或终止
    VOID = "void"  # 未付清，通知失效


LIVE = (LicenceState.EFFECTIVE, LicenceState.FILED)


class Licence(Base):
    """One licence of one licensee. It is in effect from the later of notice received and payment cleared
    (专利法 art. 51), with no step of the patentee. Terms are frozen when the notice is given.
    """

    __tablename__ = "licences"
    __table_args__ = (
        Index(
            "licences_one_per_licensee", "open_licence_id", "licensee_id", unique=True,
            postgresql_where=text("state NOT IN ('void', 'ended') AND open_licence_id IS NOT NULL"),
        ),
        Index("licences_to_file", "filing_due_on", postgresql_where=text("state = 'effective'")),
        Index("licences_unpaid", "void_on", postgresql_where=text("state = 'noticed'")),
        Index("licences_licensor", "licensor_id", "state"),
        CheckConstraint("(kind = 'open') = (open_licence_id IS NOT NULL)", name="kind"),
        CheckConstraint("received_on IS NOT NULL AND notice_hash <> ''", name="notice"),
        CheckConstraint(
            "state IN ('noticed', 'void') OR due_now_minor = 0 OR paid_on IS NOT NULL", name="paid"
        ),
        CheckConstraint(
            "(state IN ('noticed', 'void')) = (number IS NULL) AND (number IS NULL) = (effective_on IS NULL)",
            name="number",
        ),
        CheckConstraint(
            "kind <> 'open' OR effective_on IS NULL OR effective_on = greatest(received_on, paid_on)", name="effective"
        ),
        CheckConstraint("effective_on IS NULL OR ends_on > effective_on", name="ends"),
        CheckConstraint("state <> 'filed' OR (filing_no <> '' AND filed_on IS NOT NULL)", name="filed"),
        CheckConstraint("state <> 'ended' OR ended_on IS NOT NULL", name="ended"),
        CheckConstraint("licensee_id <> licensor_id", name="parties"),
    )  # fmt: skip

    id: Mapped[pk]
    notice_no: Mapped[str] = mapped_column(unique=True)  # LN-2026-000001, given with the notice
    number: Mapped[str | None] = mapped_column(unique=True)  # L-2026-000001, given when it takes effect
    kind: Mapped[LicenceKind]
    open_licence_id: Mapped[UUID | None] = mapped_column(ForeignKey("open_licences.id"), index=True)
    patent_id: Mapped[UUID] = mapped_column(ForeignKey("patents.id"), index=True)
    licensor_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    licensee_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    licensee_party: Mapped[dict[str, Any]]  # name, code, address and whether it was verified, at the notice
    state: Mapped[LicenceState] = mapped_column(default=LicenceState.NOTICED)
    is_disputed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    # The notice of art. 51 as it was given: product, start, use, contact; its text is the paper, the hash its proof.
    notice: Mapped[dict[str, Any]]
    notice_text: Mapped[str]
    notice_hash: Mapped[str]
    noticed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    noticed_at: Mapped[datetime]
    received_on: Mapped[date]  # entry in the inbox that the declaration names (民法典 137), a day at home
    void_on: Mapped[date | None]  # an unpaid notice is void from this day

    # The price as announced, frozen (see OpenLicence for the meaning of each)
    price_form: Mapped[PriceForm]
    due_now_minor: Mapped[minor]
    lump_minor: Mapped[minor]
    upfront_minor: Mapped[minor]
    instalments: Mapped[list[Any]]
    rate: Mapped[int]
    royalty_base: Mapped[RoyaltyBase | None]
    rate_steps: Mapped[list[Any]]
    floor_minor: Mapped[int | None]
    cap_minor: Mapped[int | None]
    period_months: Mapped[int]
    currency: Mapped[str]
    terms: Mapped[dict[str, Any]]  # territory, use, other terms, shares: as announced or signed
    fee_note_id: Mapped[UUID | None] = mapped_column(ForeignKey("fee_notes.id"), unique=True)
    paid_on: Mapped[date | None]  # the bank's value date of the payment that made it whole

    effective_on: Mapped[date | None]
    ends_on: Mapped[date | None]  # the first day on which it holds no more
    filing_due_on: Mapped[date | None]  # three months after it took effect (rule 87, CNIPA FAQ 2)
    filing_no: Mapped[str] = mapped_column(default="", server_default="")
    filed_on: Mapped[date | None]
    filing_file_id: Mapped[UUID | None] = mapped_column(ForeignKey("stored_files.id"), index=True)
    ended_on: Mapped[date | None]
    end_reason: Mapped[str] = mapped_column(default="", server_default="")
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[moment]
    changed_at: Mapped[moment]

    open_licence: Mapped[OpenLicence | None] = relationship(lazy="raise_on_sql")
    patent: Mapped[Patent] = relationship(lazy="raise_on_sql")
    licensor: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[licensor_id])
    licensee: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[licensee_id])

    @property
    def is_live(self) -> bool:
        """Whether the licensee may use the patent (unless its term has passed)."""
        return self.state in LIVE
