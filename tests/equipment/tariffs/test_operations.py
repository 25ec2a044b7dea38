"""Tariffs on a real database: drafted, published, ended; what is published never changes."""

from contextlib import suppress
from copy import deepcopy
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.audit import AuditEntry
from app.core.clock import today
from app.core.db import savepoint, session
from app.core.errors import Conflict, DomainError, Forbidden, Invalid, Missing
from app.core.ids import uuid7
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.claims import claim
from app.equipment.schedule.models import OccupationKind
from app.equipment.tariffs.models import Tariff, TariffState
from app.equipment.tariffs.operations import discard_draft, draft_tariff, end_tariff, first_day, publish_tariff
from app.equipment.tariffs.queries import (
    bookings_from,
    draft_of,
    payer_class,
    price_rows,
    published_tariffs,
    tariff_of,
    tariff_on,
)
from app.equipment.tariffs.terms import ClassPrices, PayerClass, Terms, Tier
from tests.accounts.factories import make_actor, make_operator, make_organisation
from tests.equipment.factories import SHANGHAI, TERMS, make_bookable_instrument, make_instrument, slot

ALL = Terms.from_json(TERMS)


@pytest.fixture
def owner(transaction: None) -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER)


@pytest.fixture
def instrument(owner: Actor) -> Instrument:
    return make_instrument(owner.organisation)


def day(offset: int) -> date:
    return today(SHANGHAI) + timedelta(days=offset)


def published(owner: Actor, instrument: Instrument, offset: int) -> Tariff:
    return publish_tariff(owner, instrument, draft_tariff(owner, instrument, ALL), valid_from=day(offset))


def test_a_draft_is_written_over_and_seen_by_nobody_as_a_price(owner: Actor, instrument: Instrument) -> None:
    first = draft_tariff(owner, instrument, ALL)
    second = draft_tariff(owner, instrument, Terms({PayerClass.ENTERPRISE: ClassPrices((Tier(None, 1),))}))
    assert first is second is draft_of(instrument.id)
    assert tariff_on(instrument.id, day(1)) is None
    assert first_day(second) == day(1)


def test_a_published_tariff_ends_the_one_before_it(owner: Actor, instrument: Instrument) -> None:
    old = published(owner, instrument, 0)
    new = published(owner, instrument, 10)
    assert old.valid == Range(day(0), day(10))
    assert new.valid == Range(day(10), None)
    assert [tariff_on(instrument.id, day(offset)) for offset in (-1, 0, 9, 10, 999)] == [None, old, old, new, new]
    assert published_tariffs(instrument.id) == [new, old]
    (deed,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "tariff.publish").offset(1))
    assert deed.changes == {"valid_from": str(day(10)), "ended": str(old.id)}


def test_one_published_before_a_later_one_holds_until_that_begins(owner: Actor, instrument: Instrument) -> None:
    later = published(owner, instrument, 20)
    earlier = published(owner, instrument, 5)
    assert earlier.valid == Range(day(5), day(20))
    assert later.valid == Range(day(20), None)


def test_publishing_is_from_tomorrow_unless_another_day_is_named(owner: Actor, instrument: Instrument) -> None:
    assert first_day(publish_tariff(owner, instrument, draft_tariff(owner, instrument, ALL))) == day(1)


@pytest.mark.parametrize("offset", [-1, 2000])
def test_a_tariff_begins_between_today_and_three_years_on(owner: Actor, instrument: Instrument, offset: int) -> None:
    draft = draft_tariff(owner, instrument, ALL)
    with pytest.raises(Invalid) as refusal:
        publish_tariff(owner, instrument, draft, valid_from=day(offset))
    assert refusal.value.field == "valid_from"


def test_two_tariffs_do_not_begin_on_one_day(owner: Actor, instrument: Instrument) -> None:
    published(owner, instrument, 3)
    with pytest.raises(Conflict) as refusal:
        published(owner, instrument, 3)
    assert refusal.value.field == "valid_from"


def test_what_is_published_is_not_published_or_thrown_away_again(owner: Actor, instrument: Instrument) -> None:
    tariff = published(owner, instrument, 3)
    with pytest.raises(Conflict):
        publish_tariff(owner, instrument, tariff)
    with pytest.raises(Conflict):
        discard_draft(owner, instrument, tariff)


def test_a_tariff_for_nobody_is_not_published(owner: Actor, instrument: Instrument) -> None:
    with pytest.raises(Invalid) as refusal:
        publish_tariff(owner, instrument, draft_tariff(owner, instrument, Terms({})))
    assert refusal.value.field == "classes"


def test_faulty_terms_are_not_even_drafted(owner: Actor, instrument: Instrument) -> None:
    with pytest.raises(Invalid) as refusal:
        draft_tariff(owner, instrument, Terms({PayerClass.ENTERPRISE: ClassPrices((Tier(30, 1),))}))
    assert refusal.value.field == "classes.enterprise.tiers.0.upto_minutes"


def test_a_draft_is_thrown_away(owner: Actor, instrument: Instrument) -> None:
    discard_draft(owner, instrument, draft_tariff(owner, instrument, ALL))
    assert draft_of(instrument.id) is None


def test_a_tariff_ends_early_and_never_later(owner: Actor, instrument: Instrument) -> None:
    tariff = published(owner, instrument, 0)
    end_tariff(owner, instrument, tariff, last_day=day(30))
    assert tariff.valid == Range(day(0), day(31))
    for offset in (31, 40, -1):
        with pytest.raises(Invalid) as refusal:
            end_tariff(owner, instrument, tariff, last_day=day(offset))
        assert refusal.value.field == "last_day"


