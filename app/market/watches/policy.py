"""Who may change a watch: the person who watches; for which organisation somebody acts does not matter."""

from sqlalchemy.orm import joinedload

from app.accounts.models import Actor
from app.core.policy import Rule, rule
from app.market.watches.models import Watch


@rule("watcher", joinedload(Watch.watcher))
def watches_it(actor: Actor, watch: Watch) -> bool:
    """The person with the account under which it is kept."""
    return actor.user_id is not None and watch.watcher.user_id == actor.user_id


class WatchPolicy:
    """One attribute per action."""

    edit: Rule = watches_it
