"""Pictures of instruments: served to those who see the instrument, added and arranged by its institution."""

from datetime import timedelta
from uuid import UUID

from flask import flash, redirect, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from app.accounts.identity import acting_required, current_actor
from app.core.attempts import attempt
from app.core.db import session
from app.core.errors import Missing
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.policy import Rule, load
from app.equipment.catalogue.views import bp
from app.equipment.instruments import pictures
from app.equipment.instruments.models import Instrument, InstrumentPicture
from app.equipment.instruments.policy import InstrumentPolicy

KEPT_BY_BROWSERS = timedelta(days=30)  # a picture never changes: another upload has another address
MOVES = {"earlier": -1, "later": 1}
_NOTHING = _l("There is nothing here, or it is not yours to see.")


def _load(instrument_id: UUID, permission: Rule) -> Instrument:
    known, options = InstrumentPolicy.view_draft, [joinedload(Instrument.owner)]
    return load(Instrument, instrument_id, current_actor(), permission, known_to=known, options=options)


def _picture(instrument: Instrument, picture_id: UUID) -> InstrumentPicture:
    picture = session.get(InstrumentPicture, picture_id)
    if picture is None or picture.instrument_id != instrument.id:
        raise Missing(_NOTHING)
    return picture


@bp.get("/instruments/<uuid:instrument_id>/pictures/<uuid:picture_id>/<any(small, large):size>.webp")
def picture(instrument_id: UUID, picture_id: UUID, size: str) -> ResponseReturnValue:
    """One picture, shown in place: always WebP that we have written."""
    actor = current_actor()
    instrument = load(Instrument, instrument_id, actor, InstrumentPolicy.view)
    found = _picture(instrument, picture_id)
    try:
        stream = pictures.open_picture(actor, instrument, found, size)
    except FileNotFoundError:
        raise Missing(_NOTHING) from None
    response = send_file(stream, mimetype="image/webp", etag=f"{found.id}-{size}", max_age=0)
    whose = "public" if instrument.is_published else "private"
    response.headers["Cache-Control"] = f"{whose}, max-age={int(KEPT_BY_BROWSERS.total_seconds())}, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@bp.post("/instruments/<uuid:instrument_id>/pictures")
@acting_required
def add_pictures(instrument_id: UUID) -> ResponseReturnValue:
    """Add the chosen files: all of them or, with the reason, none."""
    instrument = _load(instrument_id, InstrumentPolicy.edit)
    uploads = [upload.read() for upload in request.files.getlist("file")]
    with attempt() as tried:
        added = pictures.add_pictures(current_actor(), instrument, uploads)
    if tried.refusal is not None:
        flash(str(tried.refusal), "error")
    else:
        flash(_("%(count)s added. Say below what is to be seen.", count=len(added)), "ok")
    return _back(instrument)


@bp.post("/instruments/<uuid:instrument_id>/pictures/<uuid:picture_id>")
@acting_required
def change_picture(instrument_id: UUID, picture_id: UUID) -> ResponseReturnValue:
    """Describe, move or remove a picture, as the button says."""
    actor, instrument = current_actor(), _load(instrument_id, InstrumentPolicy.edit)
    found, act = _picture(instrument, picture_id), request.form.get("act", "")
    with attempt() as tried:
        if act in MOVES:
            pictures.move_picture(actor, instrument, found, MOVES[act])
        elif act == "remove":
            pictures.remove_picture(actor, instrument, found)
            flash(_("The picture is gone."), "toast")
        else:
            pictures.describe_picture(actor, instrument, found, request.form.get("text", "").replace("\x00", ""))
            flash(_("Saved."), "toast")
    if tried.refusal is not None:
        flash(str(tried.refusal), "error")
    return _back(instrument)


def _back(instrument: Instrument) -> ResponseReturnValue:
    return redirect(url_for(".describe", instrument_id=instrument.id, _anchor="pictures"))