def test_managers_draft_and_finance_publishes(owner: Actor, instrument: Instrument) -> None:
    manager, finance = make_actor(owner.organisation, Role.MANAGER), make_actor(owner.organisation, Role.FINANCE)
    draft = draft_tariff(manager, instrument, ALL)
    with pytest.raises(Forbidden):
        publish_tariff(manager, instrument, draft)
    with pytest.raises(Forbidden):
        draft_tariff(finance, instrument, ALL)
    assert publish_tariff(finance, instrument, draft).published_by_id == finance.user_id


def test_strangers_neither_draft_nor_publish(owner: Actor, instrument: Instrument) -> None:
    draft = draft_tariff(owner, instrument, ALL)
    for stranger, error in ((make_actor(), Missing), (make_operator(), Forbidden)):
        with pytest.raises(error):
            draft_tariff(stranger, instrument, ALL)
        with pytest.raises(error):
            publish_tariff(stranger, instrument, draft)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tariffs SET terms = '{}'",
        "UPDATE tariffs SET approval_no = 'x'",
        "UPDATE tariffs SET state = 'draft'",
        "UPDATE tariffs SET published_at = now() - interval '1 day'",
        "UPDATE tariffs SET valid = daterange(lower(valid) + 1, upper(valid))",
        "UPDATE tariffs SET valid = daterange(lower(valid) - 1, upper(valid))",
        "UPDATE tariffs SET valid = daterange(lower(valid), upper(valid) + 1) WHERE upper(valid) IS NOT NULL",
        "UPDATE tariffs SET valid = daterange(lower(valid), NULL) WHERE upper(valid) IS NOT NULL",
        "DELETE FROM tariffs",
    ],
)
def test_the_database_itself_keeps_a_published_tariff_as_it_is(
    owner: Actor, instrument: Instrument, statement: str
) -> None:
    end_tariff(owner, instrument, published(owner, instrument, 1), last_day=day(9))
    with pytest.raises(IntegrityError) as refusal, savepoint():
        session.execute(text(statement))
    assert refusal.value.orig.diag.constraint_name == "tariffs_unchanged"  # type: ignore[union-attr]


def test_the_database_itself_refuses_two_tariffs_on_one_day(owner: Actor, instrument: Instrument) -> None:
    published(owner, instrument, 5)
    rival = Tariff(id=uuid7(), instrument_id=instrument.id, state=TariffState.PUBLISHED, terms=TERMS)
    rival.valid = Range(day(0), day(6))
    session.add(rival)
    with pytest.raises(IntegrityError) as refusal, savepoint():
        session.flush()
    assert refusal.value.orig.diag.constraint_name == "tariffs_no_overlap"  # type: ignore[union-attr]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["publish", "end"]), st.integers(-1, 12)), max_size=8))
def test_whatever_is_published_and_ended_each_day_has_at_most_one_tariff(
    owner: Actor, instrument: Instrument, deeds: list[tuple[str, int]]
) -> None:
    with session.begin_nested() as undone:
        for deed, offset in deeds:
            with suppress(DomainError), savepoint():
                if deed == "publish":
                    published(owner, instrument, offset)
                elif found := published_tariffs(instrument.id):
                    end_tariff(owner, instrument, found[0], last_day=day(offset))
        session.expire_all()
        spans = sorted((first_day(each), each.valid.upper or date.max) for each in published_tariffs(instrument.id))
        assert all(begin < end for begin, end in spans)
        assert all(left[1] <= right[0] for left, right in pairwise(spans))
        undone.rollback()


def test_bookings_from_a_day_on_keep_their_price(owner: Actor, instrument: Instrument) -> None:
    for days in (2, 3, 4):
        claim(uuid7(), instrument.id, slot(days=days), OccupationKind.RESERVATION)
    claim(uuid7(), instrument.id, slot(days=5), OccupationKind.MAINTENANCE)
    assert [bookings_from(instrument, day(offset)) for offset in (0, 3, 5)] == [3, 2, 0]


def test_a_version_of_another_instrument_is_not_found(owner: Actor, instrument: Instrument) -> None:
    other = make_bookable_instrument()
    with pytest.raises(Missing):
        tariff_of(instrument, published_tariffs(other.id)[0].id)


def test_who_pays_decides_whose_price_holds(owner: Actor, instrument: Instrument) -> None:
    payers = (owner.organisation, make_organisation(OrganisationKind.INSTITUTION), make_organisation(), None)
    assert [payer_class(payer, instrument.owner_id) for payer in payers] == [
        PayerClass.INTERNAL, PayerClass.INSTITUTION, PayerClass.ENTERPRISE, PayerClass.ENTERPRISE,
    ]  # fmt: skip


def test_the_price_table_has_a_row_for_every_stretch_any_class_prices_apart() -> None:
    terms: Any = deepcopy(TERMS)
    terms["classes"]["internal"]["tiers"] = [
        {"upto_minutes": 120, "per_hour": 100},
        {"upto_minutes": None, "per_hour": 50},
    ]
    del terms["classes"]["institution"]
    rows = price_rows(Terms.from_json(terms))
    assert [(row.kind, row.from_minutes, row.upto_minutes, list(row.amounts.values())) for row in rows] == [
        ("start_up", 0, None, [10000, 20000]),
        ("machine_time", 0, 60, [100, 50000]),
        ("machine_time", 60, 120, [100, 40000]),
        ("machine_time", 120, None, [50, 40000]),
        ("operator", 0, None, [0, 12000]),
        ("minimum", 0, None, [0, 60000]),
        ("consumable", 0, None, [500, 1000]),
    ]
