"""Who may see a notice: the person it was told to, nobody else."""

from app.core.policy import ActorLike, rule
from app.notifications.models import Notification


@rule("addressee")
def _addressee(actor: ActorLike, notice: Notification) -> bool:
    return actor.user_id is not None and notice.user_id == actor.user_id


class NotificationPolicy:
    """One rule per action on a notice."""

    view = _addressee
    mark_read = _addressee
