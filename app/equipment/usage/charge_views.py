"""What a person's own bookings cost the organisation, month by month (flows.md §3: of bills, a booker reads these)."""

from datetime import date

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor
from app.core.clock import today
from app.core.db import session
from app.core.i18n import gettext as _
from app.core.money import Money
from app.core.pages import csv_response, paginate, wants_csv
from app.core.templating import render
from app.equipment.usage.queries import own_charges, own_total
from app.settlement.statements.calendar import first_day, following, previous
from app.settlement.words import CHARGE_BADGES, CHARGE_KINDS, CHARGE_STATES

bp = Blueprint("own_charges", __name__, template_folder="../templates")


@bp.get("/bookings/charges", endpoint="list")
@acting_required
def list_own() -> ResponseReturnValue:
    """Charges of what I booked for the organisation acted for, by the month of use; ``?format=csv`` gives a file."""
    actor = current_actor()
    month = _month()
    statement = own_charges(actor, month)
    if wants_csv():
        header = (_("Date"), _("Number"), _("Instrument"), _("Institution"), _("Kind"), _("State"), _("Amount"))
        rows = (
            (one.used_on, one.subject_number, one.description, one.provider.name, CHARGE_KINDS[one.kind],
             CHARGE_STATES[one.state], Money(one.total_minor).decimal)
            for one in session.scalars(statement)
        )  # fmt: skip
        return csv_response(f"my-charges-{month:%Y-%m}", header, rows)
    return render(
        "equipment/usage/charges.html",
        page=paginate(statement),
        total=own_total(actor, month),
        month=month,
        earlier=previous(month),
        later=following(month) if following(month) <= today() else None,
        kinds=CHARGE_KINDS,
        states=CHARGE_STATES,
        badges=CHARGE_BADGES,
    )


def _month() -> date:
    """The month named by ``?month=2026-11``, else this one. Raises Invalid for anything else."""
    written = request.args.get("month", "")
    return first_day(written) if written else today().replace(day=1)
