"""Tokens looked up."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from app.accounts.models import ApiToken
from app.core.clock import now
from app.core.db import session


def live_tokens(user_id: UUID) -> Sequence[ApiToken]:
    """The tokens of a person that still work, with their organisations, the latest first."""
    return session.scalars(
        select(ApiToken)
        .where(
            ApiToken.user_id == user_id,
            ApiToken.revoked_at.is_(None),
            or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now()),
        )
        .options(joinedload(ApiToken.organisation))
        .order_by(ApiToken.created_at.desc())
    ).all()
