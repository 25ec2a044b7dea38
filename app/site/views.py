"""Home, desk, language, static pages, and the component sheet in development."""

from flask import Blueprint, abort, current_app, redirect, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor, own_path
from app.core.clock import now
from app.core.i18n import LOCALES
from app.core.templating import render
from app.equipment.settings import settings as equipment_settings
from app.settlement.settings import settings as settlement_settings
from app.site.desk import month_figures, todays_instruments, work_of
from app.site.home import home_page

bp = Blueprint("site", __name__, template_folder="templates")


@bp.get("/")
def home() -> ResponseReturnValue:
    """What this is, a search, what is free today, and the figures."""
    return render("site/home.html", **home_page(current_actor()))


@bp.get("/desk")
@acting_required
def desk() -> ResponseReturnValue:
    """What waits for me, late things first; an empty list means go home."""
    actor = current_actor()
    return render(
        "site/desk.html",
        work=work_of(actor),
        figures=month_figures(actor),
        today=todays_instruments(actor),
        moment=now(),
    )


@bp.get("/language/<locale>")
def language(locale: str) -> ResponseReturnValue:
    """Choose the language of this browser and come back."""
    if locale not in LOCALES:
        abort(404)
    cookie["locale"] = locale
    return redirect(own_path(request.args.get("next")) or url_for(".home"))


@bp.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """How this site can be used by everybody, and whom to tell when it cannot."""
    return render("site/accessibility.html")


@bp.get("/terms")
def terms() -> ResponseReturnValue:
    """The rules of booking, cancelling and paying, in plain words."""
    return render("site/terms.html", equipment=equipment_settings, settlement=settlement_settings)


@bp.get("/design")
def design() -> ResponseReturnValue:
    """The component sheet; in development only."""
    if current_app.config["JISHI"].is_production:
        abort(404)
    return render("core/design.html")
