"""The forms for CNIPA as PDF: declaration 开放许可声明, commitment 承诺函, consents, withdrawal 撤回声明."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.core.clock import today
from app.core.i18n import force_locale
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.templating import format_datetime
from app.files.documents import amount_in_words_zh, render_pdf
from app.market.open_licences.models import Consent, ConsentPurpose, ConsentState, OpenLicence, PriceForm
from app.market.open_licences.queries import consents_for
from app.market.open_licences.terms import holders_words, notice_words, term_words
from app.market.open_licences.wording import ROLE_NAMES, price_words, proof_words
from app.market.patents.words import KIND_NAMES

SOURCE = Path(__file__).resolve().parent / "documents" / "form.typ"
PAPERS = {
    "declaration": _l("Declaration of an open licence of a patent"),
    "commitment": _l("Letter of commitment"),
    "consent": _l("Consent of all patentees"),
    "withdrawal": _l("Declaration of withdrawal of an open licence"),
    "withdrawal-consent": _l("Consent of all patentees to the withdrawal"),
}
COMMITMENTS = (
    _l("The patent is in force; no exclusive or sole licence is in force, its annuities are paid, no proceedings are "
       "suspended, and the pledgees, if any, have agreed (Implementing Rules, rule 86)."),
    _l("All patentees agree to this declaration. What is declared is true, accurate and clear and has no commercial "
       "advertising language (rule 85)."),
    _l("While the declaration is in effect no exclusive or sole licence is given (Patent Law, article 51)."),
    _l("No false material was handed in to obtain the announcement or a relief of annuities (rule 88)."),
)  # fmt: skip


def paper_pdf(declared: OpenLicence, kind: str) -> bytes:
    """One form, always in Chinese; the same data gives the same bytes. Patent with people and owner are loaded.

    Raises KeyError for a kind that there is not.
    """
    with force_locale("zh_CN"):
        makers: dict[str, Any] = {
            "declaration": _declaration, "commitment": _commitment, "withdrawal": _withdrawal,
            "consent": lambda one: _consents(one, ConsentPurpose.DECLARATION),
            "withdrawal-consent": lambda one: _consents(one, ConsentPurpose.WITHDRAWAL),
        }  # fmt: skip
        data = {
            "title": str(PAPERS[kind]), "number": declared.number, "date": _day(declared), "footer": declared.number,
            "facts": _facts(declared), "paragraphs": [], "rows": [], "head": [],
            "signatures": [one.name for one in declared.patent.holders],
            "sign_word": _("Signature or seal of the patentee"), "day_word": _("Day"),
            **makers[kind](declared),
        }  # fmt: skip
        return render_pdf(SOURCE, data, "zh_CN")


def _day(declared: OpenLicence) -> Any:
    return declared.locked_at.date() if declared.locked_at else today()


def _facts(declared: OpenLicence) -> list[list[str]]:
    patent = declared.patent
    return [
        [_("Patent number"), patent.shown_number],
        [_("Title of the patent"), patent.title],
        [_("Kind"), str(KIND_NAMES[patent.kind])],
        [_("Patentees"), holders_words(declared)],
        [_("Grant announced on"), str(patent.granted_on or "")],
        [_("Evaluation report"), patent.report_no],
    ]


def _declaration(declared: OpenLicence) -> dict[str, Any]:
    rows = [
        [_("Way of paying and standard"), price_words(declared)],
        [_("Amount in words"), "；".join(amounts_in_words(declared))],
        [_("Basis of the price"), declared.basis_note],
        [_("Why above the usual"), declared.limit_reason],
        [_("Term of each licence"), term_words(declared.term_months)],
        [_("Territory"), _("Mainland China")],
        [_("What it is for"), declared.use_text],
        [_("Not included"), declared.not_included],
        [_("Other terms"), declared.other_terms],
        [_("Notices go to"), notice_words(declared)],
        ["SHA-256", declared.terms_hash],
    ]
    opening = _("The patentees are willing to license any unit or person to exploit this patent, on these terms:")
    return {"paragraphs": [opening], "rows": [row for row in rows if row[1]]}


def amounts_in_words(declared: OpenLicence) -> list[str]:
    """Every fixed amount of the price in capitals, in the order of payment."""
    form = declared.price_form
    amounts = [declared.lump_minor] if form is PriceForm.LUMP_SUM else []
    if form is PriceForm.UPFRONT_ROYALTY:
        amounts = [declared.upfront_minor]
    if form is PriceForm.INSTALMENTS:
        amounts = [int(part["minor"]) for part in declared.instalments]
    return [amount_in_words_zh(Money(int(amount))) for amount in amounts]


def _commitment(_declared: OpenLicence) -> dict[str, Any]:
    return {"paragraphs": [_("We undertake and are answerable for:"), *_numbered(COMMITMENTS)]}


def _numbered(sentences: Sequence[object]) -> list[str]:
    return [f"{number}. {sentence}" for number, sentence in enumerate(sentences, start=1)]


def _withdrawal(declared: OpenLicence) -> dict[str, Any]:
    rows = [
        [_("Announcement"), f"{declared.announcement_no} {declared.announced_on or ''}".strip()],
        [_("Reason of the withdrawal"), declared.withdrawal_reason],
        [_("Effect"), _("From the day of its announcement; licences that are given stay untouched.")],
    ]
    opening = _("The patentees withdraw their declaration of an open licence, without conditions:")
    return {"paragraphs": [opening], "rows": [row for row in rows if row[1]]}


def _consents(declared: OpenLicence, purpose: ConsentPurpose) -> dict[str, Any]:
    given = [one for one in consents_for(declared, purpose) if one.state is ConsentState.AGREED]
    if purpose is ConsentPurpose.DECLARATION:
        opening = _("All patentees agree to the declaration of an open licence of this patent, with this price: "
                    "%(price)s", price=price_words(declared))  # fmt: skip
    else:
        opening = _("All patentees agree to the withdrawal of the open licence of this patent.")
    head = [_("Party"), _("Signed by"), _("Time and proof"), _("Text agreed to")]
    return {"paragraphs": [opening], "head": head, "rows": [_consent_row(one) for one in given]}


def _consent_row(consent: Consent) -> list[str]:
    proof = "\n".join(one for one in (format_datetime(consent.answered_at, "iso"), proof_words(consent)) if one)
    name = f"{consent.party_name}（{ROLE_NAMES[consent.role]}）"
    return [name, consent.signer_name, proof, f"SHA-256 {consent.terms_hash}"]
