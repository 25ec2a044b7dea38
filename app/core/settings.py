"""Run-time settings: declared with a type, a default and a meaning; changed by the operator, audited."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.audit import record
from app.core.db import Base, moment, on_commit, session
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ActorLike

_CACHE_SECONDS = 5.0
# Texts that are read as numbers: whoever changes one keeps to the form of its default.
_NUMBERS = re.compile(r"[0-9]{1,5}( [0-9]{1,5})*")
_STEPS = re.compile(r"[0-9]{1,2}-[0-9]{1,2}:[0-9]{1,7}( [0-9]{1,2}-[0-9]{1,2}:[0-9]{1,7})*")
_cache: dict[str, Any] = {}
_cached_at = [0.0]


class StoredSetting(Base):
    """The value of a setting that differs from its default."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    changed_at: Mapped[moment]


@dataclass(frozen=True)
class Setting:
    """One parameter. `source` names the rule it comes from; `low` and `high` bound a number; `check` raises Invalid for
    a value that cannot be read."""

    default: Any
    meaning: object
    unit: object = ""
    low: int | None = None
    high: int | None = None
    source: str = ""
    check: Callable[[Any], object] | None = None


class Settings:
    """The settings of one module: ``settings["hold_minutes"]``. Unknown names are errors."""

    registry: dict[str, "Settings"] = {}

    def __init__(self, module: str, declared: Mapping[str, Setting]) -> None:
        self.module = module
        self.declared = dict(declared)
        Settings.registry[module] = self

    def __getitem__(self, name: str) -> Any:
        return _stored().get(f"{self.module}.{name}", self.declared[name].default)

    def number(self, name: str) -> int:
        """A setting that is a whole number."""
        return int(self[name])

    def days(self, name: str) -> list[int]:
        """A setting that lists numbers of days, the smallest first."""
        return sorted(int(days) for days in str(self[name]).split())

    def change(self, actor: ActorLike, name: str, value: Any) -> None:
        """Set a parameter from now on. Raises Invalid when it has another type or is out of bounds."""
        declared = self.declared[name]
        if type(value) is not type(declared.default):
            raise Invalid(_l("This setting takes another kind of value."), field=name)
        if isinstance(value, int) and not (
            (declared.low is None or value >= declared.low) and (declared.high is None or value <= declared.high)
        ):
            raise Invalid(_l("This value is out of bounds."), field=name)
        if isinstance(value, str) and not _has_form(value, declared.default):
            raise Invalid(_l("Write it like “%(example)s”.", example=declared.default), field=name)
        if declared.check is not None:
            declared.check(value)
        key, old = f"{self.module}.{name}", self[name]
        statement = insert(StoredSetting).values(key=key, value={"value": value})
        session.execute(
            statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})
        )
        record(actor, "setting.change", None, {key: [old, value]})
        on_commit(forget_settings)


def _has_form(value: str, default: str) -> bool:
    """Whether a text can be read where its default can: numbers with blanks between them (or none), or steps."""
    if _STEPS.fullmatch(default):
        return _STEPS.fullmatch(value) is not None
    return _NUMBERS.fullmatch(default) is None or value == "" or _NUMBERS.fullmatch(value) is not None


def forget_settings() -> None:
    """Read settings anew at the next use."""
    _cached_at[0] = 0.0


def _stored() -> dict[str, Any]:
    if time.monotonic() - _cached_at[0] > _CACHE_SECONDS:
        with session.no_autoflush:  # whoever asks may have changed a thing by half
            rows = session.execute(select(StoredSetting.key, StoredSetting.value)).all()
        _cache.clear()
        _cache.update({key: value["value"] for key, value in rows})
        _cached_at[0] = time.monotonic()
    return _cache
