"""The pages behind links in mails, for people without a session: looking changes nothing, one button does.

The address that stops takes a POST without token and cookie, so that the button of a mail program works (RFC 8058).
"""

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core.errors import Missing
from app.core.filters import asks, identity
from app.core.forms import PressForm
from app.core.i18n import lazy_gettext as _l
from app.core.templating import render
from app.market.watches.letters import address_of, title_of
from app.market.watches.operations import confirm_watch, stop_by_link, watch_to_confirm
from app.market.watches.queries import link_behind, watcher_with_watches
from app.market.watches.searches import owners_in
from app.market.watches.words import RHYTHMS

bp = Blueprint("watch_links", __name__, template_folder="../templates")


@bp.get("/watch-links/<token>/confirm")
def confirming(token: str) -> ResponseReturnValue:
    """What would be sent, and one button."""
    return _confirmation(token, is_done=False)


@bp.post("/watch-links/<token>/confirm")
def confirm(token: str) -> ResponseReturnValue:
    """From now on mails go out."""
    PressForm().validate()
    confirm_watch(token)
    return _confirmation(token, is_done=True)


def _confirmation(token: str, *, is_done: bool) -> str:
    watch = watch_to_confirm(token)
    name = title_of(watch, owners_in([watch.search]))
    return render(
        "market/watches/confirm.html", name=name, rhythm=RHYTHMS[watch.rhythm], url=address_of(watch), token=token,
        is_done=is_done or watch.confirmed_at is not None,
    )  # fmt: skip


@bp.get("/watch-links/<token>/stop")
@asks(watch=identity)
def leaving(token: str) -> ResponseReturnValue:
    """What is watched, and one button that stops it: one watch where the address names it, else all."""
    link = link_behind(token)
    watcher = watcher_with_watches(link.watcher_id) if link else None
    if watcher is None:
        raise Missing(_l("Nothing is sent under this link any more."))
    owners = owners_in(watch.search for watch in watcher.watches)
    names = {watch.id: title_of(watch, owners) for watch in watcher.watches if watch.confirmed_at}
    chosen = request.args.get("watch", type=UUID)
    return render("market/watches/stop.html", names=names, chosen=chosen if chosen in names else None, token=token)


@bp.post("/watch-links/<token>/stop")
def leave(token: str) -> ResponseReturnValue:
    """Stop, by the button of the page or by that of a mail program."""
    stopped = stop_by_link(token, request.args.get("watch", type=UUID))
    return render("market/watches/stopped.html", stopped=stopped)
