"""Sharing money out over lines."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from app.settlement.payments.allocation import Claim, allocate_oldest_first, collect, offset_credits

PROVIDER = uuid4()
amounts = st.integers(1, 10**7)


def claim(gross: int, net: int, collected: int = 0, collected_net: int = 0) -> Claim:
    return Claim(uuid4(), PROVIDER, gross, net, collected, collected_net)


def test_the_oldest_line_is_filled_first() -> None:
    one, two = claim(100, 95), claim(100, 95)
    shares, rest = allocate_oldest_first([one, two], 150)
    assert [(share.line_id, share.gross, share.net) for share in shares] == [
        (one.line_id, 100, 95), (two.line_id, 50, 48),
    ]  # fmt: skip
    assert rest == 0


def test_what_is_too_much_is_left_over() -> None:
    assert allocate_oldest_first([claim(100, 95)], 130)[1] == 30


def test_credit_lines_are_set_off_and_the_excess_is_left_over() -> None:
    shares, rest = offset_credits([claim(100, 95), claim(-150, -142)])
    assert [(share.gross, share.net) for share in shares] == [(-150, -142), (100, 95)]
    assert rest == 50


@given(gross=amounts, share=st.integers(0, 100), cuts=st.lists(amounts, max_size=8))
def test_however_a_line_is_paid_its_net_is_reached_exactly(gross: int, share: int, cuts: list[int]) -> None:
    net = gross - gross * share // 100
    collected = collected_net = 0
    for cut in [*cuts, gross]:
        part = min(cut, gross - collected)
        if part:
            got = collect(claim(gross, net, collected, collected_net), part)
            assert 0 <= got.net <= net
            collected, collected_net = collected + got.gross, collected_net + got.net
    assert (collected, collected_net) == (gross, net)


@given(lines=st.lists(st.integers(-1000, 1000).filter(bool), min_size=1, max_size=12), paid=st.integers(0, 10_000))
def test_set_off_and_payment_together_collect_no_more_than_is_owed(lines: list[int], paid: int) -> None:
    claims = [claim(amount, amount) for amount in lines]
    shares, credit = offset_credits(claims)
    got = {share.line_id: share.gross for share in shares}
    assert sum(got.values()) == -credit
    left = [
        Claim(c.line_id, c.provider_id, c.gross, c.net, got.get(c.line_id, 0), got.get(c.line_id, 0)) for c in claims
    ]
    more, rest = allocate_oldest_first(left, paid)
    assert paid - rest == min(paid, max(0, sum(lines)))
    assert all(share.gross > 0 for share in more)
