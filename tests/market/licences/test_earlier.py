"""Estimates rest on what earlier licences of the same patent cost."""

from app.market.licences.earlier import earlier_prices
from app.market.open_licences.estimates import Earlier
from app.market.open_licences.models import FigureKind
from tests.market.factories import make_open_licence
from tests.market.licences.world import note_of, noticed, pay


def test_only_licences_that_took_effect_tell_their_price() -> None:
    licence = noticed(make_open_licence())
    assert list(earlier_prices(licence.patent_id)) == []
    note = note_of(licence)
    pay(note, licence.received_on)
    year = licence.received_on.year
    assert list(earlier_prices(licence.patent_id)) == [Earlier(FigureKind.LUMP_SUM, 5_000_000, year)]
