"""Importing and exporting lists of instruments."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required
from app.core.errors import Missing
from app.core.i18n import lazy_gettext as _l
from app.core.pages import file_response
from app.equipment.exchange.formats import FORMATS, FormatCode
from app.equipment.exchange.kind import INSTRUMENTS
from app.equipment.exchange.policy import ExchangePolicy
from app.equipment.exchange.queries import exportable_instruments
from app.imports.views import add_import_pages, owner_of

bp = Blueprint("exchange", __name__, url_prefix="/instruments", template_folder="../templates")
add_import_pages(bp, INSTRUMENTS, upload="equipment/exchange/new.html", done="equipment/exchange/done.html")


@bp.get("/export/<code>")
@acting_required
def export(code: str) -> ResponseReturnValue:
    """All instruments of the institution in a format that can be imported again."""
    if code not in set(FormatCode):
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    owner = owner_of(INSTRUMENTS, ExchangePolicy.export)
    exchange = FORMATS[FormatCode(code)]
    parts = exchange.write(exportable_instruments(owner))
    return file_response(f"{owner.code}.{exchange.suffix}", exchange.mimetype, parts)
