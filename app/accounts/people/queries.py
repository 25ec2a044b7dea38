"""People looked up."""

from uuid import UUID

from sqlalchemy import select

from app.accounts.models import OneTimeCode, OneTimeCodePurpose, SignUp, User
from app.accounts.proofs import digest_of
from app.core.clock import now
from app.core.db import session


def user_by_email(email: str) -> User | None:
    """The person with this address; capitals do not matter."""
    return session.scalars(select(User).where(User.email == email.strip())).one_or_none()


def waiting_sign_up(sign_up_id: UUID) -> SignUp | None:
    """A sign-up whose code has not been used, as long as it may still be sent again."""
    return session.scalars(select(SignUp).where(SignUp.id == sign_up_id, SignUp.used_at.is_(None))).one_or_none()


def live_reset(token: str, *, lock: bool = False) -> OneTimeCode | None:
    """The unused link with this token, if it has not run out."""
    from_link = select(OneTimeCode).where(
        OneTimeCode.code_hash == digest_of(token),
        OneTimeCode.purpose == OneTimeCodePurpose.RESET_PASSWORD,
        OneTimeCode.used_at.is_(None),
        OneTimeCode.expires_at > now(),
    )
    return session.scalars(from_link.with_for_update() if lock else from_link).one_or_none()
