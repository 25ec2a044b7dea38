"""Wires accounts into the application: identity, pages, commands, notices, housekeeping."""

from flask import Flask

from app.accounts import handlers, tasks
from app.accounts.cli import group
from app.accounts.identity import init_identity
from app.accounts.members import views as members
from app.accounts.organisations import views as organisations
from app.accounts.passwords import configure_passwords
from app.accounts.people import views as people
from app.accounts.recorded import register_recorded
from app.accounts.regions import region_name
from app.accounts.sessions import views as sessions
from app.accounts.tokens import views as tokens
from app.accounts.words import (
    KIND_NAMES,
    VERIFICATION_NAMES,
    VERIFICATION_TONES,
    answer_words,
    browser_name,
    role_name,
)
from app.config import Config

__all__ = ["handlers", "init_module", "tasks"]


def init_module(app: Flask) -> None:
    """Identify every request from here on, and register what accounts show and do."""
    config: Config = app.config["JISHI"]
    configure_passwords(config.password_profile, config.argon2_time, config.argon2_memory_kib)
    init_identity(app)
    for slice_ in (sessions, people, tokens, organisations, members):
        app.register_blueprint(slice_.bp)
    app.cli.add_command(group)
    register_recorded()
    app.jinja_env.filters.update(browser=browser_name, answer=answer_words)
    app.jinja_env.globals.update(
        kind_names=KIND_NAMES,
        verification_names=VERIFICATION_NAMES,
        verification_tones=VERIFICATION_TONES,
        role_name=role_name,
        region_name=region_name,
    )
