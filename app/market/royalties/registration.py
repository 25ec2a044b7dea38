"""What royalties bring to the application."""

from app.core.audit_words import register_changes
from app.core.i18n import lazy_gettext as _l
from app.core.templating import format_money
from app.core.web import App
from app.files.policy import register_subject
from app.ledger.subjects import register_subjects
from app.market.licences.panels import register_panel
from app.market.royalties import handlers, models, notices, panel, paper_views, tasks, views
from app.market.royalties.books import reports
from app.market.royalties.reporting import SUBJECT
from app.market.royalties.words import INSPECTIONS, PERIOD_STATES

__all__ = ["handlers", "models", "notices", "register", "tasks"]


def register(app: App) -> None:
    """Register pages, subscriptions, the nightly run, and what the audit log calls the fields."""
    for blueprint in (views.bp, paper_views.bp, paper_views.income_bp):
        app.register_blueprint(blueprint)
    register_panel(panel.TEMPLATE, panel.royalties_of)
    register_subject(views.FILES, views.may_read_evidence)
    register_subjects(SUBJECT, reports)
    register_changes(
        "royalty_periods",
        {"state": _l("State"), "amount": _l("Amount"), "late": _l("Late"), "files": _l("Files"),
         "inspection": _l("Inspection of the books")},
        {"state": PERIOD_STATES, "amount": format_money, "inspection": INSPECTIONS},
    )  # fmt: skip
    register_changes("licences", {"periods": _l("Royalty periods")})
    register_changes("income_shares", {"amount": _l("Amount")}, {"amount": format_money})
