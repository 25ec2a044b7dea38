"""The owner's portfolio: the list, one patent, its facts and people, annuities and encumbrances, pasted numbers."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from app.accounts.identity import acting_required, current_actor
from app.accounts.members.queries import people_in
from app.accounts.models import Organisation, Role
from app.core.attempts import attempt
from app.core.clock import today
from app.core.db import session
from app.core.delimited import write_csv
from app.core.errors import Missing
from app.core.filters import asks
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.i18n import ngettext
from app.core.pages import csv_response, paginate, wants_csv
from app.core.policy import Rule, load
from app.core.templating import format_money, render
from app.imports import drafts
from app.imports.views import add_import_pages, owner_of
from app.market.patents import portfolio, showing
from app.market.patents.facts import PatentValues
from app.market.patents.forms import (
    EncumbranceForm,
    EndForm,
    FactsForm,
    PaidForm,
    PasteForm,
    PeopleForm,
    PersonRow,
    ReductionForm,
    holders_said,
    inventors_said,
    people_rows,
    rows_of,
)
from app.market.patents.kind import PATENTS
from app.market.patents.models import Encumbrance, LegalStatus, Patent
from app.market.patents.operations import (
    add_encumbrance,
    change_patent,
    end_encumbrance,
    publish_patents,
    record_annuity,
)
from app.market.patents.parts import listing_words, panels
from app.market.patents.policy import PatentPolicy
from app.market.patents.queries import WITH_PEOPLE
from app.market.patents.reducing import add_reduction, remove_reduction
from app.market.patents.reliefs import next_due_with, reductions_of, reliefs_of, reliefs_of_all
from app.market.patents.words import CONCLUSION_NAMES, ENCUMBRANCE_NAMES, KIND_NAMES, title_of
from app.market.settings import settings

bp = Blueprint("patents", __name__, url_prefix="/our/patents", template_folder="../templates")
bp.add_app_template_global(title_of, "patent_title")
imports_bp = Blueprint("patents_import", __name__, url_prefix="/our/patents", template_folder="../templates")
add_import_pages(imports_bp, PATENTS, upload="market/patents/import.html", done="market/patents/imported.html")

MOST_EXPORTED = 20_000


def _owner() -> Organisation:
    """The organisation acted for, as the owner of a portfolio. Raises Missing for others."""
    return owner_of(PATENTS, PATENTS.view)


def _load(patent_id: UUID, permission: Rule) -> Patent:
    known = PatentPolicy.view_private
    return load(Patent, patent_id, current_actor(), permission, known_to=known, options=WITH_PEOPLE)


@bp.get("")
@acting_required
@asks(**portfolio.ASKED)
def mine() -> ResponseReturnValue:
    """The portfolio of the organisation acted for."""
    owner, day, wanted = _owner(), today(), portfolio.asked(request.args)
    statement = portfolio.owned_patents(owner, wanted, day)
    if wants_csv():
        rows = session.scalars(statement.limit(MOST_EXPORTED)).unique()
        return csv_response("our-patents", showing.EXPORTED, map(showing.exported_row, rows))
    page = paginate(statement, size=50)
    counts = portfolio.counts_of(owner, day)
    listed, reliefs = listing_words([patent.id for patent in page.items]), reliefs_of_all(page.items)
    may = PATENTS.import_(current_actor(), owner)
    return render(
        "market/patents/mine.html",
        page=page,
        rows=[showing.list_row(patent, listed, day, reliefs[patent.id]) for patent in page.items],
        tabs=showing.tabs_of(counts, wanted),
        selects=showing.selects_of(wanted),
        wanted=wanted,
        total=counts[""],
        ready=len(portfolio.publishable(owner)) if may else 0,
        may=may,
    )


@bp.post("")
@acting_required
def many() -> ResponseReturnValue:
    """Publish the chosen patents, or all that are ready."""
    owner = owner_of(PATENTS, PATENTS.import_)
    with attempt() as tried:
        ids = portfolio.publishable(owner) if request.form.get("act") == "all" else _chosen()
        done, left = portfolio.publish_many(current_actor(), owner, ids)
    if tried.refusal is not None:
        flash(str(tried.refusal), "error")
    else:
        told = str(ngettext("%(num)d patent published.", "%(num)d patents published.", done))
        rest = str(_("%(count)s lack their days and stay private.", count=left)) if left else ""
        flash(f"{told} {rest}".strip(), "ok")
    return redirect(url_for(".mine", show=request.form.get("show") or None, q=request.form.get("q") or None))


def _chosen() -> list[UUID]:
    found = []
    for text in request.form.getlist("ids"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@bp.route("/new", methods=["GET", "POST"])
@acting_required
def new() -> ResponseReturnValue:
    """Pasted numbers, one or many; what they would make is shown as the preview of an import."""
    owner = owner_of(PATENTS, PATENTS.view if request.method == "GET" else PATENTS.import_)
    form = PasteForm()
    if form.validate_on_submit():
        with form.attempt():
            data = b"".join(write_csv(("专利号", "名称"), form.rows))
            draft = drafts.create_draft(PATENTS, current_actor(), owner, "pasted.csv", data)
        if form.ok:
            return redirect(url_for("patents_import.show", draft_id=draft.id))
    may = PATENTS.import_(current_actor(), owner)
    return render("market/patents/new.html", form=form, may=may), 422 if form.is_submitted() else 200


@bp.get("/<uuid:patent_id>")
@acting_required
def show(patent_id: UUID) -> ResponseReturnValue:
    """One patent: what waits, its life, annuities, facts, people, encumbrances."""
    patent, actor, day = _load(patent_id, PatentPolicy.view_private), current_actor(), today()
    reliefs = reliefs_of(patent)
    due = next_due_with(patent, reliefs, day) if patent.legal_status is LegalStatus.IN_FORCE else None
    return render(
        "market/patents/show.html",
        patent=patent,
        title=title_of(patent),
        status=showing.status_badge(patent),
        alerts=showing.alerts_of(patent, day, due),
        life=showing.life_of(patent, day),
        annuities=showing.annuity_rows(patent, day),
        late_steps=showing.late_steps(patent, settings.number("late_months"), reliefs),
        late_percent=settings.number("late_percent"),
        due=due,
        relief_lines=showing.relief_lines(due) if due else [],
        reductions=reductions_of(patent),
        reduction=ReductionForm(formdata=None),
        names={"kind": KIND_NAMES, "conclusion": CONCLUSION_NAMES, "encumbrance": ENCUMBRANCE_NAMES},
        day=day,
        may={
            "edit": PatentPolicy.edit(actor, patent),
            "pay": PatentPolicy.record_annuity(actor, patent),
        },
        parts=[(panel.template, panel.build(actor, patent)) for panel in panels().values()],
    )


@bp.route("/<uuid:patent_id>/facts", methods=["GET", "POST"])
@acting_required
def edit(patent_id: UUID) -> ResponseReturnValue:
    """Change what is said of a patent."""
    patent = _load(patent_id, PatentPolicy.edit)
    form = FactsForm()
    if request.method == "GET":
        form.show(patent)
    if form.validate_on_submit():
        with form.attempt():
            change_patent(current_actor(), patent, form.said(patent), revision=_revision(form))
        if form.ok:
            flash(_("Saved."), "toast")
            return redirect(url_for(".show", patent_id=patent_id))
    page = render("market/patents/edit.html", form=form, patent=patent, title=title_of(patent))
    return page, 422 if form.is_submitted() else 200


def _revision(form: Any) -> int:
    seen = form.revision.data or ""
    return int(seen) if seen.isdecimal() and len(seen) < 10 else 0


@bp.route("/<uuid:patent_id>/people", methods=["GET", "POST"])
@acting_required
def people(patent_id: UUID) -> ResponseReturnValue:
    """Change who holds a patent with which share, and who invented it; `more` asks for a row and saves nothing."""
    patent, more = _load(patent_id, PatentPolicy.edit), request.form.get("more", "")
    form, (holders, inventors) = PeopleForm(), rows_of(patent)
    if request.method == "GET":
        form.revision.data = str(patent.revision)
    else:
        holders, inventors = people_rows(request.form, "holder"), people_rows(request.form, "inventor")
    if more:
        (holders if more == "holder" else inventors).append(PersonRow())
    elif form.validate_on_submit():
        with form.attempt():
            said: PatentValues = {"holders": holders_said(holders), "inventors": inventors_said(inventors)}
            change_patent(current_actor(), patent, said, revision=_revision(form))
        if form.ok:
            flash(_("Saved."), "toast")
            return redirect(url_for(".show", patent_id=patent_id))
    page = render(
        "market/patents/people.html",
        form=form,
        patent=patent,
        title=title_of(patent),
        holders=holders,
        inventors=inventors,
        accounts=[(str(one.id), one.name) for one in people_in(patent.owner_id, Role.INVENTOR)],
        more=more,
    )
    return page, 422 if form.is_submitted() and not more else 200


@bp.post("/<uuid:patent_id>/publish")
@acting_required
def publish(patent_id: UUID) -> ResponseReturnValue:
    """Put one patent into the public portfolio."""
    done, left = publish_patents(current_actor(), [_load(patent_id, PatentPolicy.publish)])
    if left:
        flash(_("Add the days of filing and grant first."), "error")
    elif done:
        flash(_("Published. Everybody can see it now."), "ok")
    return redirect(url_for(".show", patent_id=patent_id))


@bp.post("/<uuid:patent_id>/annuities/<int:year>")
@acting_required
def pay(patent_id: UUID, year: int) -> ResponseReturnValue:
    """Note that an annuity was paid."""
    patent, form = _load(patent_id, PatentPolicy.record_annuity), PaidForm()
    _attempt(form, lambda: _pay(patent, min(year, 99), form))
    return redirect(url_for(".show", patent_id=patent_id, _anchor="annuities"))


def _pay(patent: Patent, year: int, form: PaidForm) -> str:
    amount = record_annuity(current_actor(), patent, year, form.paid_on.data or today())
    return str(_("Year %(year)s is paid: %(sum)s.", year=year, sum=format_money(amount)))


@bp.post("/<uuid:patent_id>/reductions")
@acting_required
def reduce(patent_id: UUID) -> ResponseReturnValue:
    """Note a reduction of fees that CNIPA has on file."""
    patent, form = _load(patent_id, PatentPolicy.record_annuity), ReductionForm()
    _attempt(form, lambda: _reduce(patent, form))
    return redirect(url_for(".show", patent_id=patent_id, _anchor="reductions"))


def _reduce(patent: Patent, form: ReductionForm) -> str:
    add_reduction(
        current_actor(), patent, percent=form.percent.data, starts_on=form.starts_on.data or today(),
        ends_on=form.ends_on.data, reference=form.reference.data or "",
    )  # fmt: skip
    return str(_("Saved."))


@bp.post("/<uuid:patent_id>/reductions/<uuid:reduction_id>/remove")
@acting_required
def unreduce(patent_id: UUID, reduction_id: UUID) -> ResponseReturnValue:
    """Take a reduction back."""
    remove_reduction(current_actor(), _load(patent_id, PatentPolicy.record_annuity), reduction_id)
    flash(_("Saved."), "ok")
    return redirect(url_for(".show", patent_id=patent_id, _anchor="reductions"))


def _attempt(form: Any, deed: Any) -> None:
    """Do what a small form without a page of its own asks; its faults are told on the page it returns to."""
    if form.validate_on_submit():
        with form.attempt():
            flash(deed(), "ok")
    if form.faults:
        flash(" ".join(sentence for _id, sentence in form.faults), "error")


@bp.route("/<uuid:patent_id>/encumbrances", methods=["GET", "POST"])
@acting_required
def encumber(patent_id: UUID) -> ResponseReturnValue:
    """Note a pledge, a licence, a suspension or a preservation."""
    patent, form = _load(patent_id, PatentPolicy.edit), EncumbranceForm()
    if form.validate_on_submit():
        with form.attempt():
            add_encumbrance(current_actor(), patent, form.said)
        if form.ok:
            flash(_("Saved."), "toast")
            return redirect(url_for(".show", patent_id=patent_id, _anchor="encumbrances"))
    page = render("market/patents/encumber.html", form=form, patent=patent, title=title_of(patent))
    return page, 422 if form.is_submitted() else 200


@bp.post("/encumbrances/<uuid:encumbrance_id>/end")
@acting_required
def release(encumbrance_id: UUID) -> ResponseReturnValue:
    """Note on which day an encumbrance ended."""
    encumbrance = session.get(
        Encumbrance, encumbrance_id, options=[joinedload(Encumbrance.patent).joinedload(Patent.owner)]
    )
    if encumbrance is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    patent, form = _load(encumbrance.patent_id, PatentPolicy.edit), EndForm()
    _attempt(form, lambda: _release(encumbrance, form))
    return redirect(url_for(".show", patent_id=patent.id, _anchor="encumbrances"))


def _release(encumbrance: Encumbrance, form: EndForm) -> str:
    end_encumbrance(current_actor(), encumbrance, form.ended_on.data or today())
    return str(_("Saved."))
