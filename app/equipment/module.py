"""What the equipment module brings to the application."""

from app.core.web import App
from app.equipment.catalogue import registration as catalogue
from app.equipment.exchange import registration as exchange
from app.equipment.recorded import register_recorded
from app.equipment.reservations import registration as reservations
from app.equipment.schedule import registration as schedule
from app.equipment.settings import settings
from app.equipment.statistics import registration as statistics
from app.equipment.tariffs import registration as tariffs
from app.equipment.usage import registration as usage
from app.equipment.waiting import registration as waiting

__all__ = ["init_module", "settings"]

SLICES = (schedule, tariffs, exchange, waiting, reservations, catalogue, usage, statistics)


def init_module(app: App) -> None:
    """Register pages, commands, subscriptions and tasks of every slice."""
    for part in SLICES:
        part.register(app)
    register_recorded()
