"""Whatever everybody does in whatever order: the table of states holds, and no deed leaves half of itself."""

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.clock import now
from app.core.db import savepoint, session
from app.core.errors import DomainError
from app.market.referrals.models import NEXT, SHOWN, Referral, ReferralState
from app.market.referrals.operations import agree, decline, lapse, pass_on, take_up, withdraw
from app.market.referrals.queries import referral_with_all
from tests.market.referrals.factories import Case, make_case

S = ReferralState
DEEDS = ("pass_on", "take_up", "agree", "decline", "operator_declines", "withdraw", "lapse", "wait")


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(chosen=st.booleans(), deeds=st.lists(st.sampled_from(DEEDS), max_size=7))
def test_any_order_of_deeds_keeps_the_table_of_states(transaction: None, chosen: bool, deeds: list[str]) -> None:
    case = make_case()
    referral = case.ask(chosen=chosen)
    moment = now()
    for deed in deeds:
        before = referral.state
        moment += timedelta(days=30 if deed == "wait" else 0)
        with time_machine.travel(moment, tick=False), suppress(DomainError), savepoint():
            do(case, deed, referral)
        session.expire_all()
        referral = referral_with_all(referral.id)
        check(referral, before)


def do(case: Case, deed: str, referral: Referral) -> None:
    if deed == "pass_on":
        pass_on(case.operator, referral, case.partner)
    elif deed == "take_up":
        take_up(case.banker, referral)
    elif deed == "agree":
        agree(case.banker, referral, 100, 12)
    elif deed in {"decline", "operator_declines"}:
        decline(case.banker if deed == "decline" else case.operator, referral, "不受理")
    elif deed == "withdraw":
        withdraw(case.applicant, referral)
    elif deed == "lapse":
        lapse(referral)


def check(referral: Referral, before: ReferralState) -> None:
    assert referral.state is before or referral.state in NEXT[before]
    states = [one.state for one in referral.steps]
    assert states[-1] is referral.state
    assert all(after in NEXT[former] for former, after in pairwise(states))
    assert [one.position for one in referral.steps] == list(range(1, len(states) + 1))
    assert (referral.due_at is None) == (referral.ended_at is not None) == (not NEXT[referral.state])
    assert (referral.agreed_minor == 100) == (referral.state is S.AGREED)
    assert referral.is_shown == (referral.state in SHOWN)
    assert referral.encumbrance_id is None
