"""An institution's own instruments: the list, describing one, what is still missing, publishing, many at once."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from app.accounts.identity import acting_required, current_actor
from app.accounts.models import Organisation, OrganisationKind
from app.core.attempts import attempt
from app.core.db import session
from app.core.errors import Missing
from app.core.filters import asks, identity, one_of, words
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.i18n import ngettext
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import Rule, load
from app.core.templating import render
from app.equipment.catalogue import owning
from app.equipment.catalogue.owned import EXPORTED, exported_row, list_row, source_names, source_ways, tabs_of, tasks_of
from app.equipment.catalogue.page import shown_pictures
from app.equipment.catalogue.showing import two_names
from app.equipment.catalogue.views import bp
from app.equipment.exchange.techniques import recognise
from app.equipment.instruments.forms import DescribeForm
from app.equipment.instruments.models import Instrument
from app.equipment.instruments.operations import (
    Description,
    create_instrument,
    ensure_may_add,
    may_add,
    update_instrument,
    withdraw_instrument,
)
from app.equipment.instruments.pictures import MOST_PICTURES
from app.equipment.instruments.policy import InstrumentPolicy
from app.equipment.instruments.queries import instruments_to_copy
from app.equipment.schedule.templates import templates_of

SHOWN = ("", "draft", "published", "withdrawn", "incomplete")
MOST_SIMILAR = 6


def _owner() -> Organisation:
    """The institution acted for. Raises Missing for everybody else."""
    organisation = current_actor().organisation
    if organisation is None or organisation.kind is not OrganisationKind.INSTITUTION:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    return organisation


def _load(instrument_id: UUID, permission: Rule) -> Instrument:
    options = [joinedload(Instrument.owner)]
    known = InstrumentPolicy.view_draft
    return load(Instrument, instrument_id, current_actor(), permission, known_to=known, options=options)


@bp.get("/instruments/mine")
@acting_required
@asks(show=one_of(SHOWN), q=words)
def mine() -> ResponseReturnValue:
    """All instruments of the institution acted for, with what each still lacks."""
    owner = _owner()
    show = request.args.get("show", "")
    show = show if show in SHOWN else ""
    words = " ".join(request.args.get("q", "").replace("\x00", "").split())[:200]
    statement = owning.owned_instruments(owner, q=words, show=show)
    if wants_csv():
        rows = session.execute(statement.limit(20_000)).all()
        return csv_response("our-instruments", [str(name) for name in EXPORTED], map(exported_row, rows))
    page = paginate(statement, size=50, scalars=False)
    counts = owning.state_counts(owner)
    return render(
        "equipment/catalogue/mine.html",
        page=page,
        rows=[list_row(row) for row in page.items],
        tabs=tabs_of(counts, show),
        total=counts[""],
        words=words,
        show=show,
        hours=templates_of(owner.id) if page.items else [],
        sources=source_names(instruments_to_copy(owner)) if page.items else [],
        may_write=may_add(current_actor(), owner),
    )


@bp.post("/instruments/mine")
@acting_required
def many() -> ResponseReturnValue:
    """Publish, withdraw, or give hours and prices to the chosen instruments."""
    template = next(iter(_uuids([request.form.get("template", "")])), None)
    if request.form.get("act") == "hours" and template is not None:
        _owner()
        return redirect(url_for("hours_templates.preview", template_id=template, ids=request.form.getlist("ids")))
    back = redirect(url_for(".mine", show=request.form.get("show") or None, q=request.form.get("q") or None))
    with attempt() as tried:
        flash(_change_many(request.form.get("act", "")), "ok")
    if tried.refusal is not None:
        flash(str(tried.refusal), "error")
    return back


def _change_many(act: str) -> str:
    actor, owner, ids = current_actor(), _owner(), _uuids(request.form.getlist("ids"))
    if act == "publish":
        done, left = owning.publish_many(actor, owner, ids)
        told = ngettext("%(num)d instrument published.", "%(num)d instruments published.", done)
        rest = _("%(count)s lack something and stay drafts.", count=left)
        return f"{told} {rest}" if left else str(told)
    if act == "withdraw":
        done = owning.withdraw_many(actor, owner, ids)
        return str(ngettext("%(num)d instrument withdrawn.", "%(num)d instruments withdrawn.", done))
    if act == "apply":
        source = next(iter(_uuids([request.form.get("source", "")])), None)
        if source is None:
            return str(_("Choose the instrument to copy from."))
        done, waiting = owning.apply_to_many(actor, owner, _load(source, InstrumentPolicy.edit), ids)
        told = ngettext("Hours and prices copied to %(num)d.", "Hours and prices copied to %(num)d.", done)
        rest = _("%(count)s tariffs wait as drafts.", count=waiting)
        return f"{told} {rest}" if waiting else str(told)
    raise Missing(_l("There is nothing here, or it is not yours to see."))


def _uuids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@bp.route("/instruments/new", methods=["GET", "POST"])
@acting_required
@asks(like=identity)
def new() -> ResponseReturnValue:
    """Describe a new instrument, or one like another (``?like=``)."""
    actor, owner = current_actor(), _owner()
    ensure_may_add(actor, owner)  # before a long form is filled in for nothing
    like = next(iter(_uuids([request.args.get("like", "")])), None)
    source = _load(like, InstrumentPolicy.edit) if like else None
    form = DescribeForm()
    if request.method == "GET" and source is not None:
        form.show(source)
        form.asset_no.data = ""
    if form.validate_on_submit():
        with form.attempt():
            instrument = create_instrument(actor, owner, _derived(form.description))
            if source is not None:
                owning.copy_settings(actor, source, instrument)
        if form.ok:
            flash(_("Saved as a draft. Next: hours and prices."), "ok")
            return redirect(url_for(".setup", instrument_id=instrument.id))
    if source is not None:
        return _form_page(form, source=source, source_name=two_names(source)[0])
    words = " ".join(request.args.get("q", "").replace("\x00", "").split())[:200]
    found = instruments_to_copy(owner, words, MOST_SIMILAR + 1)
    similar = source_ways(found[:MOST_SIMILAR])
    return _form_page(form, similar=similar, words=words, more=len(found) > MOST_SIMILAR)


def _derived(description: Description) -> Description:
    """Chinese name and class from the words of the name, where the person left them open."""
    chinese, code = recognise(description.name, description.technique)
    values: dict[str, Any] = {**vars(description)}
    values["name_zh"] = description.name_zh or chinese
    values["class_code"] = description.class_code or code
    return Description(**values)


@bp.route("/instruments/<uuid:instrument_id>/describe", methods=["GET", "POST"])
@acting_required
def describe(instrument_id: UUID) -> ResponseReturnValue:
    """Change what is said of an instrument."""
    instrument = _load(instrument_id, InstrumentPolicy.edit)
    form = DescribeForm()
    if request.method == "GET":
        form.show(instrument)
    if form.validate_on_submit():
        seen = form.revision.data or ""
        revision = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
        with form.attempt():
            update_instrument(current_actor(), instrument, form.description, revision=revision)
        if form.ok:
            flash(_("Saved."), "toast")
            return redirect(url_for(".setup", instrument_id=instrument.id))
    return _form_page(form, instrument=instrument, pictures=shown_pictures(instrument), most=MOST_PICTURES)


def _form_page(form: DescribeForm, **context: Any) -> ResponseReturnValue:
    nothing: dict[str, Any] = {"instrument": None, "source": None, "similar": [], "words": ""}
    page = render("equipment/catalogue/describe.html", form=form, **{**nothing, **context})
    return page, 422 if form.is_submitted() and form.faults else 200


@bp.get("/instruments/<uuid:instrument_id>/setup")
@acting_required
def setup(instrument_id: UUID) -> ResponseReturnValue:
    """The task list of one instrument: describe, hours, prices, rules, publish."""
    instrument = _load(instrument_id, InstrumentPolicy.view_draft)
    found = owning.readiness(instrument)
    title, second, language = two_names(instrument)
    return render(
        "equipment/catalogue/setup.html",
        instrument=instrument,
        title=title,
        second=second,
        second_language=language,
        readiness=found,
        tasks=tasks_of(instrument, found),
        may_edit=InstrumentPolicy.edit(current_actor(), instrument),
    )


@bp.post("/instruments/<uuid:instrument_id>/publish")
@acting_required
def publish(instrument_id: UUID) -> ResponseReturnValue:
    """Put it into the catalogue."""
    instrument = _load(instrument_id, InstrumentPolicy.publish)
    with attempt(even_denied=True) as tried:
        owning.publish_when_complete(current_actor(), instrument)
        flash(_("Published. It is in the catalogue."), "ok")
    if tried.refusal is not None:
        flash(str(tried.refusal), "error")
    return redirect(url_for(".setup", instrument_id=instrument_id))


@bp.post("/instruments/<uuid:instrument_id>/withdraw")
@acting_required
def withdraw(instrument_id: UUID) -> ResponseReturnValue:
    """Take it out of the catalogue."""
    instrument = _load(instrument_id, InstrumentPolicy.publish)
    withdraw_instrument(current_actor(), instrument)
    flash(_("Withdrawn. Bookings that were made stay."), "ok")
    return redirect(url_for(".setup", instrument_id=instrument_id))
