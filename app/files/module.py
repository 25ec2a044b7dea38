"""Wires files into the application."""

from flask import Flask

from app.config import Config
from app.files import licence_views, views
from app.files.cli import group
from app.files.licences import register_licences
from app.files.recorded import register_recorded
from app.files.store import LocalFileStore, use_store


def init_module(app: Flask) -> None:
    """Name the folder of the files, register the download and the commands."""
    config: Config = app.config["JISHI"]
    use_store(LocalFileStore(config.files_root))
    app.register_blueprint(views.bp)
    app.register_blueprint(licence_views.bp)
    register_licences()
    app.cli.add_command(group)
    register_recorded()
