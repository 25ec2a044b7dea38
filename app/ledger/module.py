"""Wires the books into the application."""

from flask import Flask

from app.ledger import tasks, views
from app.ledger.cli import group

__all__ = ["init_module", "tasks"]


def init_module(app: Flask) -> None:
    """Register commands and pages; the nightly check is declared by importing it."""
    app.cli.add_command(group)
    app.register_blueprint(views.bp)
