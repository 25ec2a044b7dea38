"""Late interest: exact, half up once, by the rates of each day."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.settlement.interest import Rate, Stretch, beyond, read_rates, rounded, stretches

DUE = date(2026, 10, 31)
RATES = [Rate(date(2025, 1, 1), 300), Rate(date(2026, 11, 11), 365)]
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
tables = st.dictionaries(days, st.integers(0, 2400), min_size=1, max_size=5).map(
    lambda found: [Rate(since, points) for since, points in found.items()]
)


def day_by_day(owed: int, parts: list[tuple[int, date]], due_on: date, last: date, rates: list[Rate]) -> Fraction:
    """The slow way: one day after the other, what is still owed on it at the rate in force on it."""
    total, day = Fraction(), due_on + timedelta(days=1)
    while day <= last:
        in_force = [rate for rate in rates if rate.since <= day]
        left = max(0, owed - sum(amount for amount, came in parts if came < day))
        if in_force:
            total += Fraction(left * max(in_force, key=lambda rate: rate.since).basis_points, 10_000 * 365)
        day += timedelta(days=1)
    return total


payments = st.lists(st.tuples(st.integers(1, 10**11), st.integers(-60, 400)), max_size=5)


@given(owed=st.integers(1, 10**12), came=payments, due_on=days, late=st.integers(-30, 700), rates=tables)
@pytest.mark.nodb
def test_interest_is_what_counting_day_by_day_gives(
    owed: int, came: list[tuple[int, int]], due_on: date, late: int, rates: list[Rate]
) -> None:
    parts = [(amount, due_on + timedelta(days=after)) for amount, after in came]
    last = due_on + timedelta(days=late)
    found = stretches(owed, parts, due_on, rates, last)
    expected = day_by_day(owed, parts, due_on, last, rates)
    assert sum((each.exact for each in found), Fraction()) == expected
    exact = Decimal(expected.numerator) / Decimal(expected.denominator)
    assert rounded(found) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    assert all(each.amount_minor > 0 and each.basis_points > 0 and each.days > 0 for each in found)
    assert all(one.until < other.since for one, other in pairwise(found))  # each day once
    assert [Stretch.from_json(each.to_json()) for each in found] == found


@given(owed=st.integers(1, 10**12), one=payments, other=payments, due_on=days, rates=tables, changed=tables)
@pytest.mark.nodb
def test_what_is_beyond_an_earlier_reckoning_makes_up_the_later_one(
    owed: int, one: list[tuple[int, int]], other: list[tuple[int, int]], due_on: date, rates: list[Rate],
    changed: list[Rate],
) -> None:  # fmt: skip
    """Whatever was paid at first, and whatever the table said: both together are what the later one says."""
    last = due_on + timedelta(days=400)
    before, now = (
        stretches(owed, [(amount, due_on + timedelta(days=after)) for amount, after in came], due_on, table, last)
        for came, table in ((one, rates), (other, changed))
    )
    more = beyond(now, before)
    together = sum((each.exact for each in [*before, *more]), Fraction())
    assert together == sum((each.exact for each in now), Fraction())
    assert beyond(now, now) == []
    assert beyond(now, []) == sorted(now, key=lambda each: (each.since, each.basis_points))


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("amount", "value_on", "expected"),
    [
        (36_500_00, DUE, 0),  # on the due day
        (36_500_00, date(2026, 11, 1), 3_00),  # one day at 3 %
        (36_500_00, date(2026, 11, 12), 10 * 3_00 + 2 * 3_65),  # ten days at 3 %, two at 3.65 %
        (60_83, date(2026, 11, 1), 0),  # 0.49997 fen
        (60_84, date(2026, 11, 1), 1),  # 0.50005 fen: half up
    ],
)
def test_worked_examples(amount: int, value_on: date, expected: int) -> None:
    assert rounded(stretches(amount, [(amount, value_on)], DUE, RATES, value_on)) == expected


@pytest.mark.nodb
def test_the_table_of_the_setting_is_read_in_any_order() -> None:
    assert read_rates("2026-11-11:3.65 2025-01-01:3.00") == RATES
    assert read_rates("") == []


@pytest.mark.parametrize(
    "table", ["3.00", "2025-01-01", "2025-13-01:3", "2025-01-01:x", "2025-01-01:-1", "2025-01-01:3.001",
              "2025-01-01:nan", "2025-01-01:3 2025-01-01:4"],
)  # fmt: skip
def test_an_unreadable_table_is_refused(table: str) -> None:
    with pytest.raises(Invalid, match="no day with a rate"):
        read_rates(table)
