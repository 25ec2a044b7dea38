"""What is declared beside what the register says, for the operator's check."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.core.clock import today
from app.core.i18n import gettext as _
from app.market.open_licences.models import OpenLicence
from app.market.open_licences.terms import holders_words, term_words
from app.market.open_licences.wording import price_words
from app.market.patents.models import Patent
from app.market.patents.terms import annuity_state, expiry
from app.market.patents.words import ANNUITY_NAMES, CONCLUSION_NAMES, STATUS_NAMES
from app.market.settings import settings


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact: declared, in the register (empty where the register says nothing), and whether they differ."""

    name: str
    declared: str
    register: str = ""
    differs: bool = False


def compared(declared: OpenLicence) -> list[Compared]:
    """Every fact that is checked; patent with people and owner are loaded."""
    patent = declared.patent
    names = {one.name for one in patent.holders}
    registered = patent.registered_holders
    found = {name.strip() for name in registered.replace("；", ";").replace("、", ";").split(";") if name.strip()}
    due = expiry(patent.kind, patent.filed_on) if not patent.lacks_dates else None
    rows = [
        Compared(_("Patentees"), holders_words(declared), registered, bool(found) and found != names),
        Compared(_("Legal status"), str(STATUS_NAMES[patent.legal_status]), ""),
        Compared(_("Annuity"), str(ANNUITY_NAMES[annuity_state(patent, today())]), ""),
        Compared(_("Expires"), str(patent.expires_on), str(due or ""), due is not None and due != patent.expires_on),
        Compared(_("Evaluation report"), str(CONCLUSION_NAMES[patent.conclusion]), patent.report_no),
        Compared(_("Register checked on"), str(patent.register_checked_on or "–"), "", is_stale(patent, today())),
        Compared(_("Price"), price_words(declared)),
        Compared(_("Basis of the price"), declared.basis_note),
        Compared(_("Why above the usual"), declared.limit_reason),
        Compared(_("Term of each licence"), term_words(declared.term_months)),
        Compared(_("What it is for"), declared.use_text),
        Compared(_("Why the marked words are facts"), declared.promotion_answer),
    ]
    return [row for row in rows if row.declared]


def is_stale(patent: Patent, day: date) -> bool:
    """Whether the facts of the register are older than the setting allows, or were never compared."""
    checked = patent.register_checked_on
    return checked is None or day - checked > timedelta(days=settings.number("register_fresh_days"))
