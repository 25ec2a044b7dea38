"""Licences and transfers by agreement: offers, the contract with its signatures (民法典 843-877; domain.md C.1)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Organisation
from app.core.db import Base, minor, moment, pk
from app.market.licences.models import LicenceKind
from app.market.open_licences.models import PriceForm, RoyaltyBase
from app.market.patents.models import Patent


class Side(StrEnum):
    """Who speaks."""

    ASKER = "asker"  # 被许可方、受让方
    OWNER = "owner"  # 许可方、让与方

    @property
    def other(self) -> "Side":
        return Side.OWNER if self is Side.ASKER else Side.ASKER


class NegotiationState(StrEnum):
    """flows-market.md §2 "Negotiated"."""

    ASKED = "asked"  # 已询价: the first proposal waits for the owner
    OFFER = "offer"  # 报价中: the last offer waits for the other side
    AGREED = "agreed"  # 已谈妥: the contract is written
    SIGNING = "signing"  # 签署中: one side has signed
    SIGNED = "signed"  # 已签署、待付款
    EFFECTIVE = "effective"  # 已生效
    LAPSED = "lapsed"  # 已失效: nobody answered, signed or paid in time
    DECLINED = "declined"  # 已谢绝


TALKING = (NegotiationState.ASKED, NegotiationState.OFFER)
AT_CONTRACT = (NegotiationState.AGREED, NegotiationState.SIGNING)
LIVE = (*TALKING, *AT_CONTRACT, NegotiationState.SIGNED)


class Negotiation(Base):
    """One organisation asks for one patent on other terms than the open ones, or for a patent that is not open."""

    __tablename__ = "negotiations"
    __table_args__ = (
        Index(
            "negotiations_one_live", "patent_id", "asker_id", unique=True,
            postgresql_where=text("state IN ('asked', 'offer', 'agreed', 'signing', 'signed')"),
        ),
        Index(
            "negotiations_to_lapse", "lapses_at",
            postgresql_where=text("state IN ('asked', 'offer', 'agreed', 'signing', 'signed')"),
        ),
        Index("negotiations_owner", "owner_id", "changed_at"),
        Index("negotiations_asker", "asker_id", "changed_at"),
        CheckConstraint("asker_id <> owner_id", name="parties"),
        CheckConstraint("kind <> 'open'", name="not_open"),
        CheckConstraint("state NOT IN ('effective') OR licence_id IS NOT NULL", name="effective"),
        CheckConstraint("(state IN ('lapsed', 'declined')) = (ended_at IS NOT NULL)", name="ended"),
    )  # fmt: skip

    id: Mapped[pk]
    number: Mapped[str] = mapped_column(unique=True)  # N-2026-000001
    patent_id: Mapped[UUID] = mapped_column(ForeignKey("patents.id"), index=True)
    asker_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"))
    kind: Mapped[LicenceKind]
    state: Mapped[NegotiationState] = mapped_column(default=NegotiationState.ASKED)
    turn: Mapped[Side]  # who answers the last offer
    rounds: Mapped[int] = mapped_column(default=1, server_default="1")
    lapses_at: Mapped[datetime | None]  # counted from the last offer, the agreement or the second signature
    licence_id: Mapped[UUID | None] = mapped_column(ForeignKey("licences.id"), unique=True)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(default="", server_default="")
    asked_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[moment]
    changed_at: Mapped[moment]

    patent: Mapped[Patent] = relationship(lazy="raise_on_sql")
    asker: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[asker_id])
    owner: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[owner_id])
    offers: Mapped[list["Offer"]] = relationship(
        back_populates="negotiation", lazy="raise_on_sql", order_by="Offer.revision"
    )
    contract: Mapped["Contract | None"] = relationship(back_populates="negotiation", lazy="raise_on_sql")

    @property
    def is_talking(self) -> bool:
        """Whether an offer waits for an answer."""
        return self.state in TALKING

    @property
    def is_at_contract(self) -> bool:
        """Whether the contract waits for a signature."""
        return self.state in AT_CONTRACT

    def party(self, side: Side) -> UUID:
        """The organisation on a side."""
        return self.asker_id if side is Side.ASKER else self.owner_id

    def side_of(self, organisation_id: UUID | None) -> Side | None:
        """The side of an organisation, None for strangers."""
        return {self.asker_id: Side.ASKER, self.owner_id: Side.OWNER}.get(organisation_id) if organisation_id else None


class Offer(Base):
    """One proposal. Amounts in fen, rates in basis points, as in OpenLicence; never changed once made (trigger)."""

    __tablename__ = "negotiation_offers"
    __table_args__ = (
        UniqueConstraint("negotiation_id", "revision"),
        CheckConstraint("price_form <> 'free' OR (lump_minor = 0 AND upfront_minor = 0 AND rate = 0)", name="free"),
        CheckConstraint("price_form <> 'lump_sum' OR (lump_minor > 0 AND rate = 0)", name="lump_sum"),
        CheckConstraint("price_form NOT IN ('royalty', 'upfront_royalty') OR royalty_base IS NOT NULL", name="royalty"),
        CheckConstraint(
            "lump_minor >= 0 AND upfront_minor >= 0 AND rate BETWEEN 0 AND 10000"
            " AND (floor_minor IS NULL OR floor_minor >= 0) AND (cap_minor IS NULL OR cap_minor > 0)"
            " AND (floor_minor IS NULL OR cap_minor IS NULL OR floor_minor <= cap_minor)",
            name="amounts",
        ),
        CheckConstraint("term_months IS NULL OR term_months > 0", name="term"),
    )  # fmt: skip

    id: Mapped[pk]
    negotiation_id: Mapped[UUID] = mapped_column(ForeignKey("negotiations.id"), index=True)
    revision: Mapped[int]
    side: Mapped[Side]
    made_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    price_form: Mapped[PriceForm]
    lump_minor: Mapped[minor]
    upfront_minor: Mapped[minor]
    instalments: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    rate: Mapped[int]
    royalty_base: Mapped[RoyaltyBase | None]
    rate_steps: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'"))
    floor_minor: Mapped[int | None]
    cap_minor: Mapped[int | None]
    period_months: Mapped[int]
    currency: Mapped[str] = mapped_column(default="CNY", server_default="CNY")
    term_months: Mapped[int | None]  # None: to the patent's expiry
    territory: Mapped[str]
    use_text: Mapped[str]  # what the patent is used for: the scope
    other_terms: Mapped[str] = mapped_column(default="", server_default="")
    message: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[moment]

    negotiation: Mapped[Negotiation] = relationship(back_populates="offers", lazy="raise_on_sql")

    @property
    def due_now_minor(self) -> int:
        """What is paid before the licence takes effect, in fen."""
        if self.price_form is PriceForm.INSTALMENTS:
            return sum(int(part["minor"]) for part in self.instalments if not part["months"])
        return self.lump_minor if self.price_form is PriceForm.LUMP_SUM else self.upfront_minor

    @property
    def fixed_minor(self) -> int:
        """All fixed sums together, in fen: what a contract is worth before royalties."""
        if self.price_form is PriceForm.INSTALMENTS:
            return sum(int(part["minor"]) for part in self.instalments)
        return self.lump_minor + self.upfront_minor


class Contract(Base):
    """The text that both sides sign; `sha256` is of the very text (constraint), so a changed text breaks it.

    `fields` are the clauses of 民法典 845 and 846 that people fill in. A text with both signatures never changes
    (trigger).
    """

    __tablename__ = "contracts"
    __table_args__ = (
        CheckConstraint("sha256 = encode(sha256(convert_to(text, 'UTF8')), 'hex')", name="hash"),
        CheckConstraint("(signed_on IS NULL) = (signed_hash = '')", name="signed"),
        CheckConstraint("signed_hash IN ('', sha256)", name="signed_text"),
    )

    id: Mapped[pk]
    negotiation_id: Mapped[UUID] = mapped_column(ForeignKey("negotiations.id"), unique=True)
    offer_id: Mapped[UUID] = mapped_column(ForeignKey("negotiation_offers.id"), index=True)
    number: Mapped[str] = mapped_column(unique=True)  # C-2026-000001
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    fields: Mapped[dict[str, Any]]
    text: Mapped[str]
    sha256: Mapped[str]
    signed_on: Mapped[date | None]  # day of the second signature, at home
    signed_hash: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[moment]
    changed_at: Mapped[moment]

    negotiation: Mapped[Negotiation] = relationship(back_populates="contract", lazy="raise_on_sql")
    offer: Mapped[Offer] = relationship(lazy="raise_on_sql")
    signatures: Mapped[list["ContractSignature"]] = relationship(
        back_populates="contract", lazy="raise_on_sql", order_by="ContractSignature.signed_at"
    )
    registration: Mapped["ContractRegistration | None"] = relationship(back_populates="contract", lazy="raise_on_sql")

    def signature_of(self, side: Side) -> "ContractSignature | None":
        """The signature that holds for the present text."""
        return next((one for one in self.signatures if one.side is side and one.holds_for(self)), None)


class ContractSignature(Base):
    """One person signs for one side: who, when, how, and the hash of what was read (电子签名法 art. 13)."""

    __tablename__ = "contract_signatures"
    __table_args__ = (
        Index(
            "contract_signatures_one_each", "contract_id", "side", unique=True,
            postgresql_where=text("voided_at IS NULL"),
        ),
        CheckConstraint("signer_name <> '' AND organisation_name <> '' AND sha256 <> ''", name="who"),
    )  # fmt: skip

    id: Mapped[pk]
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"), index=True)
    side: Mapped[Side]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    organisation_name: Mapped[str]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    signer_name: Mapped[str]
    signed_at: Mapped[datetime]
    sha256: Mapped[str]
    method: Mapped[str]  # code: mailed for this very text (before that: password, given again)
    address: Mapped[str] = mapped_column(default="", server_default="")
    voided_at: Mapped[datetime | None]  # the text was changed after it

    contract: Mapped[Contract] = relationship(back_populates="signatures", lazy="raise_on_sql")

    def holds_for(self, contract: Contract) -> bool:
        """Whether it stands under the text as it is now."""
        return self.voided_at is None and self.sha256 == contract.sha256


class SigningCode(Base):
    """The code that a person was mailed in order to sign a contract, bound to the hash of its text
    (`accounts.one_time`)."""

    __tablename__ = "signing_codes"
    __table_args__ = (UniqueConstraint("contract_id", "user_id"),)

    id: Mapped[pk]
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[str] = mapped_column(default="", server_default="")
    code_attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    code_sent_at: Mapped[datetime | None]


class RegistrationState(StrEnum):
    """技术合同认定登记 (domain.md C.2)."""

    DRAFT = "draft"  # 草拟
    SUBMITTED = "submitted"  # 已提交
    ACCEPTED = "accepted"  # 已受理: the clock runs
    SUPPLEMENT = "supplement"  # 补正: the clock stands until it is handed in, then starts anew
    REGISTERED = "registered"  # 已登记
    REFUSED = "refused"  # 不予登记
    CANCELLED = "cancelled"  # 已注销


class ContractRegistration(Base):
    """The seller's registration of a signed contract; 技术交易额 is the total less what is no technology."""

    __tablename__ = "contract_registrations"
    __table_args__ = (
        Index("contract_registrations_due", "due_on", postgresql_where=text("state = 'accepted'")),
        CheckConstraint(
            "total_minor >= 0 AND equipment_minor >= 0 AND materials_minor >= 0"
            " AND technical_minor = total_minor - equipment_minor - materials_minor AND technical_minor >= 0",
            name="amounts",
        ),
        CheckConstraint("state <> 'accepted' OR (accepted_on IS NOT NULL AND due_on IS NOT NULL)", name="clock"),
        CheckConstraint(
            "state NOT IN ('registered', 'cancelled') OR (registration_no <> '' AND registered_on IS NOT NULL)",
            name="registered",
        ),
        CheckConstraint("state NOT IN ('refused', 'supplement', 'cancelled') OR note <> ''", name="note"),
    )  # fmt: skip

    id: Mapped[pk]
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"), unique=True)
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    kind: Mapped[LicenceKind]
    field: Mapped[str]  # GB/T 4754 section or IPC class of the patent
    seller_region: Mapped[str]
    buyer_region: Mapped[str]
    state: Mapped[RegistrationState] = mapped_column(default=RegistrationState.DRAFT)
    total_minor: Mapped[minor]  # 合同成交额
    equipment_minor: Mapped[minor] = mapped_column(default=0, server_default="0")  # equipment, instruments
    materials_minor: Mapped[minor] = mapped_column(default=0, server_default="0")  # materials, other no-technology cost
    technical_minor: Mapped[minor]  # 技术交易额
    is_disputed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    submitted_on: Mapped[date | None]
    accepted_on: Mapped[date | None]  # or the day on which the supplement came in
    due_on: Mapped[date | None]  # last day for the registrar's decision
    note: Mapped[str] = mapped_column(default="", server_default="")  # what is missing, why refused or cancelled
    registration_no: Mapped[str] = mapped_column(default="", server_default="")
    registered_on: Mapped[date | None]
    created_at: Mapped[moment]
    changed_at: Mapped[moment]

    contract: Mapped[Contract] = relationship(back_populates="registration", lazy="raise_on_sql")
    seller: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[seller_id])
    buyer: Mapped[Organisation] = relationship(lazy="raise_on_sql", foreign_keys=[buyer_id])
    steps: Mapped[list["RegistrationStep"]] = relationship(lazy="raise_on_sql", order_by="RegistrationStep.position")


class RegistrationStep(Base):
    """One step of a registration, and changes of the contract that were reported; never changed (trigger)."""

    __tablename__ = "contract_registration_steps"
    __table_args__ = (UniqueConstraint("registration_id", "position"),)

    id: Mapped[pk]
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("contract_registrations.id"), index=True)
    position: Mapped[int]
    what: Mapped[str]  # a state, or change
    happened_on: Mapped[date]
    note: Mapped[str] = mapped_column(default="", server_default="")
    made_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[moment]
