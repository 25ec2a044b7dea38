"""Whatever two sides do in whatever order: turns, counts and hashes stay in step."""

from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.accounts.proofs import digest_of
from app.core.db import savepoint, session
from app.core.errors import Conflict
from app.market.negotiations.models import NegotiationState, Side
from app.market.negotiations.operations import agree, counter_offer, decline
from app.market.negotiations.queries import contract_with_all, negotiation_with_all
from app.market.negotiations.signing import change_contract
from tests.market.negotiations.factories import LUMP, Case, make_case

S = NegotiationState
NEXT = {
    S.ASKED: {S.ASKED, S.OFFER, S.AGREED, S.DECLINED},
    S.OFFER: {S.OFFER, S.AGREED, S.DECLINED},
    S.AGREED: {S.AGREED, S.SIGNING, S.DECLINED},
    S.SIGNING: {S.SIGNING, S.SIGNED, S.AGREED, S.DECLINED},
    S.SIGNED: {S.SIGNED},
    S.DECLINED: {S.DECLINED},
}
DEEDS = st.tuples(st.sampled_from(list(Side)), st.sampled_from(["offer", "agree", "sign", "change", "decline"]))


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=st.lists(DEEDS, max_size=8))
def test_any_order_of_deeds_keeps_the_rules(transaction: None, deeds: list[tuple[Side, str]]) -> None:
    case = make_case()
    negotiation = negotiation_with_all(case.ask().id)
    for number, (side, deed) in enumerate(deeds, start=1):
        before = negotiation.state, negotiation.rounds
        with suppress(Conflict), savepoint():
            _do(case, side, deed, number, negotiation)
        negotiation = negotiation_with_all(negotiation.id)
        _check(negotiation, before)
        session.expire_all()
        negotiation = negotiation_with_all(negotiation.id)


def _do(case: Case, side: Side, deed: str, number: int, negotiation: Any) -> None:
    actor = case.asker if side is Side.ASKER else case.owner
    if deed == "offer":
        counter_offer(actor, negotiation, replace(LUMP, lump_minor=number * 100))
    elif deed == "agree":
        agree(actor, negotiation)
    elif deed == "decline":
        decline(actor, negotiation)
    elif negotiation.contract is not None:
        contract = contract_with_all(negotiation.contract.id)
        if deed == "sign":
            case.sign(actor, contract)
        else:
            change_contract(actor, contract, {**contract.fields, "other": f"第{number}次"})


def _check(negotiation: Any, before: tuple[NegotiationState, int]) -> None:
    assert negotiation.state in NEXT[before[0]]
    assert [one.revision for one in negotiation.offers] == list(range(1, negotiation.rounds + 1))
    sides = [one.side for one in negotiation.offers]
    assert all(first is not second for first, second in pairwise(sides))
    assert negotiation.turn is sides[-1].other
    contract = negotiation.contract
    assert (contract is None) == (negotiation.state in {S.ASKED, S.OFFER}) or negotiation.state is S.DECLINED
    if contract is None:
        return
    assert contract.sha256 == digest_of(contract.text)
    holding = sum(contract.signature_of(side) is not None for side in Side)
    wanted = {S.AGREED: 0, S.SIGNING: 1, S.SIGNED: 2}
    assert holding == wanted.get(negotiation.state, holding)
    assert (contract.signed_on is not None) == (holding == 2)
    assert (negotiation.licence_id is not None) == (holding == 2)
