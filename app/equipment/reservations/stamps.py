"""The signed word that a price was shown: a page or a program carries it from the quote to the hold or the booking.

The signature covers what was asked for (instrument, slot, operator, for whom) without repeating it, so that a stamp is
worth nothing beside any other wish. It needs the application's key and so stays at the edge of the web.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from app.accounts.models import Actor
from app.core.clock import Period, bounds
from app.equipment.reservations.told import Told

MAX_STAMP = 300
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def stamp(actor: Actor, instrument_id: UUID, stretch: Period, told: Told, *, with_operator: bool) -> str:
    """The word that this was told to whoever acts: for the organisation acted for, or for a visitor."""
    signer = _signer(actor.organisation_id, instrument_id, stretch, with_operator)
    tariff = told.tariff_id.hex if told.tariff_id else ""
    return str(signer.dumps([(told.at - _EPOCH) // _MICROSECOND, tariff, told.total_minor]))


def read_stamp(text: str, actor: Actor, instrument_id: UUID, stretch: Period, *, with_operator: bool) -> Told | None:
    """What a stamp says; None for one that is not ours, or was given for another wish or another organisation.

    What a visitor was told counts for whoever signs in afterwards: the version of the price list, not the class.
    """
    if not text or len(text) > MAX_STAMP:
        return None
    for organisation_id in (actor.organisation_id, None):
        try:
            at, tariff, total = _signer(organisation_id, instrument_id, stretch, with_operator).loads(text)
        except BadData:
            continue
        return Told(_EPOCH + at * _MICROSECOND, UUID(hex=tariff) if tariff else None, total)
    return None


def _signer(
    organisation_id: UUID | None, instrument_id: UUID, stretch: Period, with_operator: bool
) -> URLSafeSerializer:
    begin, end = (moment.astimezone(UTC).isoformat() for moment in bounds(stretch))
    wish = ("quote", instrument_id, begin, end, int(with_operator), organisation_id or "visitor")
    return URLSafeSerializer(
        str(current_app.secret_key),
        salt="|".join(map(str, wish)),
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
