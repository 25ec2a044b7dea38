"""What the market brings to the application."""

from app.core.web import App
from app.market.licences import models
from app.market.licences import registration as licences
from app.market.negotiations import registration as negotiations
from app.market.open_licences import registration as open_licences
from app.market.patents import registration as patents
from app.market.portal import registration as portal
from app.market.referrals import registration as referrals
from app.market.royalties import registration as royalties
from app.market.settings import settings
from app.market.watches import registration as watches

__all__ = ["init_module", "models", "settings"]

SLICES = (patents, open_licences, licences, royalties, negotiations, referrals, portal, watches)


def init_module(app: App) -> None:
    """Register pages, commands, subscriptions and tasks of every slice."""
    for part in SLICES:
        part.register(app)
