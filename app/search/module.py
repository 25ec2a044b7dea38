"""Wires search into the application."""

from flask import Flask

from app.search.cli import group
from app.search.engine import use_engine
from app.search.postgres import PostgresEngine


def init_module(app: Flask) -> None:
    """Choose the engine and register the command."""
    use_engine(PostgresEngine())
    app.cli.add_command(group)
