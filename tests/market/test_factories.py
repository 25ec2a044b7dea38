"""What the factories make is what the models mean."""

from app.market.open_licences.models import DeclarationState
from app.market.patents.numbers import parse_number
from tests.market.factories import make_licence, make_notice, make_open_licence, make_patent, make_pilot


def test_patents_have_numbers_that_hold_and_words_to_be_found_by() -> None:
    patent = make_patent(use_text="零下四十度还贴得住的屏幕胶带", title="一种胶带")
    assert parse_number(patent.shown_number).canonical == patent.number
    assert {"屏幕", "c09j4", "02"} <= set(patent.search_words.split())


def test_what_is_announced_is_open_and_a_pilot_is_not() -> None:
    announced, pilot = make_open_licence(), make_pilot()
    assert (announced.is_open, announced.is_pilot) == (True, False)
    assert (pilot.is_open, pilot.is_pilot, pilot.state) == (False, True, DeclarationState.DRAFT)
    assert make_licence(announced).is_live
    assert not make_notice(announced).is_live
