"""How kinds, states and roles are called, and what a role may do."""

from app.accounts.models import OrganisationKind, Role, Verification
from app.core.i18n import lazy_gettext as _l

KIND_NAMES = {
    OrganisationKind.INSTITUTION: _l("Institution"),
    OrganisationKind.ENTERPRISE: _l("Enterprise"),
    OrganisationKind.PERSON: _l("Private person"),
    OrganisationKind.OPERATOR: _l("Platform operator"),
}
VERIFICATION_NAMES = {
    Verification.WAITING: _l("Waits for verification"),
    Verification.ASKED: _l("More papers needed"),
    Verification.VERIFIED: _l("Verified"),
    Verification.REFUSED: _l("Refused"),
}
VERIFICATION_TONES = {
    Verification.WAITING: ("warn", "hourglass"),
    Verification.ASKED: ("warn", "circle-alert"),
    Verification.VERIFIED: ("ok", "circle-check"),
    Verification.REFUSED: ("danger", "circle-x"),
}
ROLE_NAMES = {
    Role.OWNER: _l("Owner"),
    Role.MANAGER: _l("Manager"),
    Role.TECHNICIAN: _l("Technician"),
    Role.FINANCE: _l("Finance"),
    Role.BOOKER: _l("Booker"),
    Role.TRANSFER: _l("Transfer officer"),
    Role.INVENTOR: _l("Inventor"),
    Role.VERIFIER: _l("Verifier"),
    Role.SETTLEMENT: _l("Settlement"),
    Role.AUDITOR: _l("Auditor"),
}
ROLE_DUTIES = {
    Role.OWNER: _l("Everything, also members and the bank account"),
    Role.MANAGER: _l("Instruments, tariffs in draft, approving bookings"),
    Role.TECHNICIAN: _l("Starting and finishing uses"),
    Role.FINANCE: _l("Bills, statements, hours to confirm"),
    Role.BOOKER: _l("Booking instruments"),
    Role.TRANSFER: _l("Patents, open licences, contracts"),
    Role.INVENTOR: _l("Reading what concerns the own patents"),
    Role.VERIFIER: _l("Checking organisations"),
    Role.SETTLEMENT: _l("Payments, payouts, closing months"),
    Role.AUDITOR: _l("Reading everything, also the audit log"),
}


# What the operator often answers, by the word that is stored and told: each reader gets it in the own language.
ASKED_FOR = {
    "asked:licence": _l("a copy of the licence"),
    "asked:licence_name": _l("the name as it stands on the licence"),
    "asked:authorisation": _l("a letter of authorisation with the seal"),
    "asked:telephone": _l("a telephone number that answers"),
}
REFUSED_BECAUSE = {
    "refused:foreign_code": _l("the code belongs to another organisation"),
    "refused:struck_off": _l("the organisation is struck off"),
    "refused:twice": _l("registered twice"),
}


def answer_words(note: str) -> object:
    """The operator's answer as it is shown: a stored word in the reader's language, free text as it is."""
    return ASKED_FOR.get(note) or REFUSED_BECAUSE.get(note) or note


def role_name(role: str) -> str:
    """The name of a stored role."""
    return str(ROLE_NAMES[Role(role)])


_BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("QQBrowser", "QQ"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_name(user_agent: str) -> str:
    """What a person recognises a browser by, e.g. ``Firefox, Windows``; empty when it says nothing familiar."""
    found = (next((name for sign, name in known if sign in user_agent), "") for known in (_BROWSERS, _SYSTEMS))
    return ", ".join(filter(None, found))
