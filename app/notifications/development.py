"""Only in development: mails and text messages as they go out, so that a newcomer sees codes and calendar files
without a mailbox or a telephone."""

import base64
from uuid import UUID

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.core.db import session
from app.core.errors import Missing
from app.core.i18n import gettext as _
from app.core.templating import render
from app.notifications.models import Mail
from app.notifications.queries import recent_mails, recent_texts, waiting_mails

bp = Blueprint("development_mail", __name__, url_prefix="/development/mail", template_folder="templates")


@bp.get("")
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is development_mail.list
    """The newest text messages, and the newest mails with their attachments."""
    return render("notifications/development.html", mails=recent_mails(), texts=recent_texts(), state=waiting_mails())


@bp.get("/<uuid:mail_id>/<int:number>")
def attachment(mail_id: UUID, number: int) -> ResponseReturnValue:
    """One attachment of a mail, counted from 0."""
    mail = session.get(Mail, mail_id)
    if mail is None or number >= len(mail.attachments):
        raise Missing(_("There is nothing here, or it is not yours to see."))
    part = mail.attachments[number]
    response = Response(base64.b64decode(part["content"]), mimetype="application/octet-stream")
    response.headers.set("Content-Disposition", "attachment", filename=part["name"])
    return response
