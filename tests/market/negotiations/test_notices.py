"""Who hears of offers and contracts: P12 and P13 (flows-market.md §2)."""

from dataclasses import replace

import pytest

from app.accounts.models import Role
from app.core.db import session
from app.market.negotiations.operations import agree, counter_offer, decline
from app.market.negotiations.queries import negotiation_with_all
from tests.accounts.factories import make_actor
from tests.market.negotiations.factories import LUMP, Case, make_case
from tests.market.told import heard, subjects, told


@pytest.fixture
def case(transaction: None) -> Case:
    """Both read English."""
    made = make_case(title="低收缩光学胶", title_en="Low-shrinkage optical adhesive")
    for person in (made.asker, made.owner):
        assert person.user is not None
        person.user.locale = "en"
    session.flush()
    return made


def test_p12_each_offer_is_told_to_the_side_whose_turn_it_is(case: Case) -> None:
    finance = make_actor(case.patent.owner, Role.FINANCE)
    negotiation = case.ask()
    heard()
    line = "Offer: Low-shrinkage optical adhesive"
    assert (told(case.owner), told(case.asker)) == ([line], [])
    counter_offer(case.owner, negotiation_with_all(negotiation.id), replace(LUMP, lump_minor=9_000_000))
    heard()
    assert (told(case.owner), told(case.asker)) == ([line], [line])
    assert subjects(case.owner) == subjects(case.asker) == [line]
    assert told(finance) == []


def test_p13_whoever_has_not_signed_is_told_to(case: Case) -> None:
    contract = agree(case.owner, case.ask())
    heard()
    line = f"Sign {contract.number}"
    assert told(case.owner, "contract") == told(case.asker, "contract") == [line]
    case.sign(case.asker, contract)
    heard()
    assert told(case.owner, "contract") == [line, line]
    assert told(case.asker, "contract") == [line]


def test_both_hear_that_nothing_comes_of_it(case: Case) -> None:
    negotiation = case.ask()
    decline(case.owner, negotiation_with_all(negotiation.id), "Not now.")
    heard()
    line = "Negotiation over: Low-shrinkage optical adhesive"
    assert told(case.owner, "negotiation_ended") == told(case.asker, "negotiation_ended") == [line]
