"""Licences: taken by notice and payment, or given by contract (domain.md B.3, B.4; flows-market.md §2)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
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


class Review(StrEnum):
    """Why the operator looks at a licence before, or after, it counts (flows-market.md §5)."""

    NONE = ""
    SAME_DAY = "same_day"  # paid on the very day on which the withdrawal was announced
    RECORDED_LATE = "recorded_late"  # the withdrawal was announced before it took effect, but recorded after
    NOTHING_DUE = "nothing_due"  # a free licence, where the settings ask for a look at it


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
        Index("licences_to_review", "changed_at", postgresql_where=text("review <> '' AND reviewed_at IS NULL")),
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
    review: Mapped[Review] = mapped_column(default=Review.NONE, server_default="")
    review_note: Mapped[str] = mapped_column(default="", server_default="")  # what the operator decided, and why
    reviewed_at: Mapped[datetime | None]
    reviewed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    payment_reminders: Mapped[int] = mapped_column(default=0, server_default="0")
    filing_reminders: Mapped[int] = mapped_column(default=0, server_default="0")
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

    @property
    def awaits_review(self) -> bool:
        """Whether the operator has still to look at it."""
        return self.review is not Review.NONE and self.reviewed_at is None


class LicenceInstalment(Base):
    """A fixed payment that falls due after a licence took effect; its fee note is issued thirty days before."""

    __tablename__ = "licence_instalments"
    __table_args__ = (
        UniqueConstraint("licence_id", "number"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("licence_instalments_due", "due_on", postgresql_where=text("is_closed = false")),
    )

    id: Mapped[pk]
    licence_id: Mapped[UUID] = mapped_column(ForeignKey("licences.id"), index=True)
    licensor_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    licensee_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    number: Mapped[int]  # 2 for the first one after the notice
    due_on: Mapped[date]
    amount_minor: Mapped[minor]
    fee_note_id: Mapped[UUID | None] = mapped_column(ForeignKey("fee_notes.id"), unique=True)
    is_closed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))  # earned, or not owed any more

    licence: Mapped[Licence] = relationship(lazy="raise_on_sql")


class DisputeState(StrEnum):
    """专利法 art. 52: negotiate, then mediation or a court. Duties go on meanwhile."""

    NEGOTIATING = "negotiating"  # 协商
    MEDIATING = "mediating"  # 调解
    COURT = "court"  # 诉讼
    SETTLED = "settled"  # 已了结


class Dispute(Base):
    """A dispute about a licence, from the claim to its end."""

    __tablename__ = "licence_disputes"
    __table_args__ = (
        Index("licence_disputes_one_open", "licence_id", unique=True, postgresql_where=text("state <> 'settled'")),
        Index("licence_disputes_mediated", "opened_at", postgresql_where=text("state = 'mediating'")),
        CheckConstraint("claim <> ''", name="claim"),
        CheckConstraint("(state = 'settled') = (settled_at IS NOT NULL)", name="settled"),
    )

    id: Mapped[pk]
    licence_id: Mapped[UUID] = mapped_column(ForeignKey("licences.id"), index=True)
    licensor_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    licensee_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    state: Mapped[DisputeState] = mapped_column(default=DisputeState.NEGOTIATING)
    opened_by_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)  # the side that claims
    claim: Mapped[str]
    amount_minor: Mapped[int | None]  # what is claimed, in fen
    court: Mapped[str] = mapped_column(default="", server_default="")  # name of the court or of CNIPA, and case number
    outcome: Mapped[str] = mapped_column(default="", server_default="")
    opened_at: Mapped[moment]
    settled_at: Mapped[datetime | None]

    licence: Mapped[Licence] = relationship(lazy="raise_on_sql")
    entries: Mapped[list["DisputeEntry"]] = relationship(
        back_populates="dispute", lazy="raise_on_sql", order_by="DisputeEntry.position"
    )


class EntryKind(StrEnum):
    """What is added to a dispute."""

    STATEMENT = "statement"  # of a side
    NOTE = "note"  # of the mediator
    PROPOSAL = "proposal"  # of the mediator: both sides answer
    ACCEPTED = "accepted"
    REFUSED = "refused"
    STEP = "step"  # on to mediation, to a court, settled


class DisputeEntry(Base):
    """One paper of a dispute; never changed. `organisation_id` is the side that wrote it, or the operator."""

    __tablename__ = "licence_dispute_entries"
    __table_args__ = (UniqueConstraint("dispute_id", "position"), CheckConstraint("text <> ''", name="text"))

    id: Mapped[pk]
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("licence_disputes.id"), index=True)
    licensor_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    licensee_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    position: Mapped[int]
    kind: Mapped[EntryKind]
    text: Mapped[str]
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    written_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[moment]

    dispute: Mapped[Dispute] = relationship(back_populates="entries", lazy="raise_on_sql")
