"""Wires the settlement into the application."""

from app.core.web import App
from app.files.policy import register_subject
from app.settlement.books import register_books
from app.settlement.corrections import views as correction_views
from app.settlement.credits import views as credit_views
from app.settlement.fee_notes import models
from app.settlement.fee_notes import tasks as fee_note_tasks
from app.settlement.interests import handlers as interest_handlers
from app.settlement.papers import bill_views, fee_note_handlers, fee_note_views, month_views, statement_views
from app.settlement.papers import handlers as notices
from app.settlement.papers import tasks as paper_tasks
from app.settlement.payments import handlers
from app.settlement.payments import views as bank_views
from app.settlement.payouts import views as payout_views
from app.settlement.proceeds import views as proceeds_views
from app.settlement.recorded import register_recorded
from app.settlement.settings import settings
from app.settlement.statements import tasks
from app.settlement.statements.cli import group

__all__ = [
    "fee_note_handlers",
    "fee_note_tasks",
    "handlers",
    "init_module",
    "interest_handlers",
    "models",
    "notices",
    "paper_tasks",
    "settings",
    "tasks",
]

PAGES = (
    statement_views.bp,
    statement_views.charges,
    bill_views.bp,
    bill_views.receivables_bp,
    fee_note_views.bp,
    fee_note_views.refunds_bp,
    month_views.bp,
    bank_views.bp,
    payout_views.bp,
    proceeds_views.bp,
    proceeds_views.link_bp,
    credit_views.bp,
    correction_views.bp,
)


def init_module(app: App) -> None:
    """Register pages, commands, subscriptions and tasks."""
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    app.cli.add_command(group)
    register_subject(proceeds_views.FILES, proceeds_views.may_read_paper)
    register_books()
    register_recorded()
