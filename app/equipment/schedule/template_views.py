"""Pages of an institution's templates of hours: taken, kept, given to many after a look at what would change."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from app.accounts.identity import acting_required, current_actor
from app.accounts.models import OrganisationKind, Role
from app.core.attempts import attempt
from app.core.errors import Missing
from app.core.filters import asks, identity
from app.core.i18n import current_locale, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.policy import Rule, load
from app.core.templating import render
from app.equipment.instruments.models import Instrument
from app.equipment.schedule import templates
from app.equipment.schedule.hours import WEEKDAYS, WeeklyHours
from app.equipment.schedule.models import HoursTemplate
from app.equipment.schedule.policy import SchedulePolicy, TemplatePolicy

bp = Blueprint("hours_templates", __name__, url_prefix="/instruments", template_folder="../templates")

MOST_AT_ONCE = 100
NOT_HERE = _l("There is nothing here, or it is not yours to see.")


def _template(template_id: UUID, permission: Rule) -> HoursTemplate:
    return load(HoursTemplate, template_id, current_actor(), permission, known_to=TemplatePolicy.view)


def _instrument(instrument_id: UUID) -> Instrument:
    known, options = SchedulePolicy.view, [joinedload(Instrument.owner)]
    return load(Instrument, instrument_id, current_actor(), SchedulePolicy.manage, known_to=known, options=options)


@bp.get("/hours-templates")
@acting_required
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is hours_templates.list
    """The templates of the institution acted for."""
    actor = current_actor()
    if actor.organisation is None or actor.organisation.kind is not OrganisationKind.INSTITUTION:
        raise Missing(NOT_HERE)
    found = templates.templates_of(actor.organisation.id)
    return render(
        "equipment/schedule/templates.html",
        templates=[(each, week_text(templates.week_kept(each))) for each in found],
        may_change=actor.acts_for(actor.organisation.id, Role.OWNER, Role.MANAGER),
    )


@bp.post("/<uuid:instrument_id>/hours/template")
@acting_required
def take(instrument_id: UUID) -> ResponseReturnValue:
    """Give one instrument the hours of a template."""
    instrument = _instrument(instrument_id)
    template = _template(_uuid(request.form.get("template", "")), TemplatePolicy.view)
    found = templates.effect(template, instrument)
    templates.apply_template(current_actor(), template, instrument)
    flash(_("Hours of “%(name)s” taken.", name=template.name), "toast")
    _tell(found.outside)
    return redirect(url_for("schedule.hours", instrument_id=instrument.id))


@bp.post("/<uuid:instrument_id>/hours/save-template")
@acting_required
def save(instrument_id: UUID) -> ResponseReturnValue:
    """Keep the week of one instrument as a template."""
    instrument = _instrument(instrument_id)
    name = request.form.get("name", "").replace("\x00", "")
    with attempt() as tried:
        template = templates.save_template(
            current_actor(), instrument, name, with_rules=bool(request.form.get("with_rules"))
        )
    if tried.refusal is not None:
        flash(str(tried.refusal), "error")
        return redirect(url_for("schedule.hours", instrument_id=instrument.id))
    flash(_("Saved as “%(name)s”. Instruments change only where you apply it.", name=template.name), "ok")
    return redirect(url_for(".preview", template_id=template.id))


@bp.get("/hours-templates/<uuid:template_id>")
@acting_required
@asks(ids=identity)
def preview(template_id: UUID) -> ResponseReturnValue:
    """What the template would change, instrument by instrument (``?ids=``, else the first ones)."""
    template = _template(template_id, TemplatePolicy.manage)
    ids = [_uuid(text) for text in request.args.getlist("ids")[:MOST_AT_ONCE]]
    chosen = templates.instruments_of(template.organisation_id, ids, MOST_AT_ONCE)
    effects = [templates.effect(template, each) for each in chosen]
    return render(
        "equipment/schedule/template.html",
        kept=template,
        week=week_text(templates.week_kept(template)),
        rows=[_row(each, ticked=bool(ids)) for each in effects if each.changes],
        same=sum(not each.changes for each in effects),
        most=MOST_AT_ONCE if len(chosen) == MOST_AT_ONCE else 0,
    )


@bp.post("/hours-templates/<uuid:template_id>")
@acting_required
def apply(template_id: UUID) -> ResponseReturnValue:
    """Give the hours to the ticked instruments."""
    template = _template(template_id, TemplatePolicy.manage)
    ids = [_uuid(text) for text in request.form.getlist("ids")[:MOST_AT_ONCE]]
    if not ids:
        flash(_("Choose at least one instrument."), "error")
        return redirect(url_for(".preview", template_id=template.id))
    chosen = templates.instruments_of(template.organisation_id, ids, MOST_AT_ONCE)
    outside = sum(templates.effect(template, each).outside for each in chosen)
    done = sum(templates.apply_template(current_actor(), template, each) for each in chosen)
    flash(ngettext("%(num)d instrument has these hours now.", "%(num)d instruments have these hours now.", done), "ok")
    _tell(outside)
    return redirect(url_for(".list"))


@bp.post("/hours-templates/<uuid:template_id>/remove")
@acting_required
def remove(template_id: UUID) -> ResponseReturnValue:
    """Forget a template."""
    templates.remove_template(current_actor(), _template(template_id, TemplatePolicy.manage))
    flash(_("The template is gone; instruments keep their hours."), "toast")
    return redirect(url_for(".list"))


def _tell(outside: int) -> None:
    if outside:
        text = ngettext(
            "%(num)d booking lies outside these hours and stays. Move or cancel it if it cannot.",
            "%(num)d bookings lie outside these hours and stay. Move or cancel those that cannot.",
            outside,
        )
        flash(text, "warn")


def _row(found: templates.Effect, *, ticked: bool) -> dict[str, Any]:
    instrument, chinese = found.instrument, current_locale() == "zh_CN"
    return {
        "id": instrument.id,
        "title": (instrument.name_zh if chinese else "") or instrument.name,
        "asset_no": instrument.asset_no,
        "before": "" if found.before.is_empty else week_text(found.before),
        "rules": found.changes_rules,
        "outside": found.outside,
        "ticked": ticked,
    }


def week_text(weekly: WeeklyHours) -> str:
    """A week in short: days with the same hours together, e.g. ``Monday–Friday 08:30-17:30``."""
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    parts: dict[int, str] = {}
    first = 0
    for day in range(1, len(WEEKDAYS) + 1):
        if day < len(WEEKDAYS) and weekly.days[day] == weekly.days[first]:
            continue
        if weekly.days[first]:
            days = str(names[first]) if day - first == 1 else f"{names[first]}–{names[day - 1]}"
            parts[first] = f"{days} {', '.join(map(str, weekly.days[first]))}"
        first = day
    return "; ".join(parts.values())


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Missing(NOT_HERE) from None
