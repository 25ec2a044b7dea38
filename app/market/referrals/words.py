"""What kinds and states of referrals are called, and who has them."""

from app.core.i18n import lazy_gettext as _l
from app.market.referrals.models import ReferralKind, ReferralState

KINDS = {
    ReferralKind.PLEDGE: _l("Patent pledge financing"),
    ReferralKind.SEARCH: _l("Patent search"),
    ReferralKind.ANALYSIS: _l("Patent analysis"),
    ReferralKind.WATCH: _l("Patent monitoring"),
    ReferralKind.EVALUATION: _l("Help with an evaluation report"),
}
KIND_HELP = {
    ReferralKind.PLEDGE: _l("A bank lends on a patent of yours; the pledge arises with its registration at CNIPA."),
    ReferralKind.SEARCH: _l("Is it new, is it free to use? What is known already."),
    ReferralKind.ANALYSIS: _l("Who develops what in a field, and where there is room."),
    ReferralKind.WATCH: _l("Word of what competitors file, and of what ends."),
    ReferralKind.EVALUATION: _l("Asking CNIPA for the report that utility models and designs need."),
}
KIND_ICONS = {
    ReferralKind.PLEDGE: "landmark", ReferralKind.SEARCH: "search", ReferralKind.ANALYSIS: "chart-column",
    ReferralKind.WATCH: "bell", ReferralKind.EVALUATION: "file-check",
}  # fmt: skip
STATES = {
    ReferralState.ASKED: _l("With the operator"),
    ReferralState.PASSED: _l("With the partner"),
    ReferralState.TALKING: _l("In touch"),
    ReferralState.AGREED: _l("Come to an agreement"),
    ReferralState.DECLINED: _l("Not taken up"),
    ReferralState.WITHDRAWN: _l("Taken back"),
    ReferralState.LAPSED: _l("No answer in time"),
}
TONES = {
    ReferralState.ASKED: "warn", ReferralState.PASSED: "warn", ReferralState.TALKING: "info",
    ReferralState.AGREED: "ok", ReferralState.DECLINED: "grey", ReferralState.WITHDRAWN: "grey",
    ReferralState.LAPSED: "grey",
}  # fmt: skip
