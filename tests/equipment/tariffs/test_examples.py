"""Kept examples: every later draft is held against the sums they had."""

from copy import deepcopy
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid
from app.equipment.instruments.models import Instrument
from app.equipment.tariffs.examples import MOST_KEPT, checks, drop_example, keep_example, kept_examples
from app.equipment.tariffs.models import KeptExample
from app.equipment.tariffs.operations import draft_tariff
from app.equipment.tariffs.terms import PayerClass, Terms
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.equipment.factories import TERMS, make_instrument
from tests.equipment.tariffs.test_views import EN, typed

FIRM = PayerClass.ENTERPRISE


@pytest.fixture
def owner(transaction: None) -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER)


@pytest.fixture
def instrument(owner: Actor) -> Instrument:
    return make_instrument(owner.organisation)


def terms(per_hour: int = 40_000) -> Terms:
    written: dict[str, Any] = deepcopy(TERMS)
    written["classes"]["enterprise"]["tiers"][1]["per_hour"] = per_hour
    return Terms.from_json(written)


def test_a_kept_example_is_held_against_later_prices(owner: Actor, instrument: Instrument) -> None:
    kept = keep_example(owner, instrument, terms(), FIRM, 120, with_operator=False)
    assert kept.expected_minor == 110_000
    seen = [checks(instrument.id, terms(each))[0].difference for each in (40_000, 50_000, 30_000)]
    assert seen == [0, 10_000, -10_000]
    assert [each.is_changed for each in checks(instrument.id, Terms({}))] == [True]
    assert keep_example(owner, instrument, terms(50_000), FIRM, 120, with_operator=False).id == kept.id
    assert kept.expected_minor == 120_000
    drop_example(owner, instrument, kept.id)
    drop_example(owner, instrument, kept.id)
    assert not kept_examples(instrument.id)


def test_who_may_draft_may_keep_and_not_without_end(owner: Actor, instrument: Instrument) -> None:
    finance = make_actor(owner.organisation, Role.FINANCE)
    with pytest.raises(Forbidden):
        keep_example(finance, instrument, terms(), FIRM, 60, with_operator=False)
    with pytest.raises(Invalid):
        keep_example(owner, instrument, Terms({}), FIRM, 60, with_operator=False)
    for number in range(MOST_KEPT):
        keep_example(owner, instrument, terms(), FIRM, 60 + 30 * number, with_operator=False)
    with pytest.raises(Conflict):
        keep_example(owner, instrument, terms(), FIRM, 30, with_operator=False)


def test_it_is_kept_beside_the_form_and_named_where_it_changes(
    owner: Actor, instrument: Instrument, client: FlaskClient
) -> None:
    sign_in(client, owner)
    url = f"/instruments/{instrument.id}/tariffs"
    page = client.post(f"{url}/draft", data={**typed(), "keep": "1"}, headers=EN).text
    kept = session.scalars(select(KeptExample)).one()
    assert "Kept examples" in page
    assert "the same" in page
    dearer = client.post(f"{url}/example", data={**typed(), "tiers-1-enterprise": "500"}, headers=EN).text
    assert "dearer by +¥250.00" in dearer
    draft_tariff(owner, instrument, terms(30_000))
    page = client.get(f"{url}/publish", headers=EN).text
    assert "1 kept example changes" in page
    assert "cheaper by −¥250.00" in page
    client.post(f"{url}/draft", data={**typed(), "drop": str(kept.id)}, headers=EN)
    assert not kept_examples(instrument.id)
