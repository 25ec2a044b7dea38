"""States and kinds in the reader's language."""

from app.core.i18n import lazy_gettext as _l
from app.market.royalties.models import Inspection, PeriodState

PERIOD_STATES = {
    PeriodState.OPEN: _l("Running"),
    PeriodState.DUE: _l("Report due"),
    PeriodState.REPORTED: _l("Reported"),
    PeriodState.QUESTIONED: _l("Questioned"),
    PeriodState.BILLED: _l("Accepted"),
    PeriodState.PAID: _l("Paid"),
}
PERIOD_BADGES = {
    PeriodState.OPEN: "running",
    PeriodState.DUE: "waiting",
    PeriodState.REPORTED: "issued",
    PeriodState.QUESTIONED: "disputed",
    PeriodState.BILLED: "accepted",
    PeriodState.PAID: "paid",
}
INSPECTIONS = {
    Inspection.NONE: _l("None"),
    Inspection.REQUESTED: _l("Asked for"),
    Inspection.AGREED: _l("Day agreed"),
    Inspection.DONE: _l("Done"),
}
PART_KINDS = {"inventor": _l("Inventor"), "department": _l("Department"), "institution": _l("Institution")}
