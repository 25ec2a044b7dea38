"""The kernel of the JSON API: fields, pages, and how long an idempotency key is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import marshmallow
import pytest
from sqlalchemy import func, select

from app.core.api import IdempotencyKey, InstantField, MoneyField, Schema, TextField, forget_idempotency_keys, page_of
from app.core.clock import now
from app.core.db import session
from app.core.ids import uuid7
from app.core.money import Money


class Sample(Schema):
    """One field of each kind."""

    text = TextField()
    at = InstantField()
    price = MoneyField()


def faults(**values: Any) -> set[str]:
    return set(Sample().validate(values))


@pytest.mark.parametrize(
    "at", ["2026-11-26T13:00:00", "2026-11-26", "", 5, None, "1999-12-31T00:00:00Z", "2200-01-01T00:00:00Z", "x" * 70]
)
def test_an_instant_needs_an_offset_and_a_year_within_reach(at: object) -> None:
    assert faults(at=at) == {"at"}


def test_an_instant_keeps_its_offset() -> None:
    loaded = Sample().load({"at": "2026-11-26T13:00:00+08:00"})["at"]
    assert loaded == datetime(2026, 11, 26, 5, tzinfo=UTC)
    assert loaded.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31m", "\ud800", 5, ["a"]])
def test_text_that_cannot_be_stored_or_seen_is_refused(text: object) -> None:
    assert faults(text=text) == {"text"}


@pytest.mark.parametrize(
    "price",
    [{"amount": 1.5, "currency": "CNY"}, {"amount": "1", "currency": "CNY"}, {"amount": 1, "currency": "XXX"},
     {"amount": 1}, 5, {"amount": 1, "currency": "CNY", "rate": 2}],
)  # fmt: skip
def test_money_is_whole_minor_units_of_a_known_currency(price: object) -> None:
    assert faults(price=price) == {"price"}


def test_money_is_written_as_it_is_read() -> None:
    assert Sample().dump({"price": Money(23400)}) == {"price": {"amount": 23400, "currency": "CNY"}}


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(marshmallow.ValidationError):
        Sample().load({"admin": True})


def test_a_page_has_items_and_a_cursor() -> None:
    page = page_of(Sample)().dump({"items": [{"text": "a"}], "next_cursor": None})
    assert page == {"items": [{"text": "a"}], "next_cursor": None}


def test_answers_are_kept_for_two_days() -> None:
    for hours in (1, 47, 49):
        session.add(
            IdempotencyKey(
                user_id=uuid7(),
                key="k",
                fingerprint="f",
                status=201,
                body={},
                created_at=now() - timedelta(hours=hours),
            )
        )
    session.flush()
    assert forget_idempotency_keys() == 1
    assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 2
