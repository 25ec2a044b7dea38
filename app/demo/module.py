"""Wires the demonstration into the application: its commands."""

from flask import Flask

from app.demo.cli import group


def init_module(app: Flask) -> None:
    """Register `flask demo`."""
    app.cli.add_command(group)
