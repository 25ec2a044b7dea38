"""Saving a watch, with an account or without, and everything that a person watches."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import current_actor, login_required
from app.core.db import session
from app.core.errors import Missing
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import load
from app.core.templating import render
from app.market.patents.models import Patent
from app.market.patents.policy import is_in_portfolio
from app.market.portal.showing import two_titles
from app.market.watches.forms import VisitorWatchForm, WatchForm
from app.market.watches.letters import address_of, send_confirmation, title_of
from app.market.watches.models import Rhythm, Watch
from app.market.watches.operations import ask_watch, change_rhythm, save_watch, stop_watch
from app.market.watches.policy import WatchPolicy
from app.market.watches.queries import watches_of
from app.market.watches.searches import canonical, name_of_search, owners_in
from app.market.watches.words import RHYTHMS

bp = Blueprint("watches", __name__, template_folder="../templates")


@bp.get("/watches")
@login_required
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is watches.list
    """What I watch; also as a file."""
    statement = watches_of(current_actor())
    if wants_csv():
        found = session.scalars(statement).unique().all()
        owners = owners_in(watch.search for watch in found)
        header = (_("Watched"), _("Rhythm"), _("Watched since"), _("Address"))
        rows = ((title_of(one, owners), RHYTHMS[one.rhythm], one.created_at.isoformat(timespec="minutes"),
                 address_of(one)) for one in found)  # fmt: skip
        return csv_response("watches", header, rows)
    page = paginate(statement)
    owners = owners_in(watch.search for watch in page.items)
    names = {watch.id: title_of(watch, owners) for watch in page.items}
    return render(
        "market/watches/list.html", page=page, names=names, address_of=address_of, rhythms=RHYTHMS, Rhythm=Rhythm
    )


@bp.post("/watches")
def create() -> ResponseReturnValue:
    """Watch a search or a patent: at once with an account, after the link in the mail without one."""
    actor = current_actor()
    form = WatchForm() if actor.user else VisitorWatchForm()
    rhythm = Rhythm.DAILY if request.form.get("rhythm") == "daily" else Rhythm.WEEKLY
    patent = _patent(form.patent.data or "")
    if form.validate_on_submit():
        search = form.search.data or ""
        with form.attempt():
            if actor.user:
                save_watch(actor, search, rhythm, locale=current_locale(), patent=patent)
                flash(_("You watch this now. One mail tells you of everything you watch."), "ok")
            else:
                _ask(form.email.data or "", search, rhythm, patent)
        if form.ok:
            return redirect(_back(search, patent))
    refused = form.refusal.status if form.refusal is not None else 422
    return _page(form, patent), refused


def _ask(email: str, search: str, rhythm: Rhythm, patent: Patent | None) -> None:
    locale = current_locale()
    watch, token, link = ask_watch(
        email, search, rhythm, locale=locale, address=request.remote_addr or "", patent=patent
    )
    send_confirmation(watch, link.mail_key, token, email=email, locale=locale)
    flash(_("A link is on its way to %(email)s. Nothing is sent before you press its button.", email=email), "ok")


def _patent(identity: str) -> Patent | None:
    """The public patent that a form names; None where it names none."""
    if not identity:
        return None
    try:
        return load(Patent, UUID(identity), current_actor(), is_in_portfolio)
    except ValueError:
        raise Missing(_l("There is nothing here, or it is not yours to see.")) from None


def _back(search: str, patent: Patent | None) -> str:
    if patent is not None:
        return url_for("portal.show", patent_id=patent.id)
    kept = canonical(search)
    return url_for("portal.list") + (f"?{kept}" if kept else "")


def _page(form: Any, patent: Patent | None) -> str:
    search = canonical(form.search.data or "")
    name = two_titles(patent)[0] if patent else name_of_search(search, owners_in([search]))
    return render("market/watches/new.html", form=form, name=name, back=_back(search, patent))


@bp.post("/watches/<uuid:watch_id>/rhythm")
@login_required
def rhythm(watch_id: UUID) -> ResponseReturnValue:
    """Daily instead of weekly, or the other way round."""
    watch = load(Watch, watch_id, current_actor(), WatchPolicy.edit)
    wanted = Rhythm.DAILY if request.form.get("rhythm") == "daily" else Rhythm.WEEKLY
    change_rhythm(current_actor(), watch, wanted)
    return redirect(url_for(".list"))


@bp.post("/watches/<uuid:watch_id>/stop")
@login_required
def stop(watch_id: UUID) -> ResponseReturnValue:
    """Watch this no more."""
    watch = load(Watch, watch_id, current_actor(), WatchPolicy.edit)
    stop_watch(current_actor(), watch)
    flash(_("You watch this no more."), "ok")
    return redirect(url_for(".list"))
