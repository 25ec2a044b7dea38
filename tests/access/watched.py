"""Watches: everybody may save one, its person alone changes it, the links in mails work for whoever has them."""

from typing import Any

from app.accounts.models import Actor
from app.accounts.proofs import digest_of
from app.core.db import session
from app.market.watches.models import Rhythm
from app.market.watches.operations import ask_watch, make_link, save_watch
from tests.access.rows import get, post

STOP, CONFIRM = "the-token-of-a-mail-about-watches-0000000000", "the-token-that-confirms-a-watch-00000000000"

ROWS = [
    get("watches.list", "", {302: "anonymous", 200: "*"}),
    post("watches.create", "", {302: "*"}, search="q=胶", rhythm="daily", email="reader@example.org"),
    post("watches.rhythm", "watch_id=watch", {302: "anonymous head", 404: "*"}, rhythm="weekly"),
    post("watches.stop", "watch_id=watch", {302: "anonymous head", 404: "*"}),
    get("watch_links.confirming", "token=confirm_token", {200: "*"}),
    get("watch_links.confirming", "token=stop_token", {404: "*"}),
    post("watch_links.confirm", "token=confirm_token", {200: "*"}),
    post("watch_links.confirm", "token=stop_token", {404: "*"}),
    get("watch_links.leaving", "token=stop_token", {200: "*"}),
    get("watch_links.leaving", "token=none", {404: "*"}),
    post("watch_links.leave", "token=stop_token", {200: "*"}),
    post("watch_links.leave", "token=none", {404: "*"}),
]


def watched(head: Actor) -> dict[str, Any]:
    """A watch of somebody with an account, a mail about it, and a visitor who has not confirmed."""
    watch = save_watch(head, "q==胶", Rhythm.DAILY)
    _token, mailed = make_link(watch.watcher_id)
    mailed.token_hash = digest_of(STOP)
    _watch, _token, link = ask_watch("visitor@example.org", "", Rhythm.WEEKLY, locale="en", address="203.0.113.7")
    link.token_hash = digest_of(CONFIRM)
    session.flush()
    return {"watch": watch.id, "stop_token": STOP, "confirm_token": CONFIRM}
