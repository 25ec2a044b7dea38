"""The public catalogue and the page of one instrument."""

from uuid import UUID

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import joinedload

from app.accounts.identity import current_actor
from app.accounts.models import Actor
from app.core.filters import asks, day, mark, wall, words
from app.core.i18n import current_locale
from app.core.pages import Page, csv_response, wants_csv
from app.core.picking import read_picks
from app.core.policy import load
from app.core.templating import render, render_part
from app.equipment.catalogue.comparing import compare_page, tray
from app.equipment.catalogue.filters import ASKED, Filters, address, read_filters, yuan
from app.equipment.catalogue.page import instrument_page
from app.equipment.catalogue.queries import (
    MOST_EXPORTED,
    PAGE_SIZE,
    Counts,
    find_instruments,
    list_instruments,
    picked_instruments,
)
from app.equipment.catalogue.remembering import Remembered
from app.equipment.catalogue.showing import (
    EXPORTED,
    Line,
    chips,
    exported_row,
    facet_values,
    list_rows,
    price_title,
    ways_on,
)
from app.equipment.instruments.models import Instrument
from app.equipment.instruments.policy import InstrumentPolicy

bp = Blueprint("instruments", __name__, template_folder="../templates")

FURTHEST_PAGE = 100_000  # there are never so many; the database counts no further than int goes
_remembered = Remembered(seconds=5, most=200)


@bp.get("/instruments")
@asks(**ASKED)
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is instruments.list
    """Published instruments: searched, filtered, soonest free first."""
    actor, filters = current_actor(), read_filters(request.args)
    if wants_csv():
        rows = list_instruments(actor, filters, limit=MOST_EXPORTED)
        return csv_response("instruments", [str(name) for name in EXPORTED], map(exported_row, rows))
    if actor.user is None and not current_app.testing:
        listing = _remembered.get((current_locale(), request.query_string), lambda: _listing(actor, filters))
    else:
        listing = _listing(actor, filters)
    return render("equipment/catalogue/list.html", listing=listing)


def _listing(actor: Actor, filters: Filters) -> Markup:
    """Filters and rows, all of the page that depends on nothing but the address, the language and who asks."""
    page, counts = _page(actor, filters, request.args.get("page", 1, type=int))
    return render_part(
        "equipment/catalogue/listing.html",
        filters=filters,
        page=page,
        counts=counts,
        facets=facet_values(filters, counts),
        chips=chips(filters, counts),
        clear_url=url_for(".list", q=filters.q or None, pick=[str(each) for each in filters.picks]),
        csv_url=url_for(".list", **address(filters, format="csv")),
        price_title=price_title(actor),
        low=yuan(filters.low),
        high=yuan(filters.high),
        tray=tray(filters, picked_instruments(actor, filters.picks)),
        ways=ways_on(actor, filters, counts) if not page.total else [],
    )


def _page(actor: Actor, filters: Filters, wanted: int) -> tuple[Page[Line], Counts]:
    """The page asked for; the last one when there are not so many."""
    number = min(max(1, wanted), FURTHEST_PAGE)
    rows, counts = find_instruments(actor, filters, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    if counts.matching and not rows:
        number = -(-counts.matching // PAGE_SIZE)
        rows, counts = find_instruments(actor, filters, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return Page(list_rows(rows, filters.picks), number, PAGE_SIZE, counts.matching), counts


@bp.get("/instruments/compare")
@asks(**ASKED)
def compare() -> ResponseReturnValue:
    """The instruments picked in the catalogue, side by side; for visitors too."""
    actor = current_actor()
    picks, _is_refused = read_picks(request.args)
    return render("equipment/catalogue/compare.html", **compare_page(actor, picks))


@bp.get("/instruments/<uuid:instrument_id>")
@asks(tab=words, week=day, date=day, from_=wall, to=wall, operator=mark, quote=words)
def show(instrument_id: UUID) -> ResponseReturnValue:
    """One instrument: its week beside the quote, prices, description, rules."""
    actor = current_actor()
    instrument = load(Instrument, instrument_id, actor, InstrumentPolicy.view, options=[joinedload(Instrument.owner)])
    return render("equipment/catalogue/show.html", **instrument_page(actor, instrument, request.args))
