"""Two answers to one request at once: one counts, the other hears that somebody was faster."""

from collections import Counter
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import select

from app.accounts.models import Actor
from app.core.clock import today
from app.core.db import session, unit_of_work
from app.core.errors import Conflict
from app.core.web import App
from app.market.patents.models import Encumbrance
from app.market.referrals.models import Referral, ReferralState
from app.market.referrals.operations import agree, confirm_pledge, decline, take_up, withdraw
from tests.live.callers import together
from tests.live.world import committed
from tests.market.referrals.factories import Case, make_case

pytestmark = [pytest.mark.live, pytest.mark.slow]

S = ReferralState
MANY = 8


def attempt(live_app: App, referral_id: UUID, case: Case, number: int) -> ReferralState | None:
    """One of the answers, in a transaction of its own."""
    deeds = (
        lambda one: agree(case.banker, one, 100 + number, 12),
        lambda one: decline(case.banker, one, "不受理"),
        lambda one: withdraw(case.applicant, one),
    )
    with live_app.app_context():
        try:
            with unit_of_work():
                return deeds[number % 3](session.get_one(Referral, referral_id)).state
        except Conflict:
            return None


def test_of_many_answers_at_once_one_counts(live_app: App) -> None:
    with committed(live_app):
        case = make_case()
        referral_id = take_up(case.banker, case.ask()).id
    answers = Counter(together(MANY, partial(attempt, live_app, referral_id, case)))
    with live_app.app_context():
        state = session.scalars(select(Referral.state).where(Referral.id == referral_id)).one()
    assert state in {S.AGREED, S.DECLINED, S.WITHDRAWN}
    assert set(answers) <= {state, None}
    assert answers[state] == 1 or state is S.WITHDRAWN


def test_a_pledge_that_is_confirmed_twice_at_once_stands_once(live_app: App) -> None:
    with committed(live_app):
        case = make_case()
        referral_id, patent_id = case.agreed().id, case.patent.id

    def confirm(_number: int) -> UUID | None:
        with live_app.app_context(), unit_of_work():
            referral = session.get_one(Referral, referral_id)
            return confirm_pledge(applicant, referral, reference="Y1", starts_on=today(), ends_on=None).encumbrance_id

    applicant: Actor = case.applicant
    found = set(together(MANY, confirm))
    with live_app.app_context():
        kept = session.scalars(select(Encumbrance.id).where(Encumbrance.patent_id == patent_id)).all()
    assert found == set(kept)
    assert len(kept) == 1
