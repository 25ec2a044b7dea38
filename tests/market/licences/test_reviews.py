"""What the operator looks at once, and what it looks at again when another question comes up (专利法 art. 50)."""

from datetime import date, timedelta

import pytest
import time_machine

from app.accounts.models import SYSTEM
from app.core.db import session
from app.core.errors import Conflict
from app.market.licences.models import Licence, LicenceState, Review
from app.market.licences.queries import to_review
from app.market.licences.reviews import decide_review, end_with_patent, review_after_withdrawal
from app.market.open_licences.models import OpenLicence, PriceForm
from app.market.patents.models import LegalStatus
from app.market.patents.operations import end_patent
from tests.accounts.factories import make_operator
from tests.market.factories import make_notice, make_open_licence
from tests.market.licences.world import at, withdraw

DAY = date(2027, 3, 1)


def looked_at(declaration: OpenLicence) -> Licence:
    """A free notice of today, where the settings let the operator look first."""
    return make_notice(declaration, review=Review.NOTHING_DUE, void_on=None)


def test_what_was_decided_before_anybody_knew_of_the_withdrawal_is_looked_at_again() -> None:
    """专利法 art. 50: another question than the first; what was decided about this withdrawal is not asked again."""
    declaration, operator = make_open_licence(price_form=PriceForm.FREE), make_operator()
    with time_machine.travel(at(DAY), tick=False):
        licence = looked_at(declaration)
        decide_review(operator, licence, stands=True, note="免费")
        withdraw(declaration, DAY - timedelta(days=1))
        assert review_after_withdrawal(declaration) == [licence]
        assert review_after_withdrawal(declaration) == []
        assert (licence.review, licence.awaits_review, licence.review_note) == (Review.RECORDED_LATE, True, "")
        decide_review(operator, licence, stands=True, note="双方善意")
        assert review_after_withdrawal(declaration) == []
        assert (licence.state, licence.awaits_review) == (LicenceState.EFFECTIVE, False)


@pytest.mark.parametrize(("before", "state"), [(1, LicenceState.VOID), (0, LicenceState.EFFECTIVE)])
def test_article_50_what_begins_after_the_withdrawal_cannot_be_waved_through(before: int, state: LicenceState) -> None:
    """专利法 art. 50, 51: also a free notice that waits for a look; on that day itself the operator decides."""
    declaration, operator = make_open_licence(price_form=PriceForm.FREE), make_operator()
    with time_machine.travel(at(DAY), tick=False):
        licence = looked_at(declaration)
        withdraw(declaration, DAY - timedelta(days=before))
        if before:
            with pytest.raises(Conflict) as refusal:
                decide_review(operator, licence, stands=True, note="免费")
            assert refusal.value.code == "not_open"
        decide_review(operator, licence, stands=not before, note="按公告日")
        assert licence.state is state


def test_a_notice_that_ends_with_its_patent_waits_for_no_decision() -> None:
    """Found by the state machine: money and withdrawal on one day, and the right lapsed before the operator looked."""
    declaration = make_open_licence()
    with time_machine.travel(at(DAY), tick=False):
        licence = make_notice(declaration, review=Review.SAME_DAY, void_on=None)
        end_patent(SYSTEM, declaration.patent, LegalStatus.LAPSED)
        end_with_patent(declaration.patent)
        assert (licence.state, licence.awaits_review) == (LicenceState.VOID, False)
        assert session.scalars(to_review()).unique().all() == []
