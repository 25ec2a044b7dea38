"""A licence with a royalty since a year ago: three people on one side, two on the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
import time_machine

from app.accounts.models import Actor, Organisation, OrganisationKind, Role
from app.core.db import session
from app.core.i18n import force_locale
from app.market.licences.models import Licence
from app.market.open_licences.models import PriceForm, RoyaltyBase
from app.market.royalties.models import RoyaltyPeriod
from app.market.royalties.operations import open_periods
from tests.accounts.factories import make_actor, make_organisation
from tests.market.factories import make_licence, make_open_licence, make_patent
from tests.settlement.factories import make_institution


@pytest.fixture(autouse=True)
def english(request: pytest.FixtureRequest) -> Iterator[None]:
    """Sentences can be compared."""
    if "nodb" in request.keywords or request.node.get_closest_marker("live"):
        yield
        return
    request.getfixturevalue("transaction")
    with force_locale("en"):
        yield


@dataclass
class World:
    """One licence from 15 January 2026 to 1 July 2028, 5 % of net sales by the year, ¥1,000 to ¥100,000."""

    university: Organisation
    maker: Organisation
    officer: Actor
    accountant: Actor
    second: Actor
    payer: Actor
    stranger: Actor
    licence: Licence

    @property
    def periods(self) -> list[RoyaltyPeriod]:
        return list(open_periods(self.licence))


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The day after the first period, at noon in Asia/Shanghai."""
    with time_machine.travel(datetime(2027, 1, 15, 4, tzinfo=UTC), tick=False) as moved:
        yield moved


@pytest.fixture
def world(clock: time_machine.Traveller, transaction: None) -> World:
    """See `World`."""
    university = make_institution("北松大学")
    maker = make_organisation(OrganisationKind.ENTERPRISE, name="晶澜光电")
    declaration = make_open_licence(
        make_patent(university), price_form=PriceForm.ROYALTY, rate=500, royalty_base=RoyaltyBase.NET_SALES,
        floor_minor=1_000_00, cap_minor=100_000_00, inventors_share=6000, department_share=1000,
        announced_on=date(2026, 1, 5),
    )  # fmt: skip
    licence = make_licence(
        declaration, maker, received_on=date(2026, 1, 15), effective_on=date(2026, 1, 15), ends_on=date(2028, 7, 1),
        filing_due_on=date(2026, 4, 15),
    )  # fmt: skip
    built = World(
        university, maker, make_actor(university, Role.TRANSFER), make_actor(university, Role.FINANCE),
        make_actor(university, Role.FINANCE), make_actor(maker, Role.FINANCE), make_actor(), licence,
    )  # fmt: skip
    open_periods(licence)
    session.flush()
    return built


def at(traveller: time_machine.Traveller, day: date) -> None:
    """Noon of a day in Asia/Shanghai."""
    traveller.move_to(datetime(day.year, day.month, day.day, 4, tzinfo=UTC))
