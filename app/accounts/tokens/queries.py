"""Tokens looked up."""

from uuid import UUID

from sqlalchemy import Select, and_, not_, or_, select
from sqlalchemy.orm import joinedload

from app.accounts.models import ApiToken
from app.core.clock import now


def tokens_of(user_id: UUID, *, ended: bool = False) -> Select[ApiToken]:
    """The tokens of a person that still work, or those that no longer do, with their organisations, latest first."""
    works = and_(ApiToken.revoked_at.is_(None), or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now()))
    return (
        select(ApiToken)
        .where(ApiToken.user_id == user_id, not_(works) if ended else works)
        .options(joinedload(ApiToken.organisation))
        .order_by(ApiToken.created_at.desc(), ApiToken.id)
    )
