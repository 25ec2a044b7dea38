"""Who there is: people, organisations, who belongs where in which roles, and the proofs of identity."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, CITEXT
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym
from sqlalchemy.types import Text

from app.core.db import Base, moment, pk, short
from app.core.i18n import current_locale


class OrganisationKind(StrEnum):
    """What an organisation is on the market."""

    INSTITUTION = "institution"  # university or institute 高校院所
    ENTERPRISE = "enterprise"  # 企业
    OPERATOR = "operator"  # the provincial agency that runs the platform 平台运营方
    PERSON = "person"  # a private person who takes licences 自然人


class Verification(StrEnum):
    """How far the operator has checked that an organisation is what it says (电子商务法 art. 27)."""

    WAITING = "waiting"  # 待认证
    ASKED = "asked"  # more papers asked for 需补材料
    VERIFIED = "verified"  # 已认证
    REFUSED = "refused"  # 未通过


class Role(StrEnum):
    """What a member may do; roles add up (flows.md §3)."""

    OWNER = "owner"
    MANAGER = "manager"
    TECHNICIAN = "technician"
    FINANCE = "finance"
    BOOKER = "booker"
    TRANSFER = "transfer"  # patents and licences 转化专员
    INVENTOR = "inventor"  # reads what concerns the own patents
    VERIFIER = "verifier"  # operator only
    SETTLEMENT = "settlement"  # operator only
    AUDITOR = "auditor"  # operator only


ROLES_BY_KIND = {
    OrganisationKind.INSTITUTION: (
        Role.OWNER, Role.MANAGER, Role.TECHNICIAN, Role.FINANCE, Role.BOOKER, Role.TRANSFER, Role.INVENTOR,
    ),
    OrganisationKind.ENTERPRISE: (Role.OWNER, Role.BOOKER, Role.FINANCE, Role.TRANSFER),
    OrganisationKind.PERSON: (Role.OWNER,),
    OrganisationKind.OPERATOR: (Role.OWNER, Role.VERIFIER, Role.SETTLEMENT, Role.AUDITOR),
}  # fmt: skip


class User(Base):
    """A person with an e-mail address and a password."""

    __tablename__ = "users"

    id: Mapped[pk]
    email: Mapped[str] = mapped_column(CITEXT, unique=True)
    name: Mapped[short]
    phone: Mapped[str] = mapped_column(default="", server_default="")
    password_hash: Mapped[str]
    locale: Mapped[str | None]
    email_confirmed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    password_changed_at: Mapped[moment]
    created_at: Mapped[moment]
    last_organisation_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("organisations.id", use_alter=True), index=True
    )

    memberships: Mapped[list["Membership"]] = relationship(back_populates="user", lazy="raise_on_sql")

    @property
    def is_authenticated(self) -> bool:
        """What templates ask of `current_user`; a visitor is None there."""
        return True

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None

    @property
    def is_confirmed(self) -> bool:
        return self.email_confirmed_at is not None


class Organisation(Base):
    """A legal person, known by its 统一社会信用代码 (GB 32100-2015)."""

    __tablename__ = "organisations"
    __table_args__ = (
        CheckConstraint("code ~ '^[0-9A-HJ-NP-RTUW-Y]{18}$'", name="code_form"),
        Index("organisations_waiting", "created_at", postgresql_where=text("verification IN ('waiting', 'asked')")),
    )

    id: Mapped[pk]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[short]
    name_en: Mapped[str] = mapped_column(default="", server_default="")
    kind: Mapped[OrganisationKind]
    region: Mapped[str] = mapped_column(default="", server_default="")  # GB/T 2260, from characters 3-8 of the code
    address: Mapped[str] = mapped_column(default="", server_default="")
    phone: Mapped[str] = mapped_column(default="", server_default="")
    verification: Mapped[Verification] = mapped_column(default=Verification.WAITING)
    verification_note: Mapped[str] = mapped_column(default="", server_default="")
    verified_at: Mapped[datetime | None]
    bank_name: Mapped[str] = mapped_column(default="", server_default="")
    bank_account: Mapped[str] = mapped_column(default="", server_default="")
    bank_account_name: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[moment]

    memberships: Mapped[list["Membership"]] = relationship(back_populates="organisation", lazy="raise_on_sql")

    @property
    def called(self) -> str:
        """The name in the reader's language; papers name an organisation as it is registered, by `name`."""
        return self.name_en if self.name_en and current_locale() == "en" else self.name

    @property
    def is_verified(self) -> bool:
        return self.verification is Verification.VERIFIED


