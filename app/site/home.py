"""What the home page shows."""

import importlib
from typing import Any

from app.core.i18n import lazy_gettext as _l

STEPS = (
    (_l("Find"), _l("Search by use, name or class; you see the price for your organisation and the next free time.")),
    (_l("Book"), _l("Pick a time in the calendar; the quote explains every line before anything binds.")),
    (_l("Use"), _l("Start and finish at the instrument; you pay for the hours really used.")),
    (_l("Settle"), _l("One bill a month; the institution gets its money with a statement to the fen.")),
)


def home_page() -> dict[str, Any]:
    """Context of the home page."""
    try:  # TRANSITIONAL
        statistics = importlib.import_module("app.equipment.statistics.queries")
        return {
            "figures": statistics.public_figures(),
            "free_today": statistics.free_today(6),
            "classes": statistics.class_counts(),
            "steps": STEPS,
        }
    except (ModuleNotFoundError, AttributeError):
        return {"figures": [], "free_today": [], "classes": [], "steps": STEPS}
