"""Single steps of a dispute; the whole of it is in test_dispute_machine."""

import pytest

from app.core.errors import Conflict
from app.market.licences.disputes import ask_mediation, go_to_court, open_dispute
from app.market.licences.models import DisputeState
from tests.market.factories import make_open_licence, make_patent
from tests.market.licences.world import make_taker, note_of, noticed, pay


def test_what_is_with_a_court_does_not_go_back_to_mediation() -> None:
    """专利法 art. 52: mediation is asked for before a suit."""
    taker = make_taker()
    licence = noticed(make_open_licence(make_patent()), taker)
    pay(note_of(licence))
    dispute = open_dispute(taker, licence, "The adhesive shrinks by 3 %.", 100_00)
    go_to_court(taker, licence, dispute, "长春知识产权法庭")
    with pytest.raises(Conflict, match="with a court already"):
        ask_mediation(taker, licence, dispute)
    assert dispute.state is DisputeState.COURT
