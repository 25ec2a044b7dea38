"""Pages of notices: what I have been told."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import session
from app.core.errors import Unauthenticated
from app.core.filters import asks, one_of
from app.core.i18n import gettext as _
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import ActorLike, load
from app.core.templating import format_datetime, render
from app.core.web import writes
from app.notifications.kinds import icon_of, kinds_about, known_topics, sentence_of, topics_of
from app.notifications.models import Notification
from app.notifications.operations import mark_all_read as mark_all_notices_read
from app.notifications.operations import mark_read as mark_notice_read
from app.notifications.policy import NotificationPolicy
from app.notifications.queries import kinds_told_to, notices_of, unread_count

bp = Blueprint("notifications", __name__, url_prefix="/notifications", template_folder="templates")


@bp.get("")
@asks(topic=one_of(known_topics), show=one_of(("unread",)))
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is notifications.list
    """Notices to the person, newest first, by state and topic; ``?format=csv`` gives them as a file."""
    actor = _reader()
    topics = topics_of(kinds_told_to(actor.user_id))
    topic = request.args.get("topic", "")
    unread_only = request.args.get("show") == "unread"
    kinds: Collection[str] | None = kinds_about(topic) if topic in topics else None
    notices = notices_of(actor, unread=unread_only, kinds=kinds)
    if wants_csv():
        header = (_("Time"), _("Notice"), _("Read at"), _("Address"))
        return csv_response("notices", header, (_row(notice) for notice in session.scalars(notices)))
    return render(
        "notifications/list.html",
        page=paginate(notices),
        topics=topics,
        topic=topic if topic in topics else "",
        unread_only=unread_only,
        unread=unread_count(actor.user_id),
        sentence_of=sentence_of,
        icon_of=icon_of,
    )


@bp.get("/<uuid:notice_id>")
@writes
def open(notice_id: UUID) -> ResponseReturnValue:  # noqa: A001 the endpoint is notifications.open
    """Mark a notice read and go where it points."""
    actor = _reader()
    notice = load(Notification, notice_id, actor, NotificationPolicy.view)
    mark_notice_read(actor, notice)
    return redirect(notice.url or url_for(".list"))


@bp.post("/<uuid:notice_id>/read")
def mark_read(notice_id: UUID) -> ResponseReturnValue:
    """Mark one notice read and stay on the list."""
    actor = _reader()
    mark_notice_read(actor, load(Notification, notice_id, actor, NotificationPolicy.mark_read))
    return redirect(url_for(".list", show=request.args.get("show"), topic=request.args.get("topic")))


@bp.post("/read")
def mark_all_read() -> ResponseReturnValue:
    """Mark everything told so far read."""
    count = mark_all_notices_read(_reader())
    flash(_("%(count)s notices marked read", count=count), "toast")
    return redirect(url_for(".list"))


def layout_context() -> dict[str, Any]:
    """What the layout shows beside the bell; an unreachable database must not break the page that says so."""
    actor: ActorLike | None = g.get("actor")
    try:
        if actor is None or actor.user_id is None:
            return {}
        count = unread_count(actor.user_id)
    except SQLAlchemyError:
        session.rollback()
        return {}
    return {"notifications_url": url_for("notifications.list"), "unread_count": count}


def _reader() -> Any:
    actor: ActorLike | None = g.get("actor")
    if actor is None or actor.user_id is None:
        raise Unauthenticated(_("Sign in first."))
    g.is_personal = True
    return actor


def _row(notice: Notification) -> tuple[str, ...]:
    return (
        format_datetime(notice.created_at, "iso"),
        sentence_of(notice),
        format_datetime(notice.read_at, "iso") if notice.read_at else "",
        notice.url,
    )
