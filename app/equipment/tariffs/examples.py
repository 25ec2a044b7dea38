"""Worked examples that were kept: every later draft is held against the sums they had (flows.md §1f)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.equipment.instruments.models import Instrument
from app.equipment.schedule.operations import lock_settings
from app.equipment.tariffs.models import KeptExample
from app.equipment.tariffs.policy import TariffPolicy
from app.equipment.tariffs.pricing import price
from app.equipment.tariffs.terms import PayerClass, Terms

MOST_KEPT = 20


@dataclass(frozen=True, slots=True)
class Check:
    """A kept example at other prices; `new_minor` is None where they offer its class nothing."""

    example: KeptExample
    new_minor: int | None

    @property
    def difference(self) -> int | None:
        return None if self.new_minor is None else self.new_minor - self.example.expected_minor

    @property
    def is_changed(self) -> bool:
        return self.difference != 0


def keep_example(
    actor: Actor, instrument: Instrument, terms: Terms, payer: PayerClass, minutes: int, *, with_operator: bool
) -> KeptExample:
    """Keep an example with its sum at these prices; kept before, it takes the new sum.

    Raises Invalid when the prices offer the class nothing, Conflict when too many are kept.
    """
    ensure(actor, TariffPolicy.draft, instrument, known_to=TariffPolicy.known)
    expected = price(terms, payer, minutes, with_operator=with_operator).total.minor
    lock_settings(instrument.id)
    kept = kept_examples(instrument.id)
    same = [each for each in kept if each.key == (payer.value, minutes, with_operator)]
    if not same and len(kept) >= MOST_KEPT:
        raise Conflict(_l("At most %(most)s examples are kept. Drop one first.", most=MOST_KEPT), code="too_many")
    if same:
        example = same[0]
        before: int | None = example.expected_minor
    else:
        before = None
        example = KeptExample(
            id=uuid7(), instrument_id=instrument.id, owner_id=instrument.owner_id, payer_class=payer.value,
            minutes=minutes, with_operator=with_operator,
        )  # fmt: skip
        session.add(example)
    example.expected_minor, example.kept_at, example.kept_by_id = expected, now(), actor.user_id
    session.flush()
    record(actor, "tariff.keep_example", example, {"expected": [before, expected]})
    return example


def drop_example(actor: Actor, instrument: Instrument, example_id: UUID) -> None:
    """Keep an example no longer; one that is gone already changes nothing."""
    ensure(actor, TariffPolicy.draft, instrument, known_to=TariffPolicy.known)
    example = session.get(KeptExample, example_id)
    if example is None or example.instrument_id != instrument.id:
        return
    record(actor, "tariff.drop_example", example, {"expected": [example.expected_minor, None]})
    session.delete(example)
    session.flush()


def kept_examples(instrument_id: UUID) -> Sequence[KeptExample]:
    """The kept examples of an instrument, by class and length."""
    order = (KeptExample.payer_class, KeptExample.minutes, KeptExample.with_operator)
    statement = select(KeptExample).where(KeptExample.instrument_id == instrument_id).order_by(*order)
    return session.scalars(statement).all()


def checks(instrument_id: UUID, terms: Terms) -> list[Check]:
    """Every kept example at these prices."""
    return [Check(each, _sum(each, terms)) for each in kept_examples(instrument_id)]


def _sum(example: KeptExample, terms: Terms) -> int | None:
    try:
        payer = PayerClass(example.payer_class)
        return price(terms, payer, example.minutes, with_operator=example.with_operator).total.minor
    except Invalid:
        return None
