"""Wires notifications into the application."""

from flask import Flask

from app.config import Config
from app.notifications import development, views
from app.notifications.cli import group
from app.notifications.mailers import mailer_for
from app.notifications.telephones import masked
from app.notifications.texting import texter_of


def init_module(app: Flask) -> None:
    """Register pages, commands and what the layout needs. Raises ValueError at start for a bad MAIL_URL or SMS_URL."""
    config: Config = app.config["JISHI"]
    mailer_for(config.mail_url, config.mail_from, config.files_root.parent / "mail")
    texter_of(config)
    app.register_blueprint(views.bp)
    app.context_processor(views.layout_context)
    app.jinja_env.filters["masked"] = masked
    app.cli.add_command(group)
    if not config.is_production:
        app.register_blueprint(development.bp)
