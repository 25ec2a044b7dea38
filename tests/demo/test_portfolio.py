"""The patents of the demonstration: of every kind, nearly all public, one annuity late, one pledge ending soon."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.clock import today
from app.core.db import session
from app.demo.cast import DEFAULT_PASSWORD
from app.demo.people import load_people
from app.demo.portfolio import are_there, load_patents
from app.market.patents.models import Encumbrance, Patent, PatentKind
from app.market.patents.terms import AnnuityState, annuity_state

pytestmark = pytest.mark.usefixtures("app")


def test_the_portfolio_shows_everything_that_a_portfolio_can() -> None:
    load_people(DEFAULT_PASSWORD)
    assert not are_there()
    assert load_patents("") == "created 41, changed 0, unchanged 0, skipped 0, failed 0"
    assert are_there()
    patents = session.scalars(select(Patent)).all()
    assert {patent.kind for patent in patents} == set(PatentKind)
    states = Counter(annuity_state(patent, today()) for patent in patents if patent.is_published)
    assert states[AnnuityState.LATE] == 1
    assert states[AnnuityState.LAPSED] == 0
    assert sum(not patent.is_published for patent in patents) == 4
    ends = session.scalars(select(Encumbrance.ends_on)).one()
    assert ends is not None
    assert today() < ends < today() + timedelta(days=30)
