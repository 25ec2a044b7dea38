"""What states, kinds and terms of negotiations are called."""

from app.core.i18n import lazy_gettext as _l
from app.market.licences.models import LicenceKind
from app.market.negotiations.models import NegotiationState, RegistrationState, Side

STATES = {
    NegotiationState.ASKED: _l("First proposal open"),
    NegotiationState.OFFER: _l("Offer open"),
    NegotiationState.AGREED: _l("To be signed"),
    NegotiationState.SIGNING: _l("Signed by one side"),
    NegotiationState.SIGNED: _l("Signed, to be paid"),
    NegotiationState.EFFECTIVE: _l("Licence in effect"),
    NegotiationState.LAPSED: _l("Lapsed"),
    NegotiationState.DECLINED: _l("Declined"),
}
STATE_TONES = {
    NegotiationState.ASKED: "warn", NegotiationState.OFFER: "warn", NegotiationState.AGREED: "info",
    NegotiationState.SIGNING: "info", NegotiationState.SIGNED: "info", NegotiationState.EFFECTIVE: "ok",
    NegotiationState.LAPSED: "grey", NegotiationState.DECLINED: "grey",
}  # fmt: skip
KIND_HELP = {
    LicenceKind.ORDINARY: _l("The owner may use it and license others too."),
    LicenceKind.SOLE: _l("The owner may use it, but licenses nobody else."),
    LicenceKind.EXCLUSIVE: _l("Only you may use it, not even the owner."),
    LicenceKind.TRANSFER: _l("The patent becomes yours."),
}
SIDES = {Side.ASKER: _l("Asking side"), Side.OWNER: _l("Patent owner")}
REGISTRATION_STATES = {
    RegistrationState.DRAFT: _l("Draft"),
    RegistrationState.SUBMITTED: _l("Submitted"),
    RegistrationState.ACCEPTED: _l("Accepted for decision"),
    RegistrationState.SUPPLEMENT: _l("Supplement asked for"),
    RegistrationState.REGISTERED: _l("On the register"),
    RegistrationState.REFUSED: _l("Registration refused"),
    RegistrationState.CANCELLED: _l("Registration cancelled"),
}
REGISTRATION_TONES = {
    RegistrationState.DRAFT: "grey", RegistrationState.SUBMITTED: "info", RegistrationState.ACCEPTED: "info",
    RegistrationState.SUPPLEMENT: "warn", RegistrationState.REGISTERED: "ok", RegistrationState.REFUSED: "danger",
    RegistrationState.CANCELLED: "grey",
}  # fmt: skip
CHANGE_REPORTED = _l("Change reported")
CLAUSES = {
    "project": _l("Project"),
    "scope": _l("Subject, scope and requirements"),
    "plan": _l("Plan, place and way of carrying it out"),
    "secrecy": _l("Secrecy"),
    "results": _l("Results and income"),
    "acceptance": _l("Acceptance"),
    "definitions": _l("Definitions"),
    "other": _l("Other terms"),
}
# Default rules of the code beside the text (民法典)
HINTS = {
    "859": _l("Civil Code art. 859: the right to apply for what is developed on commission belongs to the developer."),
    "864": _l("Civil Code art. 864: the field of use may be agreed; restricting competition or progress is void."),
    "865": _l("Civil Code art. 865: a licence holds only while the patent does."),
    "875": _l("Civil Code art. 875: later improvements belong to whoever makes them, unless agreed otherwise."),
}
