"""Co-owners with a copy of one patent each, in the same moment: one declaration, or one exclusive licence (issue 6)."""

from collections import Counter
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.accounts.models import OrganisationKind, Role
from app.core.db import session
from app.core.web import App
from app.market.licences.models import Licence, LicenceKind, LicenceState
from app.market.patents.models import Patent
from tests.live.market_world import at_once, deadlocks, heard
from tests.live.test_market_race import ROUNDS, bargain, file, one_alone, ready, sign
from tests.live.world import Person, committed, person
from tests.market.factories import make_patent
from tests.settlement.factories import make_institution

pytestmark = [pytest.mark.live, pytest.mark.slow]


@pytest.mark.parametrize("kind", [LicenceKind.EXCLUSIVE, LicenceKind.TRANSFER])
def test_article_51_two_co_owners_with_a_copy_each_never_have_both(live_app: App, kind: LicenceKind) -> None:
    """专利法 art. 14, 51; rule 86 (1): one signs, the other files, each with its own copy of the patent."""
    before = deadlocks(live_app)
    for _round in range(ROUNDS):
        _owner, asker, contract_id, patent_id = bargain(live_app, kind, signed=True)
        co_owner, opened = other_copy(live_app, patent_id)

        one_alone(live_app, patent_id, partial(sign, asker, contract_id), co_owner, opened)
    assert deadlocks(live_app) == before


def test_article_50_four_co_owners_file_one_patent_once(live_app: App) -> None:
    """专利法 art. 14, 50: one declaration stands for all patentees; the others read why theirs is not filed."""
    before = deadlocks(live_app)
    for _round in range(ROUNDS):
        with committed(live_app):
            patent_id = make_patent(make_institution(f"北松大学{live_app.name}{_round}")).id
        copies = [other_copy(live_app, patent_id) for _each in range(4)]

        done = at_once(live_app, [partial(file, *copy) for copy in copies])
        assert Counter(done) == {"done": 1, "declared_elsewhere": 3}
        heard(live_app)
    assert deadlocks(live_app) == before


def test_article_51_two_co_owners_do_not_both_give_an_exclusive_licence(live_app: App) -> None:
    """民法典 862: an exclusive licence leaves no room for another, whichever copy it was signed for."""
    before = deadlocks(live_app)
    for _round in range(ROUNDS):
        bargains = [bargain(live_app, LicenceKind.EXCLUSIVE, signed=True)]
        with live_app.app_context():
            number = session.get_one(Patent, bargains[0][3]).number
        bargains.append(bargain(live_app, LicenceKind.EXCLUSIVE, signed=True, number=number))
        done = at_once(live_app, [partial(sign, asker, contract) for _owner, asker, contract, _patent in bargains])
        heard(live_app)
        assert "done" in done
        with live_app.app_context():
            given = select(func.count()).where(
                Licence.patent_id.in_([each[3] for each in bargains]), Licence.state == LicenceState.EFFECTIVE
            )
            assert session.scalar(given) == 1
    assert deadlocks(live_app) == before


def other_copy(application: App, patent_id: UUID) -> tuple[Person, UUID]:
    """A co-owner with its own copy of a patent, declared as far as to the filing."""
    with committed(application):
        co_owner = person(None, Role.OWNER)
        co_owner.organisation.kind = OrganisationKind.INSTITUTION
        copy = make_patent(co_owner.organisation, number=session.get_one(Patent, patent_id).number)
    return co_owner, ready(application, co_owner, copy.id)
