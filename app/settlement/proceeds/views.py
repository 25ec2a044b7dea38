"""Held proceeds: the operator's list, one of them with proposal and confirmation, and the pledgee's page by link."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from app.accounts.identity import current_actor, login_required
from app.accounts.models import Actor
from app.core.db import session
from app.core.errors import Missing
from app.core.filters import asks, one_of
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import ensure, load
from app.core.templating import format_date, render
from app.core.tenancy import everybody
from app.files.operations import store_file
from app.settlement.policy import operator_staff
from app.settlement.proceeds.forms import ProposalForm
from app.settlement.proceeds.models import ProceedsChoice, ProceedsHold
from app.settlement.proceeds.operations import ACCOUNT, confirm_release, propose_release, refuse_release
from app.settlement.proceeds.policy import ProceedsPolicy
from app.settlement.proceeds.queries import WITH_CHARGE, collected_of, hold_by_link, proceeds_holds
from app.settlement.proceeds.words import CHOICES

bp = Blueprint("proceeds", __name__, url_prefix="/settlement/proceeds", template_folder="../templates")
link_bp = Blueprint("held", __name__, url_prefix="/held", template_folder="../templates")
FILES = "proceeds_holds"


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
    )


def _load(hold_id: UUID) -> ProceedsHold:
    return load(
        ProceedsHold, hold_id, current_actor(), ProceedsPolicy.view, known_to=ProceedsPolicy.known_to,
        options=WITH_CHARGE,
    )  # fmt: skip


@bp.get("/<uuid:hold_id>")
@login_required
def show(hold_id: UUID) -> ResponseReturnValue:
    """What is held for whom, what is proposed with which paper, and what was decided."""
    return _page(_load(hold_id), ProposalForm(formdata=None))


def _page(hold: ProceedsHold, form: ProposalForm) -> str:
    actor = current_actor()
    return render(
        "settlement/proceeds/show.html", hold=hold, form=form, choices=CHOICES,
        collected=collected_of([hold.charge_id]).get(hold.charge_id, 0), is_operator=actor.is_operator,
        may_propose=hold.is_open and ProceedsPolicy.propose(actor, hold),
        may_confirm=hold.is_open and hold.proposed_choice is not None and hold.proposed_by_id != actor.user_id
        and ProceedsPolicy.release(actor, hold),
    )  # fmt: skip


@bp.post("/<uuid:hold_id>")
@login_required
def propose(hold_id: UUID) -> ResponseReturnValue:
    """Owner and pledgee have agreed: write it down with their paper."""
    hold, form, actor = _load(hold_id), ProposalForm(), current_actor()
    ensure(actor, ProceedsPolicy.propose, hold, known_to=ProceedsPolicy.view)
    if form.validate_on_submit():
        with form.attempt():
            paper: FileStorage = form.file.data
            file = store_file(actor, paper.filename or "", paper.stream, subject_kind=FILES, subject_id=hold.id)  # type: ignore[arg-type]
            account: dict[str, Any] = {name: form[name].data or "" for name in ACCOUNT}
            propose_release(actor, hold, ProceedsChoice(form.choice.data), file, account)
        if form.ok:
            flash(_("Written down. A second person confirms it."), "ok")
            return redirect(url_for(".show", hold_id=hold.id))
    return _page(_load(hold_id), form), 422


@bp.post("/<uuid:hold_id>/confirm")
@login_required
def confirm(hold_id: UUID) -> ResponseReturnValue:
    """The second person agrees."""
    hold = _load(hold_id)
    confirm_release(current_actor(), hold)
    flash(_("Noted. The money goes into the next payout."), "ok")
    return redirect(url_for(".show", hold_id=hold.id))


@bp.post("/<uuid:hold_id>/refuse")
@login_required
def refuse(hold_id: UUID) -> ResponseReturnValue:
    """The second person does not agree."""
    hold = _load(hold_id)
    refuse_release(current_actor(), hold)
    flash(_("The proposal is gone, the money stays held."), "ok")
    return redirect(url_for(".show", hold_id=hold.id))


@link_bp.get("/<token>", endpoint="show")
def held(token: str) -> ResponseReturnValue:
    """What is held for a pledgee, by the link that only it has; nothing happens by looking."""
    with everybody():
        hold = hold_by_link(token)
        if hold is None:
            raise Missing(_l("There is nothing here, or it is not yours to see."))
        collected = collected_of([hold.charge_id]).get(hold.charge_id, 0)
        return render("settlement/proceeds/held.html", hold=hold, collected=collected, choices=CHOICES)


def may_read_paper(actor: Any, hold_id: UUID | None) -> bool:
    """Owner's finance and the operator's readers."""
    hold = session.get(ProceedsHold, hold_id) if hold_id else None
    return isinstance(actor, Actor) and hold is not None and ProceedsPolicy.view(actor, hold)
