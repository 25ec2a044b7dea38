"""Watches and what happened in the words of pages and mails."""

from app.core.i18n import lazy_gettext as _l
from app.market.watches.happenings import Event
from app.market.watches.models import Rhythm

RHYTHMS = {Rhythm.WEEKLY: _l("weekly"), Rhythm.DAILY: _l("daily")}
EVENTS = {
    Event.NEW: _l("New in the portfolio, without announced terms"),
    Event.PILOT: _l("New: listed as a pilot, not announced"),
    Event.ANNOUNCED: _l("Announced: can be taken by notice and payment"),
    Event.WITHDRAWING: _l("Withdrawal filed: can be taken until it is announced"),
    Event.WITHDRAWN: _l("Withdrawal announced: no new licence"),
    Event.EXPIRING: _l("Its protection ends soon"),
}
