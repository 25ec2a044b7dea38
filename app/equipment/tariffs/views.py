"""Pages on which an institution writes, checks, publishes and ends the prices of an instrument."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from app.accounts.identity import acting_required, current_actor
from app.core.attempts import attempt
from app.core.clock import today
from app.core.errors import Invalid, Missing
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import Rule, load
from app.core.templating import format_date, render
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.queries import booking_rules, slot_rules
from app.equipment.schedule.slots import SlotRules
from app.equipment.tariffs.examples import checks, drop_example, keep_example
from app.equipment.tariffs.forms import EndForm, ExamplePart, PublishForm, TariffForm, example_of, values_of
from app.equipment.tariffs.labels import PAYER_CLASSES, fee_lines, price_table, tax_text, validity
from app.equipment.tariffs.models import Tariff, TariffState
from app.equipment.tariffs.operations import discard_draft, draft_tariff, end_tariff, first_day, publish_tariff
from app.equipment.tariffs.policy import TariffPolicy
from app.equipment.tariffs.pricing import price
from app.equipment.tariffs.queries import (
    bookings_from,
    draft_of,
    published_statement,
    published_tariffs,
    tariff_of,
    tariff_on,
)
from app.equipment.tariffs.terms import PayerClass, Terms

bp = Blueprint(
    "tariffs", __name__, url_prefix="/instruments/<uuid:instrument_id>/tariffs", template_folder="../templates"
)

ONE_DAY = timedelta(days=1)
CASES = (
    (_l("Shortest"), 0),
    (_l("Overnight"), 16 * 60),  # 17:00 to 09:00
    (_l("Weekend"), 64 * 60),  # Friday 17:00 to Monday 09:00
)


@dataclass(frozen=True, slots=True)
class Case:
    """A standard use with its price for each class offered; `is_bookable` by the longest booking."""

    name: str
    minutes: int
    amounts: tuple[int, ...]
    is_bookable: bool


@bp.get("")
@acting_required
def list(instrument_id: UUID) -> ResponseReturnValue:  # noqa: A001 the endpoint is tariffs.list
    """Every version, the latest first; ``?format=csv`` gives them as a file."""
    instrument = _instrument(instrument_id)
    if wants_csv():
        header = (_("Valid from"), _("Valid until"), _("Approval number"), _("Published"))
        return csv_response("tariffs", header, (_csv_row(each) for each in published_tariffs(instrument.id)))
    current = tariff_on(instrument.id, today(instrument.timezone))
    return render(
        "equipment/tariffs/list.html",
        instrument=instrument,
        page=paginate(published_statement(instrument.id)),
        draft=draft_of(instrument.id),
        current=current,
        table=price_table(current) if current else None,
        validity=validity,
        state_of=lambda tariff: _state(tariff, today(instrument.timezone)),
        **_rights(instrument),
    )


@bp.route("/draft", methods=["GET", "POST"])
@acting_required
def edit(instrument_id: UUID) -> ResponseReturnValue:
    """Write the draft; it starts from the draft there is, else from the latest prices."""
    instrument = _instrument(instrument_id, TariffPolicy.draft)
    form, part, terms = _forms(instrument)
    if "keep" in request.form or "drop" in request.form:
        _change_kept(instrument, form, part)
    elif request.method == "POST" and form.validate():
        with form.attempt():
            draft_tariff(
                current_actor(), instrument, form.terms, valid_from=form.start, approval_no=form.approval_no.data or ""
            )
        if form.ok:
            flash(_("Draft saved. Nobody sees it before it is published."), "toast")
            return redirect(url_for(".publish" if "check" in request.form else ".edit", instrument_id=instrument.id))
    page = render(
        "equipment/tariffs/edit.html",
        instrument=instrument,
        form=form,
        example=part,
        payers=PAYER_CLASSES,
        has_draft=draft_of(instrument.id) is not None,
        **_worked(instrument, form, part, terms),
    )
    return page, 422 if form.faults else 200


def _change_kept(instrument: Instrument, form: TariffForm, part: ExamplePart) -> None:
    """Keep the example at the prices typed, or drop one that is kept; what is typed stays on the page, not saved."""
    actor, sound = current_actor(), form.validate()
    if "drop" in request.form:
        with form.attempt():
            drop_example(actor, instrument, UUID(request.form["drop"]))
    elif sound:
        with form.attempt():
            payer, minutes, with_operator = example_of(part)
            keep_example(actor, instrument, form.terms, payer, minutes, with_operator=with_operator)


@bp.post("/example")
@acting_required
def example(instrument_id: UUID) -> ResponseReturnValue:
    """The example and the three cases for the prices as typed; nothing is saved."""
    instrument = _instrument(instrument_id, TariffPolicy.draft)
    form, part, terms = _forms(instrument)
    form.validate()
    return render("equipment/tariffs/example.html", payers=PAYER_CLASSES, **_worked(instrument, form, part, terms))


@bp.route("/publish", methods=["GET", "POST"])
@acting_required
def publish(instrument_id: UUID) -> ResponseReturnValue:
    """Look at the draft once more and put it in force from a day on."""
    instrument = _instrument(instrument_id)
    draft = draft_of(instrument.id)
    if draft is None:
        raise Missing(_l("There is no draft to publish."))
    tomorrow = today(instrument.timezone) + ONE_DAY
    form = PublishForm(valid_from=max(first_day(draft), tomorrow))
    if form.validate_on_submit():
        with form.attempt():
            publish_tariff(current_actor(), instrument, draft, valid_from=form.start)
        if form.ok:
            flash(_("Published: %(validity)s.", validity=validity(draft)), "toast")
            return redirect(url_for(".list", instrument_id=instrument.id))
    start = form.start if form.ok else tomorrow
    page = render(
        "equipment/tariffs/publish.html",
        instrument=instrument,
        form=form,
        draft=draft,
        table=price_table(draft),
        ending=tariff_on(instrument.id, start),
        kept=bookings_from(instrument, start),
        changed=[each for each in checks(instrument.id, Terms.from_json(draft.terms)) if each.is_changed],
        payers=PAYER_CLASSES,
        validity=validity,
        **_rights(instrument),
    )
    return page, _status(form)


@bp.post("/draft/discard")
@acting_required
def discard(instrument_id: UUID) -> ResponseReturnValue:
    """Throw the draft away."""
    instrument = _instrument(instrument_id, TariffPolicy.draft)
    draft = draft_of(instrument.id)
    if draft is not None:
        discard_draft(current_actor(), instrument, draft)
        flash(_("The draft is gone. Published prices are untouched."), "toast")
    return redirect(url_for(".list", instrument_id=instrument.id))


@bp.get("/<uuid:tariff_id>")
@acting_required
def show(instrument_id: UUID, tariff_id: UUID) -> ResponseReturnValue:
    """One version."""
    instrument = _instrument(instrument_id)
    return _show_page(instrument, tariff_of(instrument, tariff_id), EndForm(formdata=None))


@bp.post("/<uuid:tariff_id>/end")
@acting_required
def end(instrument_id: UUID, tariff_id: UUID) -> ResponseReturnValue:
    """Let a published version end early."""
    instrument = _instrument(instrument_id, TariffPolicy.publish)
    tariff = tariff_of(instrument, tariff_id)
    form = EndForm()
    if form.validate():
        with form.attempt():
            end_tariff(current_actor(), instrument, tariff, last_day=form.last_day.data or date.min)
        if form.ok:
            flash(_("These prices now hold %(validity)s.", validity=validity(tariff)), "toast")
            return redirect(url_for(".show", instrument_id=instrument.id, tariff_id=tariff.id))
    return _show_page(instrument, tariff, form)


def _show_page(instrument: Instrument, tariff: Tariff, form: EndForm) -> ResponseReturnValue:
    day = today(instrument.timezone)
    page = render(
        "equipment/tariffs/show.html",
        instrument=instrument,
        tariff=tariff,
        table=price_table(tariff),
        form=form,
        state=_state(tariff, day),
        validity=validity,
        can_end=tariff.state is TariffState.PUBLISHED and (tariff.valid.upper is None or tariff.valid.upper > day),
        **_rights(instrument),
    )
    return page, _status(form)


def _instrument(instrument_id: UUID, permission: Rule = TariffPolicy.view) -> Instrument:
    return load(
        Instrument,
        instrument_id,
        current_actor(),
        permission,
        known_to=TariffPolicy.known,
        options=[joinedload(Instrument.owner)],
    )


def _rights(instrument: Instrument) -> dict[str, bool]:
    actor = current_actor()
    return {
        "may_draft": TariffPolicy.draft(actor, instrument),
        "may_publish": TariffPolicy.publish(actor, instrument),
    }


def _forms(instrument: Instrument) -> tuple[TariffForm, ExamplePart, Terms]:
    """The editor, the example, and the terms they start from: the draft, else the latest prices, else none."""
    draft = draft_of(instrument.id)
    source = draft or next(iter(published_tariffs(instrument.id)), None)
    terms = Terms.from_json(source.terms) if source else Terms({})
    values = values_of(terms)
    if source is None:
        values |= {f"offers_{payer.value}": True for payer in PayerClass}
    tomorrow = today(instrument.timezone) + ONE_DAY
    values["valid_from"] = max(first_day(draft), tomorrow) if draft else tomorrow
    values["approval_no"] = source.approval_no if source else ""
    typed = request.form if request.method == "POST" else None
    part = ExamplePart(typed, prefix="example-", data={"payer": PayerClass.ENTERPRISE.value, "length": "3.5"})
    return TariffForm(data=values), part, terms


def _worked(instrument: Instrument, form: TariffForm, part: ExamplePart, terms: Terms) -> dict[str, Any]:
    """The example and the cases at the prices typed, or at `terms` before anything is; else the sentence why not."""
    if request.method == "POST":
        if form.faults:
            return {"quote": None, "why": form.faults[0][1], "cases": (), "kept": checks(instrument.id, Terms({}))}
        terms = form.terms
    kept = checks(instrument.id, terms)
    if not terms.classes:
        return {"quote": None, "why": _("Enter prices, and an example appears here."), "cases": (), "kept": kept}
    rules = slot_rules(booking_rules(instrument.id))
    offered = [name for payer, name in PAYER_CLASSES.items() if payer in terms.classes]
    shared = {"cases": _cases(terms, rules), "offered": offered, "kept": kept}
    with attempt(Invalid) as tried:
        payer, minutes, with_operator = example_of(part)
        quote = price(terms, payer, minutes, with_operator=with_operator)
    if tried.refusal is not None:
        return {"quote": None, "why": str(tried.refusal), **shared}
    return {"quote": quote, "lines": fee_lines(quote), "tax": tax_text(quote, terms.vat_rate), **shared}


def _cases(terms: Terms, rules: SlotRules) -> tuple[Case, ...]:
    lengths = [(name, minutes or rules.shortest) for name, minutes in CASES]
    return tuple(
        Case(
            str(name),
            minutes,
            tuple(price(terms, payer, minutes).total.minor for payer in PayerClass if payer in terms.classes),
            minutes <= rules.longest,
        )
        for name, minutes in lengths
    )


def _state(tariff: Tariff, day: date) -> tuple[str, str]:
    """State and word for a badge."""
    if tariff.state is TariffState.DRAFT:
        return "draft", str(_("Draft"))
    if first_day(tariff) > day:
        return "pending", str(_("To come"))
    if tariff.valid.upper is None or tariff.valid.upper > day:
        return "published", str(_("In force"))
    return "retired", str(_("Ended"))


def _csv_row(tariff: Tariff) -> tuple[str, ...]:
    last = tariff.valid.upper - ONE_DAY if tariff.valid.upper else None
    return (
        str(first_day(tariff)),
        str(last or ""),
        tariff.approval_no,
        format_date(tariff.published_at, "iso") if tariff.published_at else "",
    )


def _status(form: Any) -> int:
    if form.refusal is not None:
        return int(form.refusal.status)
    return 422 if form.errors else 200
