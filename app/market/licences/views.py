"""Licences: lists of both sides, the page of one, its papers, filing, disputes, and the operator's look."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, or_

from app.accounts.identity import acting_required, current_actor, login_required
from app.core.clock import today
from app.core.db import session
from app.core.errors import Missing
from app.core.filters import asks, one_of, words
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.pages import PDF, csv_response, file_response, paginate, wants_csv
from app.core.policy import ensure, load
from app.core.templating import render
from app.files.models import StoredFile
from app.files.operations import open_file, store_file
from app.market.licences.disputes import (
    answer_proposal,
    ask_mediation,
    go_to_court,
    open_dispute,
    propose,
    say,
    settle,
)
from app.market.licences.forms import FilingForm, TextForm
from app.market.licences.models import Dispute, Licence, LicenceState
from app.market.licences.operations import file_licence
from app.market.licences.panels import panels_of
from app.market.licences.papers import (
    certificate_pdf,
    dispute_text,
    filing_pdf,
    notice_pdf,
    pack_of,
    payment_pdf,
)
from app.market.licences.policy import LicencePolicy, supervises
from app.market.licences.queries import (
    WITH_PARTIES,
    disputes_of,
    instalments_of,
    licences_given,
    licences_taken,
    open_dispute_of,
    to_review,
)
from app.market.licences.reviews import decide_review
from app.market.licences.showing import TONES, clocks_of, dispute_ways, filing_of, may_of, timeline_of
from app.market.licences.words import DISPUTE_STATES, ENTRIES, KINDS, REVIEWS, STATES, reason_word
from app.market.patents.models import Patent
from app.settlement.fee_notes.models import FeeNote

bp = Blueprint("licences", __name__, template_folder="../templates")
SUBJECT = "licences"


@bp.get("/licences")
@acting_required
@asks(state=one_of((*LicenceState, "disputed")), q=words)
def list() -> ResponseReturnValue:  # noqa: A001 the endpoint's name
    """What the organisation acted for has taken."""
    return _list(licences_taken(current_actor()), "taken")


@bp.get("/our/licences")
@acting_required
@asks(state=one_of((*LicenceState, "disputed")), q=words)
def given() -> ResponseReturnValue:
    """What others have taken of the organisation's patents: its inbox of notices."""
    return _list(licences_given(current_actor()), "given")


def _list(statement: Select[Any], side: str) -> ResponseReturnValue:
    state, words = request.args.get("state", ""), request.args.get("q", "").replace("\0", "").strip()[:100]
    if state in set(LicenceState):
        statement = statement.where(Licence.state == LicenceState(state))
    elif state == "disputed":
        statement = statement.where(Licence.is_disputed)
    statement = _found(statement, words)
    if wants_csv():
        return _csv(session.scalars(statement).unique().all())
    return render(
        "market/licences/list.html", page=paginate(statement), side=side, state=state, search=words, states=STATES,
        tones=TONES,
    )  # fmt: skip


def _found(statement: Select[Any], words: str) -> Select[Any]:
    """Narrow to a title, a number or a licensee's name."""
    if words:
        like = Patent.title.icontains(words, autoescape=True)
        numbers = Licence.number.icontains(words, autoescape=True) | Licence.notice_no.icontains(words, autoescape=True)
        named = Licence.licensee_party["name"].astext.icontains(words, autoescape=True)
        statement = statement.where(or_(Licence.patent.has(like), numbers, named))
    return statement


def _csv(licences: Sequence[Licence]) -> Response:
    header = (_("Notice no."), _("Licence no."), _("Patent no."), _("Title"), _("Licensor"), _("Licensee"), _("State"),
              _("Received on"), _("Payment cleared"), _("In effect from"), _("To be filed by"), _("Filing no."),
              _("Due with the notice"))  # fmt: skip
    rows = (
        (one.notice_no, one.number or "", one.patent.shown_number, one.patent.title, one.licensor.name,
         one.licensee_party.get("name", ""), str(STATES[one.state]), one.received_on, one.paid_on or "",
         one.effective_on or "", one.filing_due_on or "", one.filing_no, Money(one.due_now_minor).decimal)
        for one in licences
    )  # fmt: skip
    return csv_response("licences", header, rows)


@bp.get("/licences/<uuid:licence_id>")
@login_required
def show(licence_id: UUID) -> ResponseReturnValue:
    """One licence, differently for its two sides."""
    return _page(_load(licence_id), FilingForm(), TextForm())


def _load(licence_id: UUID) -> Licence:
    return load(Licence, licence_id, current_actor(), LicencePolicy.view, options=WITH_PARTIES)


def _page(licence: Licence, filing_form: FilingForm, text_form: TextForm) -> str:
    actor = current_actor()
    parts = instalments_of(licence.id)
    panels, context = panels_of(actor, licence)
    clocks = sorted([*clocks_of(licence, parts), *context.pop("clocks", ())], key=lambda clock: clock["day"])
    disputes = disputes_of(licence.id)
    dispute = next((one for one in disputes if one.settled_at is None), None)
    return render(
        "market/licences/show.html",
        licence=licence, patent=licence.patent, fee_note=_note(licence), instalments=parts,
        clocks=clocks,
        events=timeline_of(licence), filing=filing_of(licence), may=may_of(actor, licence), panels=panels,
        disputes=disputes, dispute=dispute, ways=dispute_ways(actor, dispute),
        is_licensor=actor.acts_for(licence.licensor_id), filing_form=filing_form, text_form=text_form, tones=TONES,
        states=STATES, kinds=KINDS, dispute_states=DISPUTE_STATES, entries=ENTRIES, reviews=REVIEWS,
        reason=reason_word(licence.end_reason), **context,
    )  # fmt: skip


