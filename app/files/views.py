"""Downloads: always as an attachment, never guessed, never run by the browser."""

from uuid import UUID

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from app.accounts.identity import current_actor
from app.core.errors import Missing
from app.core.i18n import gettext as _
from app.core.policy import load
from app.files.models import StoredFile
from app.files.operations import open_file
from app.files.policy import FilePolicy

bp = Blueprint("files", __name__, url_prefix="/files")


@bp.get("/<uuid:file_id>")
def download(file_id: UUID) -> ResponseReturnValue:
    """One stored file, for those who may read what it belongs to."""
    actor = current_actor()
    stored = load(StoredFile, file_id, actor, FilePolicy.read)
    try:
        stream = open_file(actor, stored)
    except FileNotFoundError:
        raise Missing(_("The content of file %(number)s is lost. Tell the operator.", number=stored.id)) from None
    response = send_file(
        stream,
        mimetype=stored.media_type,
        as_attachment=True,
        download_name=stored.name,
        etag=stored.digest,
        last_modified=stored.created_at,
        max_age=0,
    )
    response.headers["Content-Length"] = str(stored.size)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
