"""How kinds, states and encumbrances of patents are called."""

from app.core.i18n import LazyText, current_locale
from app.core.i18n import lazy_gettext as _l
from app.core.templating import format_money
from app.market.patents.models import Conclusion, EncumbranceKind, LegalStatus, Patent, PatentKind
from app.market.patents.reliefs import Due, Ground
from app.market.patents.terms import AnnuityState

KIND_NAMES = {
    PatentKind.INVENTION: _l("Invention"),
    PatentKind.UTILITY_MODEL: _l("Utility model"),
    PatentKind.DESIGN: _l("Design"),
    PatentKind.PCT_INVENTION: _l("PCT invention"),
    PatentKind.PCT_UTILITY_MODEL: _l("PCT utility model"),
}
STATUS_NAMES = {
    LegalStatus.PENDING: _l("Not granted yet"),
    LegalStatus.IN_FORCE: _l("Patent in force"),
    LegalStatus.LAPSED: _l("Lapsed"),
    LegalStatus.EXPIRED: _l("Term ended"),
    LegalStatus.INVALID: _l("Declared invalid"),
}
CONCLUSION_NAMES = {
    Conclusion.NONE: _l("No report"),
    Conclusion.FAVOURABLE: _l("Nothing found against the grant"),
    Conclusion.ADVERSE: _l("Against the grant"),
}
ENCUMBRANCE_NAMES = {
    EncumbranceKind.EXCLUSIVE_LICENCE: _l("Exclusive licence"),
    EncumbranceKind.SOLE_LICENCE: _l("Sole licence"),
    EncumbranceKind.PLEDGE: _l("Pledge"),
    EncumbranceKind.SUSPENSION: _l("Suspension (ownership dispute)"),
    EncumbranceKind.PRESERVATION: _l("Preservation by a court"),
    EncumbranceKind.OTHER: _l("Other hindrance"),
}
ANNUITY_NAMES = {
    AnnuityState.PAID: _l("Annuity paid"),
    AnnuityState.LATE: _l("Annuity late"),
    AnnuityState.LAPSED: _l("Late period over"),
    AnnuityState.NONE: _l("No annuity due"),
}
GROUND_NAMES = {
    Ground.REDUCTION: _l("Reduction on file"),
    Ground.OPEN_LICENCE: _l("Open licence carried out"),
}
FIELD_NAMES: dict[str, object] = {
    "number": _l("Patent no."),
    "kind": _l("Patent kind"),
    "title": _l("Title"),
    "title_en": _l("English title"),
    "abstract": _l("Abstract"),
    "use_text": _l("What it is for"),
    "products": _l("Products"),
    "industry": _l("Industry"),
    "ipc": _l("IPC"),
    "locarno": _l("Locarno class"),
    "publication_no": _l("Publication no."),
    "family": _l("Patent family"),
    "filed_on": _l("Filed on"),
    "granted_on": _l("Granted on"),
    "expires_on": _l("Expires on"),
    "legal_status": _l("Legal status"),
    "annuity_paid_through": _l("Annuity paid through year"),
    "report_no": _l("Evaluation report no."),
    "report_on": _l("Evaluation report of"),
    "conclusion": _l("Conclusion of the report"),
    "registered_holders": _l("Patentees in the register"),
    "register_checked_on": _l("Register checked on"),
    "region": _l("Region"),
    "contact_name": _l("Contact"),
    "contact_phone": _l("Telephone"),
    "contact_email": _l("E-mail"),
    "holders": _l("Patentees"),
    "inventors": _l("Inventors"),
}


def due_words(due: Due) -> LazyText | str:
    """What an annuity costs with the best relief, and in brackets what it would cost without one."""
    total = format_money(due.total_minor)
    if due.total_minor == due.unrelieved_minor:
        return total
    return _l("%(sum)s (without relief %(full)s)", sum=total, full=format_money(due.unrelieved_minor))


def title_of(patent: Patent) -> str:
    """The title in the reader's language, where there is one."""
    return patent.title_en if current_locale() != "zh_CN" and patent.title_en else patent.title


def titles_of(patent: Patent) -> dict[str, str]:
    """The title by language, for notices that are worded when they are read."""
    return {"zh_CN": patent.title, "en": patent.title_en or patent.title}