def _note(licence: Licence) -> FeeNote | None:
    return session.get(FeeNote, licence.fee_note_id) if licence.fee_note_id else None


@bp.get("/licences/<uuid:licence_id>/papers/<kind>.pdf")
@login_required
def paper(licence_id: UUID, kind: str) -> ResponseReturnValue:
    """Notice, certificate, proof of payment or the sheet for filing."""
    licence = _load(licence_id)
    note = _note(licence)
    has_effect = licence.number is not None
    if kind == "notice":
        return file_response(f"{licence.notice_no}.pdf", PDF, [notice_pdf(licence)])
    if kind == "certificate" and has_effect:
        return file_response(f"{licence.number}.pdf", PDF, [certificate_pdf(licence)])
    if kind == "filing" and has_effect:
        return file_response(f"{licence.number}-filing.pdf", PDF, [filing_pdf(licence)])
    if kind == "payment" and note is not None and note.value_on is not None:
        return file_response(f"{note.number}.pdf", PDF, [payment_pdf(licence, note)])
    raise Missing(_l("There is nothing here, or it is not yours to see."))


@bp.get("/licences/<uuid:licence_id>/pack.zip")
@login_required
def pack(licence_id: UUID) -> ResponseReturnValue:
    """Everything for the filing, or for a court: all papers with an index of hashes, disputes included."""
    licence = _load(licence_id)
    if licence.number is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    disputes = disputes_of(licence.id)
    extra = [("05-disputes.txt", dispute_text(licence, disputes))] if disputes else []
    if licence.filing_file_id is not None:
        stored = session.get_one(StoredFile, licence.filing_file_id)
        with open_file(current_actor(), stored) as stream:
            extra.append((f"06-{stored.name}", stream.read()))
    return file_response(f"{licence.number}.zip", "application/zip", [pack_of(licence, _note(licence), extra)])


@bp.post("/licences/<uuid:licence_id>/file")
@login_required
def file(licence_id: UUID) -> ResponseReturnValue:
    """Note the filing number, day and paper of CNIPA."""
    actor = current_actor()
    licence = load(Licence, licence_id, actor, LicencePolicy.file, known_to=LicencePolicy.view, options=WITH_PARTIES)
    form = FilingForm()
    if form.validate_on_submit():
        with form.attempt():
            upload, stored = form.file.data, None
            if upload:
                stored = store_file(
                    actor, upload.filename or "", upload.stream, subject_kind=SUBJECT, subject_id=licence.id
                )
            file_licence(actor, licence, form.filing_no.data or "", form.filed_on.data or today(), stored)
        if form.ok:
            flash(_("Filed. Both sides are told."), "ok")
            return redirect(url_for(".show", licence_id=licence.id))
    return _page(_load(licence_id), form, TextForm()), 422


@bp.post("/licences/<uuid:licence_id>/dispute")
@login_required
def dispute(licence_id: UUID) -> ResponseReturnValue:
    """Open a dispute, or add to the one that is open: a statement, mediation, an answer, a court, its end."""
    actor, licence = current_actor(), _load(licence_id)
    ensure(actor, LicencePolicy.dispute | LicencePolicy.mediate, licence, known_to=LicencePolicy.view)
    form = TextForm()
    open_one = open_dispute_of(licence.id)
    if form.act.data in {"mediate", "accept"} and not form.text.data:
        form.text.data = "–"
        form.text.raw_data = ["–"]
    if form.validate_on_submit():
        with form.attempt():
            _act(licence, open_one, form.act.data or "", form.text.data or "")
        if form.ok:
            return redirect(url_for(".show", licence_id=licence.id) + "#dispute")
    return _page(_load(licence_id), FilingForm(), form), 422


def _act(licence: Licence, open_one: Dispute | None, act: str, text: str) -> None:
    actor = current_actor()
    if open_one is None:
        open_dispute(actor, licence, text)
    elif act == "mediate":
        ask_mediation(actor, licence, open_one)
    elif act == "propose":
        propose(actor, licence, open_one, text)
    elif act in {"accept", "refuse"}:
        answer_proposal(actor, licence, open_one, accepts=act == "accept", text=text)
    elif act == "court":
        go_to_court(actor, licence, open_one, text)
    elif act == "settle":
        settle(actor, licence, open_one, text)
    else:
        say(actor, licence, open_one, text)


@bp.get("/licences/reviews")
@login_required
def reviews() -> ResponseReturnValue:
    """The operator's list: licences beside a withdrawal, and those that wait for a look."""
    ensure(current_actor(), LicencePolicy.mediate, None, known_to=supervises)
    words = request.args.get("q", "").replace("\0", "").strip()[:100]
    statement = _found(to_review(), words)
    if wants_csv():
        return _csv(session.scalars(statement).unique().all())
    return render(
        "market/licences/reviews.html", page=paginate(statement), reviews=REVIEWS, states=STATES, tones=TONES,
        search=words,
    )  # fmt: skip


@bp.post("/licences/<uuid:licence_id>/review")
@login_required
def review(licence_id: UUID) -> ResponseReturnValue:
    """Decide: it stands, or it does not; with the reason."""
    actor = current_actor()
    licence = load(Licence, licence_id, actor, LicencePolicy.mediate, known_to=LicencePolicy.view, options=WITH_PARTIES)
    form = TextForm()
    if form.validate_on_submit():
        with form.attempt():
            decide_review(actor, licence, stands=form.act.data == "stands", note=form.text.data or "")
        if form.ok:
            flash(_("Decided. Both sides are told."), "ok")
            return redirect(url_for(".show", licence_id=licence.id))
    return _page(_load(licence_id), FilingForm(), form), 422
