"""The page behind a consent link: works without an account; opening it changes nothing (flows-market.md §1 b)."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts.identity import current_actor
from app.accounts.one_time import Outcome, code_minutes
from app.core.attempts import attempt
from app.core.errors import Missing
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.templating import render
from app.core.tenancy import everybody
from app.market.open_licences.consent_forms import AnswerForm, CodeForm
from app.market.open_licences.consenting import answer_consent, is_live, is_undelivered, send_code, takes_texts
from app.market.open_licences.models import CodeWay, Consent
from app.market.open_licences.queries import consent_behind
from app.market.open_licences.terms import agreed_text
from app.market.open_licences.wording import CONSENT_NAMES, ROLE_NAMES, hidden, proof_words
from app.notifications.telephones import masked

bp = Blueprint("consents", __name__, template_folder="../templates")


@bp.get("/consents/<token>")
def show(token: str) -> ResponseReturnValue:
    """The full text with its hash, and the two buttons; nothing happens by looking."""
    with everybody():
        return _page(token, _consent(token), AnswerForm())


@bp.post("/consents/<token>/code")
def code(token: str) -> ResponseReturnValue:
    """Send a code to the party: as a text message to its telephone, or to the mailbox that got the link."""
    form = CodeForm()
    form.validate()
    way = CodeWay.TEXT if form.way.data == CodeWay.TEXT else CodeWay.MAIL
    with everybody():
        consent = _consent(token, lock=True)
        with attempt(even_denied=True) as tried:
            send_code(consent, address=request.remote_addr or "", way=way)
        if tried.refusal is not None:
            flash(str(tried.refusal), "warn")
        elif way is CodeWay.TEXT:
            flash(_("The code is on its way as a text message to %(phone)s.", phone=masked(consent.phone)), "ok")
        else:
            flash(_("The code is on its way by mail to %(email)s.", email=hidden(consent.email)), "ok")
    return redirect(url_for(".show", token=token) + "#your-code")


@bp.post("/consents/<token>")
def answer(token: str) -> ResponseReturnValue:
    """Agree or refuse, once."""
    form = AnswerForm()
    with everybody():
        consent = _consent(token, lock=True)
        outcome = None
        if form.validate_on_submit():
            with form.attempt():
                outcome = answer_consent(
                    current_actor(), consent, code=form.code.data or "", name=form.name.data or "",
                    agree=request.form.get("answer") == "agree", reason=form.reason.data or "",
                    phone=form.phone.data or "",
                )  # fmt: skip
        if outcome is Outcome.DONE:
            flash(_("Your answer is noted. You need not do anything more."), "ok")
            return redirect(url_for(".show", token=token))
        if outcome is Outcome.WRONG:
            form.blame("code", _("This is not the code. Only the newest one counts."))
        elif outcome is Outcome.SPENT:
            form.blame("code", _("This code is used up or too old. Have a new one sent."))
        return _page(token, consent, form), 422


def _page(token: str, consent: Consent, form: AnswerForm) -> str:
    return render(
        "market/open_licences/consent.html", consent=consent, open_licence=consent.open_licence, form=form,
        code_form=CodeForm(), token=token, is_live=is_live(consent), text=agreed_text(consent),
        email=hidden(consent.email), phone=masked(consent.phone) if takes_texts(consent) else "",
        is_undelivered=is_undelivered(consent), proof=proof_words(consent), code_minutes=code_minutes(),
        role_names=ROLE_NAMES, state_names=CONSENT_NAMES,
    )  # fmt: skip


def _consent(token: str, *, lock: bool = False) -> Consent:
    consent = consent_behind(token, lock=lock)
    if consent is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    return consent
