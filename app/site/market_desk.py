"""What of the market waits for somebody: each kind of thing in one statement, each with a link to its very place."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from flask import url_for

from app.accounts.models import Actor, Role
from app.core.db import session
from app.core.i18n import gettext as _
from app.core.i18n import ngettext
from app.core.templating import format_date
from app.market.licences.models import Licence, Review
from app.market.licences.queries import licences_waiting, mediated_disputes, to_review
from app.market.licences.words import REVIEWS
from app.market.negotiations.queries import waiting_for as negotiations_waiting
from app.market.open_licences.models import DeclarationState, OpenLicence
from app.market.open_licences.queries import declarations_waiting, operator_waiting
from app.market.patents.words import title_of
from app.market.referrals.models import Referral, ReferralState
from app.market.referrals.queries import waiting_for as referrals_waiting
from app.market.referrals.queries import waiting_for_operator
from app.market.referrals.words import KINDS
from app.market.royalties.models import PeriodState
from app.market.royalties.queries import periods_waiting
from app.site.work import MOST, Work, end_of

OFFICERS = frozenset({Role.OWNER, Role.TRANSFER})
REPORTERS = frozenset({Role.OWNER, Role.FINANCE})
ANSWERERS = frozenset({Role.OWNER, Role.MANAGER, Role.TRANSFER})
S = DeclarationState


def work_of_market(actor: Actor) -> Iterator[Work]:
    """Everything of the market that waits for this actor."""
    if actor.is_operator:
        if actor.operates(Role.VERIFIER, Role.OWNER):
            yield from _declarations_to_check()
            yield from _referrals_to_pass()
        if actor.operates(Role.VERIFIER):
            yield from _reviews()
        if actor.operates(Role.SETTLEMENT):
            yield from _mediations()
        return
    if actor.roles & OFFICERS:
        yield from _declarations(actor)
        yield from _negotiations(actor)
        yield from _to_file(actor)
    if actor.roles & (OFFICERS | REPORTERS):
        yield from _royalties(actor)
    if actor.roles & ANSWERERS:
        yield from _referrals(actor)


def _end_of(day: date | None) -> datetime | None:
    return end_of(day) if day is not None else None


def _declarations(actor: Actor) -> Iterator[Work]:
    """Consents that are missing, publicity to close, objections, ready to file, corrections."""
    for one in declarations_waiting(actor, MOST):
        declared, missing, objections = one
        title = title_of(declared.patent)
        url = url_for(
            "open_licences.declare", open_licence_id=declared.id, _anchor=_task_of(declared, missing, objections)
        )
        if declared.state is S.READY:
            yield Work(
                "file-check", _("Ready to file: %(patent)s", patent=title), declared.number, None, url, _("File it")
            )
        elif declared.state is S.CORRECTION:
            until = _end_of(declared.correction_due_on)
            text = f"{declared.number} · {declared.correction_note}" if declared.correction_note else declared.number
            yield Work(
                "circle-alert", _("Correction wanted: %(patent)s", patent=title), text, until, url, _("Correct"),
                tone="danger",
            )  # fmt: skip
        elif objections:
            yield Work(
                "triangle-alert", _("Objection: %(patent)s", patent=title), declared.number,
                _end_of(declared.publicity_until), url, _("Answer"), tone="danger",
            )  # fmt: skip
        elif missing:
            open_ones = ngettext("%(num)d consent", "%(num)d consents", missing)
            text = f"{declared.number} · {open_ones}"
            yield Work("hourglass", _("Consents missing: %(patent)s", patent=title), text, None, url, _("Look"))
        else:
            yield Work(
                "megaphone", _("Close the publicity: %(patent)s", patent=title), declared.number,
                _end_of(declared.publicity_until), url, _("Look"), tone="warn", is_deadline=False,
            )  # fmt: skip


def _task_of(declared: OpenLicence, missing: int, objections: int) -> str:
    if declared.state is not S.CONSENTING:
        return "file"
    return "consents" if missing and not objections else "publicity"


def _negotiations(actor: Actor) -> Iterator[Work]:
    for one in negotiations_waiting(actor, MOST):
        other = one.owner.called if one.asker_id == actor.organisation_id else one.asker.called
        to_sign = one.contract if one.is_at_contract else None
        url = url_for("negotiations.show", negotiation_id=one.id)
        name = _("Sign %(number)s", number=to_sign.number) if to_sign else ""
        yield Work(
            "pen-line" if to_sign else "hand-coins",
            name or _("Offer: %(patent)s", patent=title_of(one.patent)),
            f"{one.number} · {other}",
            one.lapses_at,
            url_for("contracts.show", contract_id=to_sign.id) if to_sign else url,
            _("Sign") if to_sign else _("Answer"),
            tone="warn",
        )


def _to_file(actor: Actor) -> Iterator[Work]:
    """Licences in effect that either side files with CNIPA (rule 87)."""
    for one in licences_waiting(actor, MOST):
        yield Work(
            "stamp",
            _("File licence %(number)s with CNIPA", number=one.number),
            title_of(one.patent),
            _end_of(one.filing_due_on),
            url_for("licences.show", licence_id=one.id, _anchor="filing"),
            _("File it"),
            tone="warn",
        )


def _royalties(actor: Actor) -> Iterator[Work]:
    """Reports that are due, questions to answer, and reports of others that silence will accept."""
    for one, answer_due_on in periods_waiting(actor, MOST):
        number, url = one.licence.number or "", url_for("royalties.show", period_id=one.id)
        span = f"{format_date(one.starts_on, 'iso')} – {format_date(one.ends_on - timedelta(days=1), 'iso')}"
        if one.state is PeriodState.DUE:
            late = one.is_late
            yield Work(
                "coins", _("Royalty report of %(number)s", number=number), span, _end_of(one.due_on), url, _("Report"),
                tone="danger" if late else "warn",
            )  # fmt: skip
        elif one.state is PeriodState.QUESTIONED:
            yield Work(
                "message-square", _("Answer the question about %(number)s", number=number), span,
                _end_of(answer_due_on), url, _("Answer"), tone="danger",
            )  # fmt: skip
        else:
            yield Work(
                "coins", _("Royalty reported for %(number)s: accept or ask", number=number), span,
                _end_of(one.question_until), url, _("Look"),
            )  # fmt: skip


def _referrals(actor: Actor) -> Iterator[Work]:
    """As a partner: answer, note the result. As a patentee: note the registered pledge."""
    for one in referrals_waiting(actor, MOST):
        names = {
            ReferralState.PASSED: _("Answer %(number)s: %(kind)s", number=one.number, kind=KINDS[one.kind]),
            ReferralState.TALKING: _(
                "Note the result of %(number)s: %(kind)s", number=one.number, kind=KINDS[one.kind]
            ),
        }
        name = names.get(one.state, _("Note the pledge of %(number)s at the patent", number=one.number))
        yield _referral(one, name, _("Answer") if one.state is ReferralState.PASSED else _("Note it"))


def _referrals_to_pass() -> Iterator[Work]:
    for one in waiting_for_operator(MOST):
        yield _referral(
            one, _("Find a partner for %(number)s: %(kind)s", number=one.number, kind=KINDS[one.kind]), _("Pass on")
        )


def _referral(one: Referral, name: str, act: str) -> Work:
    other = one.applicant.name if one.state is not ReferralState.AGREED or one.partner is None else one.partner.name
    url = url_for("referrals.show", referral_id=one.id)
    return Work("send", name, other, one.due_at, url, act, tone="warn")


def _declarations_to_check() -> Iterator[Work]:
    """Declarations to check, announcements to record, corrections whose time runs out: one line each."""
    for queue, declared in operator_waiting(MOST):
        title, url = title_of(declared.patent), url_for("announcements.show", open_licence_id=declared.id)
        text = f"{declared.number} · {declared.owner.called}"
        if queue == "check":
            yield Work("stamp", _("Check the declaration: %(patent)s", patent=title), text, None, url, _("Check"))
        elif queue == "clocks":
            until = _end_of(
                declared.correction_due_on if declared.state is S.CORRECTION else declared.patent.expires_on
            )
            yield Work(
                "timer", _("A clock runs out: %(patent)s", patent=title), text, until, url, _("Look"), tone="warn"
            )
        else:
            yield Work("stamp", _("Announcement to record: %(patent)s", patent=title), text, None, url, _("Record"))


def _reviews() -> Iterator[Work]:
    for one in session.scalars(to_review().limit(MOST)).unique():
        yield Work(
            "file-badge", _("Look at the licence %(number)s", number=one.number or one.notice_no),
            str(REVIEWS[Review(one.review)]), None, url_for("licences.show", licence_id=one.id), _("Look"), tone="warn",
        )  # fmt: skip


def _mediations() -> Iterator[Work]:
    for one in session.scalars(mediated_disputes().limit(MOST)).unique():
        licence: Licence = one.licence
        yield Work(
            "scale", _("Mediate: licence %(number)s", number=licence.number or licence.notice_no),
            title_of(licence.patent), None, url_for("licences.show", licence_id=licence.id, _anchor="dispute"),
            _("Look"), tone="danger",
        )  # fmt: skip
