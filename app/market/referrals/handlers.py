"""What follows from a step. Every handler may run twice."""

from app.core.events import subscribe
from app.market.referrals.events import ReferralDue, ReferralMoved
from app.market.referrals.notices import tell_due, tell_step
from app.market.referrals.queries import referral_with_all


@subscribe(ReferralMoved)
def tell_of_step(event: ReferralMoved) -> None:
    """Whom it concerns learns of it; what has been overtaken by a later step needs no answer any more."""
    referral = referral_with_all(event.referral_id)
    step = next((one for one in referral.steps if one.position == event.position), None)
    if step is not None and step.state is referral.state:
        tell_step(referral, step)


@subscribe(ReferralDue)
def remind(event: ReferralDue) -> None:
    """Whoever has it is reminded, unless it has moved meanwhile."""
    referral = referral_with_all(event.referral_id)
    if referral.due_at is not None and referral.due_at.date().isoformat() == event.due_on:
        tell_due(referral, event.due_on)
