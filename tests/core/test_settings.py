"""Settings: typed, bounded, audited, changed without a restart."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.db import session, unit_of_work
from app.core.errors import Invalid
from app.core.settings import Setting, Settings, forget_settings
from tests.accounts.factories import make_operator


@pytest.fixture
def tested() -> Iterator[Settings]:
    yield Settings("tested", {"minutes": Setting(10, "for a test", low=1, high=60), "word": Setting("a", "a word")})
    Settings.registry.pop("tested")
    forget_settings()


def test_a_change_holds_at_once_and_is_audited(tested: Settings) -> None:
    assert tested.number("minutes") == 10
    with unit_of_work():
        tested.change(make_operator(), "minutes", 20)
    assert tested.number("minutes") == 20
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "setting.change")).one()
    assert entry.changes == {"tested.minutes": [10, 20]}


@pytest.mark.parametrize("value", [0, 61, "20", 2.5, True, None])
def test_another_type_or_a_value_out_of_bounds_is_refused(tested: Settings, value: object) -> None:
    with pytest.raises(Invalid):
        tested.change(make_operator(), "minutes", value)


@pytest.mark.parametrize(
    ("default", "kept", "refused"),
    [
        ("3 15 25", ["10", "1 2 3 4", ""], ["3, 15", "three", "3  15", "3 -1", "３"]),
        ("1-3:900 4-6:1200", ["1-20:8000"], ["", "1-3", "1-3:x", "900"]),
        ("a word", ["", "3 15", "anything"], []),
    ],
)
def test_a_text_that_is_read_as_numbers_keeps_their_form(default: str, kept: list[str], refused: list[str]) -> None:
    settings = Settings("tested", {"text": Setting(default, "for a test")})
    try:
        for value in kept:
            settings.change(make_operator(), "text", value)
        for value in refused:
            with pytest.raises(Invalid):
                settings.change(make_operator(), "text", value)
    finally:
        Settings.registry.pop("tested")
        forget_settings()


def test_unknown_names_are_errors(tested: Settings) -> None:
    with pytest.raises(KeyError):
        tested["hours"]


def test_every_declared_setting_has_a_meaning_and_a_default_within_its_bounds() -> None:
    for module in Settings.registry.values():
        for name, declared in module.declared.items():
            assert str(declared.meaning), f"{module.module}.{name}"
            if isinstance(declared.default, int) and not isinstance(declared.default, bool):
                assert declared.low is None or declared.low <= declared.default, name
                assert declared.high is None or declared.default <= declared.high, name
