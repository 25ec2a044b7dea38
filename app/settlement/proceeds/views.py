"""The operator's proceeds that are held."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import current_actor, login_required
from app.core.db import session
from app.core.errors import Invalid
from app.core.filters import asks, one_of
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import ensure, load
from app.core.templating import format_date, render
from app.settlement.policy import operator_staff
from app.settlement.proceeds.models import ProceedsChoice, ProceedsHold
from app.settlement.proceeds.operations import release_proceeds
from app.settlement.proceeds.policy import ProceedsPolicy
from app.settlement.proceeds.queries import collected_of, proceeds_holds
from app.settlement.proceeds.words import CHOICES

bp = Blueprint("proceeds", __name__, url_prefix="/settlement/proceeds", template_folder="../templates")


@bp.get("", endpoint="list")
@login_required
@asks(state=one_of(("done",)))
def list_holds() -> ResponseReturnValue:
    """Charges whose proceeds wait for a decision; ``?state=done`` what was decided."""
    actor = current_actor()
    ensure(actor, ProceedsPolicy.read, None, known_to=operator_staff)
    state = request.args.get("state", "")
    statement = proceeds_holds(state)
    if wants_csv():
        holds = session.scalars(statement).all()
        collected = collected_of([hold.charge_id for hold in holds])
        header = (_("Number"), _("Institution"), _("Customer"), _("Why"), _("Collected"), _("Held since"),
                  _("Decided"))  # fmt: skip
        rows = (
            (hold.charge.subject_number, hold.provider.name, hold.charge.payer.name, hold.reason,
             Money(collected.get(hold.charge_id, 0)).decimal, format_date(hold.held_at, "iso"),
             CHOICES[hold.choice] if hold.choice else "")
            for hold in holds
        )  # fmt: skip
        return csv_response("proceeds", header, rows)
    page = paginate(statement)
    return render(
        "settlement/proceeds/list.html",
        page=page,
        state=state,
        collected=collected_of([hold.charge_id for hold in page.items]),
        choices=CHOICES,
        may_release=ProceedsPolicy.release(actor, None),
    )


@bp.post("/<uuid:hold_id>")
@login_required
def release(hold_id: UUID) -> ResponseReturnValue:
    """Owner and pledgee have agreed."""
    actor = current_actor()
    hold = load(ProceedsHold, hold_id, actor, ProceedsPolicy.release, known_to=operator_staff)
    choice = request.form.get("choice", "")
    if choice not in set(ProceedsChoice):
        raise Invalid(_l("Choose prepayment or deposit."), field="choice")
    release_proceeds(actor, hold, ProceedsChoice(choice))
    flash(_("Noted. The money goes into the next payout."), "ok")
    return redirect(url_for(".list"))
