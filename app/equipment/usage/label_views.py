"""The QR code that sticks on an instrument: as a picture, and as a label to print."""

import io
from uuid import UUID

import segno
from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from app.accounts.identity import acting_required, current_actor
from app.core.policy import load
from app.core.templating import render
from app.equipment.instruments.models import Instrument
from app.equipment.usage.codes import code_of
from app.equipment.usage.policy import UsePolicy
from app.notifications.links import absolute_link

bp = Blueprint("usage_labels", __name__, url_prefix="/instruments/<uuid:instrument_id>", template_folder="../templates")


def _instrument(instrument_id: UUID) -> Instrument:
    return load(
        Instrument,
        instrument_id,
        current_actor(),
        UsePolicy.label,
        known_to=UsePolicy.know_instrument,
        options=[joinedload(Instrument.owner)],
    )


def phone_address(instrument: Instrument) -> str:
    """The full address behind the code."""
    return absolute_link("phone.show", code=code_of(instrument.id))


@bp.get("/qr.svg")
@acting_required
def qr(instrument_id: UUID) -> ResponseReturnValue:
    """The QR code, scalable; a quarter of it may be scratched."""
    instrument = _instrument(instrument_id)
    picture = io.BytesIO()
    segno.make(phone_address(instrument), error="q", micro=False).save(
        picture, kind="svg", scale=8, xmldecl=False, light="white"
    )
    response = Response(picture.getvalue(), mimetype="image/svg+xml")
    response.headers.set("Content-Disposition", "inline", filename=f"{instrument.asset_no}.svg")
    return response


@bp.get("/label")
@acting_required
def label(instrument_id: UUID) -> ResponseReturnValue:
    """A label to print and stick on."""
    instrument = _instrument(instrument_id)
    return render("equipment/usage/label.html", instrument=instrument, address=phone_address(instrument))
