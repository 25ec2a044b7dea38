"""Rules compose; what somebody may not know does not exist for them."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from app.core.errors import Forbidden, Missing
from app.core.ids import uuid7
from app.core.policy import Rule, ensure, everybody, load, nobody, rule, signed_in
from tests.accounts.factories import make_organisation


@dataclass
class Someone:
    """An actor as rules see one."""

    user_id: UUID | None = None
    organisation_id: UUID | None = None
    is_system: bool = False


@rule(needs="owner")
def never(_actor: Someone, _thing: object) -> bool:
    return False


def test_rules_compose_and_name_what_they_need() -> None:
    assert (never | everybody)(Someone(), None)
    assert not (never & everybody)(Someone(), None)
    either: Rule = never | rule(needs="finance")(lambda actor, thing: False)
    assert either.needs == "owner / finance"


def test_the_system_may_everything() -> None:
    assert nobody(Someone(is_system=True), None)
    assert not signed_in(Someone(), None)


def test_refusals_tell_only_those_who_may_know() -> None:
    with pytest.raises(Forbidden) as refused:
        ensure(Someone(), never, None, known_to=everybody)
    assert refused.value.details == {"needs": "owner"}
    with pytest.raises(Missing):
        ensure(Someone(), never, None, known_to=nobody)


def test_what_is_absent_and_what_is_hidden_look_the_same() -> None:
    hidden = make_organisation()
    sentences = set()
    for identity in (uuid7(), hidden.id):
        with pytest.raises(Missing) as refused:
            load(type(hidden), identity, Someone(), never)
        sentences.add((str(refused.value), refused.value.code))
    assert len(sentences) == 1
    assert load(type(hidden), hidden.id, Someone(), everybody) is hidden
