"""The operator's side: what waits to be checked or announced, the comparison, the gazette, clocks that run out."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor
from app.accounts.models import Role
from app.core.attempts import attempt
from app.core.clock import today
from app.core.db import session
from app.core.errors import Forbidden, Missing
from app.core.filters import asks, one_of
from app.core.forms import PressForm
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import load
from app.core.templating import format_date, render
from app.market.open_licences.announcing import record_announcement
from app.market.open_licences.comparing import compared
from app.market.open_licences.filing import ask_correction, pass_check, refuse, return_declaration
from app.market.open_licences.forms import AnswerOfCnipaForm, GazetteForm, ReturnForm, WithdrawalAnswerForm
from app.market.open_licences.gazette import Row, read_rows
from app.market.open_licences.models import OpenLicence
from app.market.open_licences.operations import blockers_of
from app.market.open_licences.policy import OpenLicencePolicy
from app.market.open_licences.queries import ALL, QUEUES, queue
from app.market.open_licences.withdrawing import record_withdrawal, refuse_withdrawal
from app.market.open_licences.wording import RETURN_REASONS, STATE_NAMES, price_words

bp = Blueprint("announcements", __name__, template_folder="../templates")


@bp.get("/operator/open-licences")
@acting_required
@asks(queue=one_of(QUEUES))
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint's name
    """What waits: to be checked, to be announced, to be withdrawn, clocks that run out; also as a file."""
    if not current_actor().operates():
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    chosen = request.args.get("queue", "check")
    chosen = chosen if chosen in QUEUES else "check"
    statement = queue(chosen)
    if wants_csv():
        header = (_("Number"), _("Patent number"), _("Title of the patent"), _("Organisation"), _("State"), _("Price"))
        rows = (
            (one.number, one.patent.shown_number, one.patent.title, one.owner.name, STATE_NAMES[one.state],
             price_words(one))
            for one in session.scalars(statement).unique()
        )  # fmt: skip
        return csv_response(f"open-licences-{chosen}", header, rows)
    return render("market/open_licences/operator/list.html", page=paginate(statement), chosen=chosen, queues=QUEUES)


@bp.get("/operator/open-licences/<uuid:open_licence_id>")
@acting_required
def show(open_licence_id: UUID) -> ResponseReturnValue:
    """Declared beside the register, differences marked."""
    return _page(_loaded(open_licence_id))


@bp.post("/operator/open-licences/<uuid:open_licence_id>/pass")
@acting_required
def passing(open_licence_id: UUID) -> ResponseReturnValue:
    """Nothing wrong."""
    declared = _loaded(open_licence_id)
    pass_check(current_actor(), declared)
    flash(_("Passed."), "ok")
    return redirect(url_for(".list"))


@bp.post("/operator/open-licences/<uuid:open_licence_id>/return")
@acting_required
def returning(open_licence_id: UUID) -> ResponseReturnValue:
    """Send it back with reasons."""
    declared, form = _loaded(open_licence_id), ReturnForm()
    reasons = [reason for reason in request.form.getlist("reasons") if reason in RETURN_REASONS]
    if form.validate_on_submit():
        with form.attempt():
            return_declaration(current_actor(), declared, reasons, form.note.data or "")
        if form.ok:
            flash(_("Sent back."), "ok")
            return redirect(url_for(".list"))
    return _page(declared, return_form=form), 422


@bp.post("/operator/open-licences/<uuid:open_licence_id>/answer")
@acting_required
def answering(open_licence_id: UUID) -> ResponseReturnValue:
    """CNIPA wants it corrected, or does not announce it."""
    declared, form = _loaded(open_licence_id), AnswerOfCnipaForm(prefix="cnipa")
    if form.validate_on_submit():
        with form.attempt():
            act = ask_correction if form.answer.data == "correction" else refuse
            act(current_actor(), declared, form.note.data or "", form.given_day)
        if form.ok:
            flash(_("Noted."), "ok")
            return redirect(url_for(".show", open_licence_id=declared.id))
    return _page(declared, cnipa_form=form), 422


@bp.post("/operator/open-licences/<uuid:open_licence_id>/withdrawal-refused")
@acting_required
def refusing_withdrawal(open_licence_id: UUID) -> ResponseReturnValue:
    """CNIPA does not accept the withdrawal, or it was taken back: the declaration stays announced."""
    declared, form = _loaded(open_licence_id), WithdrawalAnswerForm(prefix="withdrawal")
    if form.carries_out(lambda: refuse_withdrawal(current_actor(), declared, form.note.data or "")):
        flash(_("Noted."), "ok")
        return redirect(url_for(".show", open_licence_id=declared.id))
    return _page(declared, withdrawal_form=form), 422


@bp.route("/operator/gazette", methods=["GET", "POST"])
@acting_required
def gazette() -> ResponseReturnValue:
    """Paste or upload rows, see what they match, record them; the rows that are held are named."""
    actor = current_actor()
    if not actor.operates():
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    if not actor.operates(Role.VERIFIER):
        raise Forbidden(_l("Your role does not allow this."), details={"needs": "verifier"})
    form = GazetteForm()
    rows: Sequence[Row] = ()
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        form.rows.data = upload.read(200_000).decode("utf-8-sig", errors="replace")
    if form.validate_on_submit():
        with form.attempt():
            rows = read_rows(form.rows.data or "", form.kind.data or "announced")
        if form.ok and request.form.get("record"):
            done, refused = _record(rows, form)
            flash(_("%(count)s recorded, %(held)s held.", count=done, held=len(refused)), "ok" if done else "warn")
            rows = refused
    return render("market/open_licences/operator/gazette.html", form=form, rows=rows), 200 if form.ok else 422


def _record(rows: Sequence[Row], form: GazetteForm) -> tuple[int, Sequence[Row]]:
    """(recorded, rows that are held with their reasons): each row in a savepoint of its own."""
    held: Any = []
    done = 0
    for row in rows:
        if row.open_licence is None or row.day is None:
            held.append(row)
            continue
        with attempt(even_denied=True) as tried:
            _record_one(row.open_licence, row.announcement_no, row.day, form)
        if tried.refusal is not None:
            held.append(Row(row.line, row.patent_number, row.announcement_no, row.day, held=str(tried.refusal)))
        else:
            done += 1
    return done, held


def _record_one(declared: OpenLicence, number: str, day: date, form: GazetteForm) -> None:
    if form.kind.data == "withdrawn":
        record_withdrawal(current_actor(), declared, number, day)
    else:
        record_announcement(current_actor(), declared, number, day, form.source.data or "")


def _loaded(identity: UUID) -> OpenLicence:
    actor = current_actor()
    if not actor.operates():
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    rule = OpenLicencePolicy.view_draft if request.method == "GET" else OpenLicencePolicy.check
    return load(OpenLicence, identity, actor, rule, known_to=OpenLicencePolicy.view_draft, options=ALL)


def _page(
    declared: OpenLicence, *, return_form: ReturnForm | None = None, cnipa_form: AnswerOfCnipaForm | None = None,
    withdrawal_form: WithdrawalAnswerForm | None = None,
) -> str:  # fmt: skip
    return render(
        "market/open_licences/operator/show.html", declared=declared, rows=compared(declared), press=PressForm(),
        return_form=return_form or ReturnForm(formdata=None),
        cnipa_form=cnipa_form or AnswerOfCnipaForm(prefix="cnipa", formdata=None),
        withdrawal_form=withdrawal_form or WithdrawalAnswerForm(prefix="withdrawal", formdata=None),
        blockers=blockers_of(declared), reasons=RETURN_REASONS,
        may_check=OpenLicencePolicy.check(current_actor(), declared), today=today(), format_date=format_date,
    )  # fmt: skip
