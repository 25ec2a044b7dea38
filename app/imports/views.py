"""The pages of an import: upload, preview, mend, import. A kind adds them to a blueprint of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import undefer

from app.accounts.identity import acting_required, current_actor
from app.accounts.models import Organisation
from app.core.attempts import attempt
from app.core.errors import DomainError, Invalid, Missing
from app.core.filters import asks, one_of
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.pages import csv_response
from app.core.policy import Rule, ensure, load
from app.core.tabular import Limits
from app.core.templating import render
from app.imports import drafts
from app.imports.forms import UploadForm
from app.imports.kinds import ImportKind
from app.imports.models import ImportDraft
from app.imports.plans import Outcome
from app.imports.policy import use_draft, view_draft
from app.imports.preview import filters, preview, reading, shown_row, summary, wrong_rows
from app.imports.queries import recent_drafts

TOO_LONG = {"too_many_rows", "file_too_large"}

View = Callable[..., ResponseReturnValue]


def owner_of(kind: ImportKind, permission: Rule) -> Organisation:
    """The organisation acted for, as an owner of such things.

    Raises Missing for organisations that cannot have any, Forbidden for too small a role.
    """
    actor = current_actor()
    if actor.organisation is None or actor.organisation.kind not in kind.owners:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    ensure(actor, permission, actor.organisation, known_to=kind.view)
    return actor.organisation


def add_import_pages(bp: Blueprint, kind: ImportKind, *, upload: str = "", done: str = "") -> None:
    """Give a blueprint the pages below ``/import``: endpoints new, show, read, mend, wrong, apply and discard.

    `upload` and `done` name templates of the kind that extend ``imports/new.html`` and ``imports/done.html`` and fill
    their blocks; both get `kind`.
    """
    pages = ImportPages(kind, upload or "imports/new.html", done or "imports/done.html")
    for address, view, methods in (
        ("", pages.new, ["GET", "POST"]),
        ("/<uuid:draft_id>", pages.show, ["GET"]),
        ("/<uuid:draft_id>/reading", pages.read, ["POST"]),
        ("/<uuid:draft_id>/cell", pages.mend, ["POST"]),
        ("/<uuid:draft_id>/wrong", pages.wrong, ["GET"]),
        ("/<uuid:draft_id>", pages.apply, ["POST"]),
        ("/<uuid:draft_id>/discard", pages.discard, ["POST"]),
    ):
        bp.add_url_rule(f"/import{address}", view.__name__, acting_required(view), methods=methods)


@dataclass(frozen=True, slots=True)
class ImportPages:
    """The views of one kind."""

    kind: ImportKind
    upload: str
    done: str

    def new(self) -> ResponseReturnValue:
        """Upload a list; nothing is saved before the preview is confirmed."""
        kind, actor = self.kind, current_actor()
        owner = owner_of(kind, kind.view if request.method == "GET" else kind.import_)
        form = UploadForm().called(kind)
        if form.validate_on_submit():
            with form.attempt():
                draft = drafts.create_draft(kind, actor, owner, form.file.data.filename or "", form.file.data.read())
            if form.ok:
                return redirect(url_for(".show", draft_id=draft.id))
        chosen = form.file.data.filename if form.file.data else ""
        page = render(
            self.upload,
            kind=kind,
            form=form,
            most=Limits(),
            command=drafts.server_command(kind, owner, chosen or str(kind.texts.sample)),
            recent=recent_drafts(kind, owner),
            may_import=kind.import_(actor, owner),
        )
        return page, 422 if form.is_submitted() else 200

    @asks(show=one_of(Outcome))
    def show(self, draft_id: UUID) -> ResponseReturnValue:
        """The preview: what each row would do; wrong ones first. After the import: what was done."""
        kind, draft = self.kind, self._draft(draft_id)
        if draft.applied_at is not None:
            return render(self.done, kind=kind, draft=draft)
        chosen = request.args.get("show", "")
        chosen = chosen if chosen in set(Outcome) else ""
        context: dict[str, Any] = {"kind": kind, "draft": draft, "reading": reading(kind, draft), "show": chosen}
        with attempt(Invalid) as tried:
            found = preview(kind, draft.organisation, draft, chosen, request.args.get("page", 1, type=int))
        if tried.refusal is not None:
            return self._unreadable(draft, tried.refusal, context)
        return render(
            "imports/preview.html",
            **context,
            refusal=None,
            counts=found.counts,
            filters=filters(found.counts, chosen),
            page=found.page,
            rows=[shown_row(kind, planned, found.records.get(planned.row.line)) for planned in found.page.items],
            summary=f"{draft.name} · {summary(kind, draft, found.counts.total)}",
        )

    def _unreadable(self, draft: ImportDraft, refusal: DomainError, context: dict[str, Any]) -> ResponseReturnValue:
        command = drafts.server_command(self.kind, draft.organisation, draft.name) if refusal.code in TOO_LONG else ""
        unread = {"refusal": refusal, "filters": [], "rows": [], "page": None, "counts": None}
        context |= {"command": command, "most": Limits(), "summary": draft.name}
        return render("imports/preview.html", **context, **unread), 422

    def read(self, draft_id: UUID) -> ResponseReturnValue:
        """Read the list otherwise."""
        draft, sent = self._draft(draft_id), request.form
        named = {index: sent.get(f"column-{index}", "") for index in range(len(draft.headings))}
        with attempt(Invalid) as tried:
            drafts.choose_reading(
                self.kind,
                current_actor(),
                draft,
                code=sent.get("format", ""),
                encoding=sent.get("encoding", ""),
                delimiter=sent.get("delimiter", ""),
                columns={index: heading for index, heading in named.items() if heading},
            )
        if tried.refusal is not None:
            flash(str(tried.refusal), "error")
        return redirect(url_for(".show", draft_id=draft_id))

    def mend(self, draft_id: UUID) -> ResponseReturnValue:
        """Mend one cell and look again."""
        draft = self._draft(draft_id)
        line, index = (request.form.get(name, -1, type=int) for name in ("line", "index"))
        with attempt(Invalid) as tried:
            drafts.mend_cell(self.kind, current_actor(), draft, line, index, request.form.get("text", ""))
        if tried.refusal is not None:
            flash(str(tried.refusal), "error")
        show = request.form.get("show") or None
        return redirect(url_for(".show", draft_id=draft_id, show=show, _anchor=f"line-{line}"))

    def wrong(self, draft_id: UUID) -> ResponseReturnValue:
        """The wrong rows with their reasons, as a file."""
        draft = self._draft(draft_id)
        header, rows = wrong_rows(self.kind, draft.organisation, draft)
        return csv_response("wrong-rows", header, rows)

    def apply(self, draft_id: UUID) -> ResponseReturnValue:
        """Create and change what the preview said."""
        draft = self._draft(draft_id)
        with attempt() as tried:
            drafts.apply_draft(self.kind, current_actor(), draft)
        if tried.refusal is not None:
            flash(str(tried.refusal), "error")
        return redirect(url_for(".show", draft_id=draft_id))

    def discard(self, draft_id: UUID) -> ResponseReturnValue:
        """Throw the upload away."""
        drafts.discard_draft(self.kind, current_actor(), self._draft(draft_id))
        flash(_("The upload is gone; nothing was imported."), "toast")
        return redirect(url_for(".new"))

    def _draft(self, draft_id: UUID) -> ImportDraft:
        """The upload with its file; locked where it is changed, so that of two cells mended at once none is lost."""
        permission, known_to = use_draft(self.kind), view_draft(self.kind)
        content = [undefer(ImportDraft.content)]
        return load(
            ImportDraft, draft_id, current_actor(), permission, known_to=known_to, options=content,
            lock=request.method == "POST",
        )  # fmt: skip
