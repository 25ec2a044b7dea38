"""Importing and exporting lists of instruments: upload, preview, mend, import; and the files out again."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload, undefer

from app.accounts.identity import acting_required, current_actor
from app.accounts.models import Organisation, OrganisationKind
from app.core.errors import DomainError, Invalid, Missing
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.pages import csv_response, file_response
from app.core.policy import Rule, ensure, load
from app.core.tabular import Limits
from app.core.templating import render
from app.equipment.exchange import drafts
from app.equipment.exchange.formats import FORMATS, FormatCode
from app.equipment.exchange.forms import UploadForm
from app.equipment.exchange.models import ImportDraft
from app.equipment.exchange.plans import Outcome
from app.equipment.exchange.policy import DraftPolicy, ExchangePolicy
from app.equipment.exchange.preview import filters, preview, reading, shown_row, summary, wrong_rows
from app.equipment.exchange.queries import exportable_instruments

TOO_LONG = {"too_many_rows", "file_too_large"}

bp = Blueprint("exchange", __name__, url_prefix="/instruments", template_folder="../templates")


def _owner(permission: Rule) -> Organisation:
    """The institution acted for. Raises Missing for other organisations, Forbidden for too small a role."""
    actor = current_actor()
    if actor.organisation is None or actor.organisation.kind is not OrganisationKind.INSTITUTION:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    ensure(actor, permission, actor.organisation, known_to=ExchangePolicy.view)
    return actor.organisation


def _draft(draft_id: UUID) -> ImportDraft:
    options = (joinedload(ImportDraft.organisation), undefer(ImportDraft.content))
    return load(ImportDraft, draft_id, current_actor(), DraftPolicy.use, known_to=DraftPolicy.view, options=options)


@bp.route("/import", methods=["GET", "POST"])
@acting_required
def new() -> ResponseReturnValue:
    """Upload a list; nothing is saved before the preview is confirmed."""
    owner = _owner(ExchangePolicy.view if request.method == "GET" else ExchangePolicy.import_)
    form = UploadForm()
    if form.validate_on_submit():
        with form.attempt():
            draft = drafts.create_draft(current_actor(), owner, form.file.data.filename or "", form.file.data.read())
        if form.ok:
            return redirect(url_for(".show", draft_id=draft.id))
    chosen = form.file.data.filename if form.file.data else ""
    page = render(
        "equipment/exchange/new.html",
        form=form,
        limits=drafts.LIMITS,
        most=Limits(),
        command=drafts.server_command(owner, chosen or _("list.csv")),
        recent=drafts.recent_drafts(owner),
        formats=FORMATS,
        may_import=ExchangePolicy.import_(current_actor(), owner),
    )
    return page, 422 if form.is_submitted() else 200


@bp.get("/import/<uuid:draft_id>")
@acting_required
def show(draft_id: UUID) -> ResponseReturnValue:
    """The preview: what each row would do; wrong ones first. After the import: what was done."""
    draft = _draft(draft_id)
    if draft.applied_at is not None:
        return render("equipment/exchange/done.html", draft=draft)
    chosen = request.args.get("show", "")
    chosen = chosen if chosen in set(Outcome) else ""
    context: dict[str, Any] = {"draft": draft, "reading": reading(draft), "show": chosen}
    try:
        found = preview(draft.organisation, draft, chosen, request.args.get("page", 1, type=int))
    except Invalid as refusal:
        command = drafts.server_command(draft.organisation, draft.name) if refusal.code in TOO_LONG else ""
        context |= {"command": command, "most": Limits()}
        unread = {"refusal": refusal, "filters": [], "rows": [], "page": None, "counts": None}
        return render("equipment/exchange/preview.html", **context, **unread, summary=draft.name), 422
    return render(
        "equipment/exchange/preview.html",
        **context,
        refusal=None,
        counts=found.counts,
        filters=filters(found.counts, chosen),
        page=found.page,
        rows=[shown_row(planned, found.records.get(planned.row.line)) for planned in found.page.items],
        summary=f"{draft.name} · {summary(draft, found.counts.total)}",
    )


@bp.post("/import/<uuid:draft_id>/reading")
@acting_required
def read(draft_id: UUID) -> ResponseReturnValue:
    """Read the list otherwise."""
    draft = _draft(draft_id)
    columns = {
        index: request.form.get(f"column-{index}", "")
        for index in range(len(draft.headings))
        if request.form.get(f"column-{index}")
    }
    try:
        drafts.choose_reading(
            current_actor(),
            draft,
            code=request.form.get("format", ""),
            encoding=request.form.get("encoding", ""),
            delimiter=request.form.get("delimiter", ""),
            columns=columns,
        )
    except Invalid as refusal:
        flash(str(refusal), "error")
    return redirect(url_for(".show", draft_id=draft_id))


@bp.post("/import/<uuid:draft_id>/cell")
@acting_required
def mend(draft_id: UUID) -> ResponseReturnValue:
    """Mend one cell and look again."""
    draft = _draft(draft_id)
    line, index = (request.form.get(name, -1, type=int) for name in ("line", "index"))
    try:
        drafts.mend_cell(current_actor(), draft, line, index, request.form.get("text", ""))
    except Invalid as refusal:
        flash(str(refusal), "error")
    return redirect(url_for(".show", draft_id=draft_id, show=request.form.get("show") or None, _anchor=f"line-{line}"))


@bp.get("/import/<uuid:draft_id>/wrong")
@acting_required
def wrong(draft_id: UUID) -> ResponseReturnValue:
    """The wrong rows with their reasons, as a file."""
    draft = _draft(draft_id)
    header, rows = wrong_rows(draft.organisation, draft)
    return csv_response("wrong-rows", header, rows)


@bp.post("/import/<uuid:draft_id>")
@acting_required
def apply(draft_id: UUID) -> ResponseReturnValue:
    """Create and change what the preview said."""
    draft = _draft(draft_id)
    try:
        drafts.apply_draft(current_actor(), draft)
    except DomainError as refusal:
        if refusal.status in {403, 404}:
            raise
        flash(str(refusal), "error")
    return redirect(url_for(".show", draft_id=draft_id))


@bp.post("/import/<uuid:draft_id>/discard")
@acting_required
def discard(draft_id: UUID) -> ResponseReturnValue:
    """Throw the upload away."""
    drafts.discard_draft(current_actor(), _draft(draft_id))
    flash(_("The upload is gone; nothing was imported."), "toast")
    return redirect(url_for(".new"))


@bp.get("/export/<code>")
@acting_required
def export(code: str) -> ResponseReturnValue:
    """All instruments of the institution in a format that can be imported again."""
    if code not in set(FormatCode):
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    owner = _owner(ExchangePolicy.export)
    exchange = FORMATS[FormatCode(code)]
    parts = exchange.write(exportable_instruments(owner))
    return file_response(f"{owner.code}.{exchange.suffix}", exchange.mimetype, parts)
