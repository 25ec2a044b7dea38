"""What may be said of an instrument, who may say it, and what is announced."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.audit import AuditEntry
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid, Missing
from app.core.events import OutboxMessage
from app.equipment.instruments.classes import class_name, class_of, class_path
from app.equipment.instruments.models import Instrument, InstrumentState
from app.equipment.instruments.operations import (
    Description,
    create_instrument,
    publish_instrument,
    update_instrument,
    withdraw_instrument,
)
from app.equipment.instruments.queries import visible_to
from app.search.words import cut
from tests.accounts.factories import make_actor, make_organisation
from tests.equipment.factories import make_instrument

DESCRIBED = Description(asset_no=" 34297 ", name="QE  HFX\nOrbitrap", class_code="0102", site="长春")


@pytest.fixture
def manager() -> Actor:
    return make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.MANAGER)


def made(manager: Actor, **changes: Any) -> Instrument:
    assert manager.organisation is not None
    return create_instrument(manager, manager.organisation, dataclasses.replace(DESCRIBED, **changes))


def described(instrument: Instrument) -> Description:
    return Description(**{each.name: getattr(instrument, each.name) for each in dataclasses.fields(Description)})


def deeds() -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_new_instrument_is_a_tidy_draft_that_can_be_found(manager: Actor) -> None:
    instrument = made(manager)
    assert (instrument.asset_no, instrument.name, instrument.state) == (
        "34297",
        "QE HFX Orbitrap",
        InstrumentState.DRAFT,
    )
    assert set(cut("orbitrap").split()) <= set(instrument.search_words.split())
    assert "质谱" in instrument.search_words.split()
    assert deeds() == ["instrument.create"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " \n "}, "name"),
        ({"asset_no": ""}, "asset_no"),
        ({"class_code": "xx"}, "class_code"),
        ({"value_minor": -1}, "value_minor"),
        ({"value_minor": 10**14}, "value_minor"),
        ({"zone": "Nowhere"}, "zone"),
        ({"site": "x" * 301}, "site"),
        ({"description": "x" * 20_001}, "description"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(manager: Actor, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        made(manager, **change)
    assert caught.value.field == field


def test_an_asset_number_is_given_once(manager: Actor) -> None:
    made(manager)
    with pytest.raises(Conflict) as caught:
        made(manager)
    assert caught.value.field == "asset_no"


def test_an_update_records_what_changed_and_refuses_an_old_view(manager: Actor) -> None:
    instrument = made(manager)
    assert not update_instrument(manager, instrument, described(instrument), revision=instrument.revision)
    changed = dataclasses.replace(described(instrument), building="化学楼")
    assert update_instrument(manager, instrument, changed, revision=1)
    assert instrument.revision == 2
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "instrument.update")).one()
    assert entry.changes == {"building": ["", "化学楼"]}
    with pytest.raises(Conflict):
        update_instrument(manager, instrument, dataclasses.replace(changed, room="1"), revision=1)


def test_publishing_needs_a_description_and_is_announced_once(manager: Actor) -> None:
    bare = made(manager, class_code="", site="")
    with pytest.raises(Invalid) as caught:
        publish_instrument(manager, bare)
    assert caught.value.details == {"gaps": ["class_code", "site"]}
    instrument = made(manager, asset_no="2")
    publish_instrument(manager, instrument)
    publish_instrument(manager, instrument)
    assert instrument.is_published
    heard = session.scalars(select(OutboxMessage.handler).where(OutboxMessage.kind == "InstrumentPublished")).all()
    assert heard
    assert len(heard) == len(set(heard)), "announced twice to one listener"
    withdraw_instrument(manager, instrument)
    assert instrument.state is InstrumentState.WITHDRAWN


@pytest.mark.parametrize("deed", [publish_instrument, withdraw_instrument])
def test_only_managers_of_the_institution_publish_and_withdraw(
    manager: Actor, deed: Callable[[Actor, Instrument], None]
) -> None:
    instrument = made(manager)
    with pytest.raises(Forbidden):
        deed(make_actor(manager.organisation, Role.TECHNICIAN), instrument)
    with pytest.raises(Missing):
        deed(make_actor(), instrument)


def test_only_institutions_have_instruments() -> None:
    enterprise = make_actor()
    assert enterprise.organisation is not None
    with pytest.raises(Forbidden):
        create_instrument(enterprise, enterprise.organisation, DESCRIBED)


def test_drafts_are_seen_by_their_institution_and_the_operator_only(manager: Actor) -> None:
    draft, published = made(manager), make_instrument()

    def seen_by(actor: Actor) -> set[str]:
        return set(session.scalars(select(Instrument.asset_no).where(visible_to(actor))))

    assert seen_by(manager) == {draft.asset_no, published.asset_no}
    assert seen_by(make_actor()) == {published.asset_no}
    operator = make_actor(make_organisation(OrganisationKind.OPERATOR), Role.VERIFIER)
    assert seen_by(operator) == {draft.asset_no, published.asset_no}


def test_classes_have_names_in_levels() -> None:
    assert [each.code for each in class_path("010203")] == ["01", "0102"]
    assert class_of("0299") is not None
    assert class_of("77") is None
    assert class_name("030122") in {"长度计量仪器", "Length metrology"}