class Membership(Base):
    """One person in one organisation, with the roles held there."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "organisation_id"),)

    id: Mapped[pk]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    requested_at: Mapped[datetime | None]  # asked to join, waits for an owner
    created_at: Mapped[moment]

    user: Mapped[User] = relationship(back_populates="memberships", lazy="raise_on_sql")
    organisation: Mapped[Organisation] = relationship(back_populates="memberships", lazy="raise_on_sql")

    @property
    def is_active(self) -> bool:
        return self.requested_at is None


class Invitation(Base):
    """An e-mail address asked to join an organisation in given roles."""

    __tablename__ = "invitations"

    id: Mapped[pk]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), index=True)
    email: Mapped[str] = mapped_column(CITEXT)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    created_at: Mapped[moment]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]

    organisation: Mapped[Organisation] = relationship(lazy="raise_on_sql")


class SignInSession(Base):
    """One signed-in browser: kept on the server, so that it can be listed and ended."""

    __tablename__ = "sign_in_sessions"

    id: Mapped[pk]
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    created_at: Mapped[moment]
    last_seen_at: Mapped[moment]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    user_agent: Mapped[str] = mapped_column(default="", server_default="")
    address: Mapped[str] = mapped_column(default="", server_default="")

    user: Mapped[User] = relationship(lazy="raise_on_sql")


class ApiToken(Base):
    """A bearer token of one person acting for one organisation; only its SHA-256 is stored."""

    __tablename__ = "api_tokens"

    id: Mapped[pk]
    token_hash: Mapped[str] = mapped_column(unique=True)
    prefix: Mapped[str]  # the first characters, to recognise it in a list
    name: Mapped[short]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    organisation_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    created_at: Mapped[moment]
    last_used_on: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation | None] = relationship(lazy="raise_on_sql")


class SignUp(Base):
    """Somebody who wants an account and has not confirmed the address yet; it becomes a User with the right code.

    Kept apart from `users`, so that nobody can occupy another person's address or choose its password. A row is
    written for known addresses too (its code is never told to anybody), so that both look the same.
    """

    __tablename__ = "sign_ups"

    id: Mapped[pk]
    email: Mapped[str] = mapped_column(CITEXT, index=True)
    name: Mapped[short]
    password_hash: Mapped[str]
    locale: Mapped[str]
    code_hash: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    sendings: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[moment]
    sent_at: Mapped[moment]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    # As `one_time` calls them.
    code_attempts: Mapped[int] = synonym("attempts")
    code_sent_at: Mapped[datetime | None] = synonym("sent_at")


class OneTimeCodePurpose(StrEnum):
    """What a one-time code or link proves."""

    CONFIRM_EMAIL = "confirm_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105


class OneTimeCode(Base):
    """A six-digit code or a link sent by mail; hashed, short-lived, used once, few tries."""

    __tablename__ = "one_time_codes"

    id: Mapped[pk]
    purpose: Mapped[OneTimeCodePurpose]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[moment]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A try to sign in, for lockout and for the log."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (
        Index("sign_in_attempts_email_at", func.lower(text("email")), "at"),
        Index("sign_in_attempts_address_at", "address", "at"),
    )

    id: Mapped[pk]
    email: Mapped[str]
    address: Mapped[str]
    at: Mapped[moment]
    succeeded: Mapped[bool]


class RateHit(Base):
    """One use of something that may be used only so often, e.g. key ``sign_up:203.0.113.7``."""

    __tablename__ = "rate_hits"
    __table_args__ = (Index("rate_hits_key_at", "key", "at"),)

    id: Mapped[pk]
    key: Mapped[str]
    at: Mapped[moment]


@dataclass(frozen=True)
class Actor:
    """Who acts: a person for one organisation in some roles, an anonymous visitor, or the system."""

    user: User | None = None
    organisation: Organisation | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    is_system: bool = False

    @property
    def user_id(self) -> UUID | None:
        return self.user.id if self.user else None

    @property
    def organisation_id(self) -> UUID | None:
        return self.organisation.id if self.organisation else None

    @property
    def is_operator(self) -> bool:
        return self.organisation is not None and self.organisation.kind is OrganisationKind.OPERATOR

    def acts_for(self, organisation_id: UUID | None, *roles: Role) -> bool:
        """Whether the actor acts for that organisation, in one of the roles if any are named."""
        if self.is_system:
            return True
        if organisation_id is None or self.organisation_id != organisation_id:
            return False
        return not roles or bool(self.roles.intersection(roles))

    def operates(self, *roles: Role) -> bool:
        """Whether the actor works for the platform operator, in one of the roles if any are named."""
        return self.is_system or (self.is_operator and (not roles or bool(self.roles.intersection(roles))))


ANONYMOUS = Actor()
SYSTEM = Actor(is_system=True)


def actor_from(membership: Membership | None, user: User) -> Actor:
    """The actor that a membership (with its organisation loaded) makes of a person."""
    if membership is None or not membership.is_active:
        return Actor(user=user)
    roles = frozenset(Role(role) for role in membership.roles)
    return Actor(user=user, organisation=membership.organisation, roles=roles)
