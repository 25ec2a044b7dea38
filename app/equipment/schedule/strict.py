"""Reading JSON that somebody else wrote: every key known, every type right, every fault named by its path."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l

Choice = TypeVar("Choice", bound=StrEnum)


def below(path: str, key: object) -> str:
    """The path of `key` inside `path`: ``classes`` and ``enterprise`` make ``classes.enterprise``."""
    return f"{path}.{key}" if path else str(key)


def members(value: object, path: str, *, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Any]:
    """`value` as an object that has all the required keys and none but these and the optional ones.

    Raises Invalid naming the first missing or unknown key.
    """
    if not isinstance(value, Mapping):
        raise Invalid(_l("An object is expected here."), field=path or None)
    for key in value:
        if key not in required and key not in optional:
            raise Invalid(_l("Nothing of this name is known here."), field=below(path, key))
    for key in required:
        if key not in value:
            raise Invalid(_l("This is missing."), field=below(path, key))
    return dict(value)


def items(value: object, path: str) -> list[Any]:
    """`value` as a list."""
    if not isinstance(value, list | tuple):
        raise Invalid(_l("A list is expected here."), field=path or None)
    return list(value)


def whole(value: object, path: str) -> int:
    """`value` as a whole number; ``true`` and ``1.0`` are none."""
    if type(value) is not int:
        raise Invalid(_l("A whole number is expected here."), field=path or None)
    return value


def whole_or_none(value: object, path: str) -> int | None:
    """`value` as a whole number or nothing."""
    return None if value is None else whole(value, path)


def text(value: object, path: str, *, longest: int) -> str:
    """`value` as text of 1 to `longest` characters without control characters, blanks at the ends cut off."""
    if not isinstance(value, str) or not value.strip():
        raise Invalid(_l("A text is expected here."), field=path or None)
    cleaned = value.strip()
    if len(cleaned) > longest or not cleaned.isprintable():
        raise Invalid(_l("At most %(longest)s printable characters.", longest=longest), field=path or None)
    return cleaned


def choice(value: object, options: type[Choice], path: str) -> Choice:
    """`value` as a member of the enumeration `options`."""
    if isinstance(value, str) and value in options._value2member_map_:
        return options(value)
    known = ", ".join(member.value for member in options)
    raise Invalid(_l("One of these is expected: %(known)s.", known=known), field=path or None)
