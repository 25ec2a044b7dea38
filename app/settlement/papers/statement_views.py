"""Statements of institutions: the list, one statement, its files, and issuing one early."""

from datetime import date
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import acting_required, current_actor, login_required
from app.accounts.models import OrganisationKind
from app.core.attempts import attempt
from app.core.clock import today
from app.core.db import session
from app.core.errors import Missing
from app.core.filters import asks, one_of
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.i18n import ngettext
from app.core.money import Money
from app.core.pages import PDF, XLSX, csv_response, file_response, paginate, wants_csv
from app.core.policy import ensure, load
from app.core.templating import render
from app.settlement.credits.policy import CreditPolicy
from app.settlement.interests.queries import explained_lines
from app.settlement.papers.documents import ledger_number, statement_pdf, statement_workbook
from app.settlement.papers.queries import statement_progress
from app.settlement.policy import paper_reader, provider
from app.settlement.proceeds.queries import holds_on_statement
from app.settlement.statements.calendar import first_day, previous
from app.settlement.statements.models import Statement
from app.settlement.statements.operations import issue_statement
from app.settlement.statements.policy import StatementPolicy
from app.settlement.statements.queries import (
    TO_STATE,
    charges_to_state,
    close_preview,
    groups_of_statement,
    lines_of_statement,
    visible_statements,
)
from app.settlement.words import CHARGE_BADGES, CHARGE_KINDS, CHARGE_STATES

bp = Blueprint("statements", __name__, template_folder="../templates")
charges = Blueprint("charges", __name__, template_folder="../templates")

LINES_PER_PAGE = 100


def asked_month(default: date | None = None) -> date | None:
    """The month named by ``?month=2026-11``. Raises Invalid for anything else."""
    written = request.args.get("month", "")
    return first_day(written) if written else default


@bp.get("/statements")
@acting_required
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint is statements.list
    """Statements of the institution acted for; the operator sees all."""
    actor = current_actor()
    ensure(actor, paper_reader, None)
    statement = visible_statements(actor, month=asked_month())
    if wants_csv():
        header = (_("Number"), _("Month"), _("Institution"), _("Charged"), _("Commission"), _("Net"), _("Uses"))
        rows = (
            (one.number, f"{one.month:%Y-%m}", one.party["name"], Money(one.gross_minor).decimal,
             Money(one.commission_minor).decimal, Money(one.net_minor).decimal, one.uses_count)
            for one in session.scalars(statement)
        )  # fmt: skip
        return csv_response("statements", header, rows)
    return render(
        "settlement/statements/list.html",
        page=paginate(statement),
        month=asked_month(),
        is_operator=actor.is_operator,
        is_institution=actor.organisation is not None and actor.organisation.kind is OrganisationKind.INSTITUTION,
    )


@bp.get("/statements/<uuid:statement_id>")
@login_required
def show(statement_id: UUID) -> ResponseReturnValue:
    """One statement: the sum, how far the money is, lines grouped by instrument."""
    actor = current_actor()
    statement = load(Statement, statement_id, actor, StatementPolicy.view, known_to=StatementPolicy.known_to)
    page = paginate(lines_of_statement(statement.id), size=LINES_PER_PAGE, scalars=False)
    names = [(line.description, line.item_id) for line, _number in page.items]
    return render(
        "settlement/statements/show.html",
        statement=statement,
        page=page,
        groups=groups_of_statement(statement.id, names),
        explained=explained_lines([row[0] for row in page.items]),
        holds=holds_on_statement(statement.id),
        progress=statement_progress(statement.id, statement.net_minor),
        kinds=CHARGE_KINDS,
        may_credit=CreditPolicy.issue(actor, statement),
        is_provider=provider(actor, statement) and not actor.is_system,
        ledger_number=ledger_number,
    )


@bp.get("/statements/<uuid:statement_id>/pdf")
@login_required
def pdf(statement_id: UUID) -> ResponseReturnValue:
    """The statement as PDF."""
    statement = load(Statement, statement_id, current_actor(), StatementPolicy.view, known_to=StatementPolicy.known_to)
    return file_response(f"{statement.number}.pdf", PDF, [statement_pdf(statement)])


@bp.get("/statements/<uuid:statement_id>/xlsx")
@login_required
def xlsx(statement_id: UUID) -> ResponseReturnValue:
    """The statement as a workbook."""
    statement = load(Statement, statement_id, current_actor(), StatementPolicy.view, known_to=StatementPolicy.known_to)
    return file_response(f"{statement.number}.xlsx", XLSX, [statement_workbook(statement)])


def _institution_required() -> None:
    organisation = current_actor().organisation
    if organisation is None or organisation.kind is not OrganisationKind.INSTITUTION:
        raise Missing(_l("There is nothing here, or it is not yours to see."))


@charges.get("/charges", endpoint="list")
@acting_required
@asks(state=one_of(CHARGE_STATES))
def list_charges() -> ResponseReturnValue:
    """What waits for the next statement of the institution: the preview of issuing it."""
    _institution_required()
    actor = current_actor()
    ensure(actor, paper_reader, None)
    month = asked_month(today().replace(day=1)) or today().replace(day=1)
    state = request.args.get("state", "")
    statement = charges_to_state(month, actor.organisation_id, state=state)
    if wants_csv():
        header = (_("Date"), _("Number"), _("Instrument"), _("Customer"), _("State"), _("Amount"))
        rows = (
            (one.used_on, one.subject_number, one.description, one.payer.name, CHARGE_STATES[one.state],
             Money(one.total_minor).decimal)
            for one in session.scalars(statement)
        )  # fmt: skip
        return csv_response(f"charges-{month:%Y-%m}", header, rows)
    return render(
        "settlement/charges/list.html",
        page=paginate(statement),
        preview=close_preview(month, actor.organisation_id),
        month=month,
        earlier=previous(month),
        state=state,
        states={each: CHARGE_STATES[each] for each in TO_STATE},
        badges=CHARGE_BADGES,
        kinds=CHARGE_KINDS,
        may_issue=StatementPolicy.issue(actor, Statement(provider_id=actor.organisation_id)),
    )


@charges.post("/charges/<month>/issue")
@acting_required
def issue(month: str) -> ResponseReturnValue:
    """Issue the institution's statement of a month now."""
    _institution_required()
    actor = current_actor()
    if actor.organisation is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    with attempt() as tried:
        statement, cut = issue_statement(actor, actor.organisation, first_day(month))
    if tried.refusal is not None:
        flash(str(tried.refusal), "warn")
        return redirect(url_for(".list", month=month))
    if cut:
        text = ngettext(
            "Issued. %(num)s objection window was cut short.", "Issued. %(num)s objection windows were cut short.", cut
        )
    else:
        text = _("Issued. The statement is never changed from now on.")
    flash(text, "ok")
    return redirect(url_for("statements.show", statement_id=statement.id))
