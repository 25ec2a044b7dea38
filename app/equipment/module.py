"""What the equipment module brings to the application."""

import importlib

from app.core.web import App
from app.equipment.settings import settings

__all__ = ["init_module", "settings"]

SLICES = ("instruments", "schedule", "tariffs", "exchange", "reservations", "catalogue", "usage", "statistics")


def init_module(app: App) -> None:
    """Register pages, commands, subscriptions and tasks of every slice."""
    for name in SLICES:  # TRANSITIONAL
        try:
            module = importlib.import_module(f"app.equipment.{name}.registration")
        except ModuleNotFoundError as error:
            if error.name != f"app.equipment.{name}.registration":
                raise
            continue
        module.register(app)
