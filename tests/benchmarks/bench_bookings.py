"""(a) Creating reservations over HTTP against the same two rows in bare psycopg, with 100,000 rows there."""

from collections.abc import Callable
from itertools import cycle

import pytest
from sqlalchemy import select

from app.core.db import session
from app.core.web import App
from app.equipment.tariffs.models import Tariff
from tests.benchmarks.clients import Slot, book_in_sql, book_over_http, together
from tests.benchmarks.report import Board
from tests.benchmarks.seeding import Town
from tests.databases import plain
from tests.live.servers import Server

OVER_HTTP, IN_SQL, ROUNDS = 240, 960, 3


@pytest.fixture(scope="session")
def in_sql(town: Town, town_app: App, town_url: str) -> Callable[[list[list[Slot]]], float]:
    """Seconds that bare SQL takes for some clients' slots."""
    with town_app.app_context():
        tariffs = {
            str(one.instrument_id): str(one.id) for one in session.execute(select(Tariff.id, Tariff.instrument_id))
        }
    first = town.bookers[0].actor
    parties = {
        "provider": str(town.owner.organisation.id), "payer": str(first.organisation_id),
        "booker": str(first.user_id), "tariffs": tariffs, "cancellation": "{}",
        "quote": '{"lines": [{"kind": "machine_time", "amount": 110000}], "currency": "CNY"}',
    }  # fmt: skip
    return lambda shares: together(book_in_sql, (plain(town_url), parties), shares)


@pytest.mark.parametrize("clients", [1, 8])
@pytest.mark.parametrize("hot", [True, False], ids=["one hot instrument", "a thousand instruments"])
def test_bookings(
    board: Board, town: Town, server: Server, in_sql: Callable[[list[list[Slot]]], float], clients: int, hot: bool
) -> None:
    tokens = cycle(one.token for one in town.bookers)

    def shares(amount: int) -> list[list[Slot]]:
        slots = town.slots(amount, hot=hot)
        return [slots[number::clients] for number in range(clients)]

    def over_http(amount: int) -> float:
        wishes = [[(next(tokens), slot) for slot in share] for share in shares(amount)]
        return together(book_over_http, (server.host, server.port), wishes)

    over_http(60 * clients)  # both processes have seen every statement before anything counts
    floors, measured = [], []
    for _round in range(ROUNDS):
        floors.append(IN_SQL / in_sql(shares(IN_SQL)))
        measured.append(OVER_HTTP / over_http(OVER_HTTP))
    place = "hot" if hot else "1000_instruments"
    board.rate(f"bookings_per_s_{clients}_client{'s' * (clients > 1)}_{place}", middle(measured), middle(floors), 6)


def middle(values: list[float]) -> float:
    """The median."""
    return sorted(values)[len(values) // 2]
