"""The text that is agreed to, filed and announced: every term of a declaration, always in Chinese, with its hash."""

from app.core.i18n import force_locale
from app.core.i18n import gettext as _
from app.market.open_licences.models import Consent, ConsentPurpose, OpenLicence
from app.market.open_licences.wording import per_cent, price_words


def term_words(term_months: int | None) -> str:
    """How long each licence lasts, in the reader's language."""
    if term_months is None:
        return _("to the expiry of the patent")
    return _("%(months)s months from taking effect, at the latest to the expiry of the patent", months=term_months)


def full_terms(open_licence: OpenLicence) -> str:
    """All terms as plain lines (rule 85: number, patentees, payment, term, other). Patent and holders are loaded."""
    with force_locale("zh_CN"):
        lines = [
            (_("Declaration"), open_licence.number),
            (_("Patent number"), open_licence.patent.shown_number),
            (_("Title of the patent"), open_licence.patent.title),
            (_("Patentees"), holders_words(open_licence)),
            (_("Price"), price_words(open_licence)),
            (_("Basis of the price"), open_licence.basis_note),
            (_("Why above the usual"), open_licence.limit_reason),
            (_("Term of each licence"), term_words(open_licence.term_months)),
            (_("Territory"), _("Mainland China")),
            (_("What it is for"), open_licence.use_text),
            (_("Not included"), open_licence.not_included),
            (_("Other terms"), open_licence.other_terms),
            (_("Notices go to"), notice_words(open_licence)),
            (_("Inventors’ share of the net income"), per_cent(open_licence.inventors_share)),
            (_("Department’s share of the net income"), per_cent(open_licence.department_share)),
        ]
        return "\n".join(f"{label}：{text}" for label, text in lines if text)


def holders_words(open_licence: OpenLicence) -> str:
    """All patentees with their shares, in one line."""
    return "、".join(f"{one.name}（{per_cent(one.share)}）" for one in open_licence.patent.holders)


def notice_words(open_licence: OpenLicence) -> str:
    """Where a notice counts as received, in one line."""
    parts = ("notice_name", "notice_email", "notice_phone", "notice_address")
    return "，".join(text for text in (getattr(open_licence, name) for name in parts) if text)


def withdrawal_terms(open_licence: OpenLicence) -> str:
    """What the patentees agree to when they withdraw: no conditions, given licences untouched (art. 50)."""
    with force_locale("zh_CN"):
        lines = [
            (_("Declaration"), open_licence.number),
            (_("Patent number"), open_licence.patent.shown_number),
            (_("Title of the patent"), open_licence.patent.title),
            (_("Patentees"), holders_words(open_licence)),
            (_("Reason of the withdrawal"), open_licence.withdrawal_reason),
            (_("Effect"), _("From the day of its announcement; licences that are given stay untouched.")),
        ]
        return "\n".join(f"{label}：{text}" for label, text in lines)


def agreed_text(consent: Consent) -> str:
    """The full text that a consent is about; its declaration is loaded with patent and holders."""
    if consent.purpose is ConsentPurpose.WITHDRAWAL:
        return withdrawal_terms(consent.open_licence)
    return consent.open_licence.terms_text
