"""Wires the operator's pages into the application."""

from flask import Flask

from app.admin.audit import views as audit
from app.admin.organisations import views as organisations
from app.admin.settings import views as settings


def init_module(app: Flask) -> None:
    """Register the operator's pages."""
    for slice_ in (organisations, audit, settings):
        app.register_blueprint(slice_.bp)
