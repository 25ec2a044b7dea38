"""Months, quarters, years and days, read from the address and cut to what has passed."""

from datetime import date
from fractions import Fraction

import pytest

from app.core.errors import Invalid
from app.equipment.statistics.spans import Span, SpanKind, present, read_span

pytestmark = pytest.mark.nodb

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("", date(2026, 9, 1), date(2026, 11, 24)),
        ("recent", date(2026, 9, 1), date(2026, 11, 24)),
    ],
)
def test_a_period_is_read(text: str, first: date, last: date) -> None:
    span = read_span({"period": text}, TODAY)
    assert (span.first, span.last) == (first, last)
    assert read_span(span.arguments, TODAY) == span


def test_other_days_are_read_with_both_ends() -> None:
    span = read_span({"period": "custom", "first": "2026-10-05", "last": "2026-10-06"}, TODAY)
    assert (span.first, span.end) == (date(2026, 10, 5), date(2026, 10, 7))
    assert read_span(span.arguments, TODAY) == span
    assert read_span({"period": "custom"}, TODAY).last == TODAY


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"period": "2026-13"}, "period"),
        ({"period": "2026-Q5"}, "period"),
        ({"period": "0001"}, "period"),
        ({"period": "9999-12"}, "period"),
        ({"period": "now'; --"}, "period"),
        ({"period": "custom", "first": "2026-02-30"}, "first"),
        ({"period": "custom", "first": "9999-12-31"}, "first"),
        ({"period": "custom", "first": "2026-02-02", "last": "2026-02-01"}, "last"),
        ({"period": "custom", "first": "2000-01-01", "last": "2026-01-01"}, "last"),
    ],
)
def test_what_is_no_period_is_refused(arguments: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_span(arguments, TODAY)
    assert refused.value.field == field


def test_the_neighbours_of_a_span_adjoin_it() -> None:
    for kind in SpanKind:
        span = present(kind, TODAY) if kind is not SpanKind.CUSTOM else Span(kind, TODAY, date(2026, 12, 4))
        assert span.before.end == span.first
        assert span.after.first == span.end


def test_a_year_is_a_whole_year_when_it_is_over_and_a_part_while_it_runs() -> None:
    assert read_span({"period": "2024"}, TODAY).share_of_year(TODAY) == 1
    assert read_span({"period": "2026"}, TODAY).share_of_year(TODAY) == Fraction(328, 365)
    assert read_span({"period": "2027"}, TODAY).share_of_year(TODAY) == 0
    over_new_year = Span(SpanKind.CUSTOM, date(2023, 12, 31), date(2024, 1, 2))
    assert over_new_year.share_of_year(TODAY) == Fraction(1, 365) + Fraction(1, 366)


def test_months_to_come_are_left_out() -> None:
    span = read_span({"period": "2026-Q4"}, TODAY)
    assert span.months(TODAY) == [date(2026, 10, 1), date(2026, 11, 1)]
