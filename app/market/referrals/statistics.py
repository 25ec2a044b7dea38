"""Figures of referrals: how many were asked for and agreed, by kind. Nobody is named."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.accounts.models import Actor
from app.core.db import session
from app.core.tenancy import everybody
from app.market.referrals.models import LIVE, Referral, ReferralKind, ReferralState

LEAST = 3  # agreements below which a sum would tell what one of them was worth


@dataclass(frozen=True, slots=True)
class ReferralFigures:
    """One kind. `agreed_minor` is the sum of what was agreed, in fen; None where too few would be told apart."""

    kind: ReferralKind
    asked: int
    running: int
    agreed: int
    declined: int
    agreed_minor: int | None


def referral_figures(actor: Actor) -> Sequence[ReferralFigures]:
    """A line for every kind that was ever asked for: one statement."""
    state = Referral.state
    columns = (
        func.count(), func.count().filter(state.in_(LIVE)), func.count().filter(state == ReferralState.AGREED),
        func.count().filter(state.in_((ReferralState.DECLINED, ReferralState.LAPSED))),
        func.coalesce(func.sum(Referral.agreed_minor), 0),
    )  # fmt: skip
    with everybody():
        rows = session.execute(select(Referral.kind, *columns).group_by(Referral.kind)).all()
    found = {row[0]: row for row in rows}
    return [
        ReferralFigures(
            kind, int(row[1]), int(row[2]), int(row[3]), int(row[4]),
            int(row[5] or 0) if actor.operates() or row[3] >= LEAST else None,
        )
        for kind, row in ((kind, found[kind]) for kind in ReferralKind if kind in found)
    ]  # fmt: skip
