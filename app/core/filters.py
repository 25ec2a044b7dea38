"""What an address may ask of a page: a filter that cannot be understood is said, never left out in silence."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Literal, TypeVar
from uuid import UUID

from flask import Flask, current_app, g, request

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.money import parse_money

Check = Callable[[str], bool]
View = TypeVar("View", bound=Callable[..., Any])

SHOWN = 40  # signs of a value that are repeated
MOST_TOLD = 3
FILES = ("csv", "xlsx")
# ASCII digits only: people paste others, and int() takes them.
_NUMBER, _MONTH, _CODES = re.compile(r"[0-9]{1,9}"), re.compile(r"[0-9]{4}-[0-9]{2}"), re.compile(r"[0-9A-Za-z]{1,40}")
_WALL = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")


def words(_text: str) -> bool:
    """Anything that may be looked for."""
    return True


def mark(text: str) -> bool:
    """A mark that is set or not."""
    return text in {"0", "1"}


def number(text: str) -> bool:
    """A whole number from 1 on."""
    return _NUMBER.fullmatch(text) is not None and int(text) > 0


def between(low: int, high: int) -> Check:
    """A whole number within bounds."""
    return lambda text: _NUMBER.fullmatch(text) is not None and low <= int(text) <= high


def day(text: str) -> bool:
    """A calendar day within reach, like ``2026-11-24``."""
    try:
        return 2000 <= date.fromisoformat(text).year < 2200
    except ValueError:
        return False


def month(text: str) -> bool:
    """A calendar month, like ``2026-11``."""
    return _MONTH.fullmatch(text) is not None and day(f"{text}-01")


def identity(text: str) -> bool:
    """The identifier of a thing."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def amount(text: str) -> bool:
    """Yuan, as a person types them."""
    try:
        return 0 <= parse_money(text).minor < 10**12
    except ValueError:
        return False


def code(text: str) -> bool:
    """A code of letters and digits."""
    return _CODES.fullmatch(text) is not None


def wall(text: str) -> bool:
    """A time of day, like ``13:30``; 24:00 is the end of the day."""
    return _WALL.fullmatch(text) is not None


def matching(pattern: str) -> Check:
    """A text of this form."""
    form = re.compile(pattern, re.ASCII)
    return lambda text: form.fullmatch(text) is not None


def one_of(values: Iterable[str] | Callable[[], Iterable[str]]) -> Check:
    """One of some values, or ``all``; a function is asked for them at each request."""

    def is_known(text: str) -> bool:
        return text == "all" or text in map(str, values if isinstance(values, Iterable) else values())

    return is_known


COMMON: dict[str, Check] = {"page": number, "format": one_of(FILES)}


def asks(answer: Literal["page", "file"] = "page", /, **checks: Check) -> Callable[[View], View]:
    """Declare what the address of a view may ask besides page and format; nearest to the function.

    A name that is a word of Python ends in an underscore: ``from_`` and ``class_``. Where the answer is always a file,
    a filter that cannot be understood is refused.
    """

    def declare(view: View) -> View:
        view.asks = {name.rstrip("_"): check for name, check in checks.items()}  # type: ignore[attr-defined]
        view.answers_by_file = answer == "file"  # type: ignore[attr-defined]
        return view

    return declare


def init_filters(app: Flask) -> None:
    """Look at every GET for a page; the layout shows what was left out."""
    app.before_request(_look)
    app.jinja_env.globals["left_out"] = left_out


def left_out() -> list[tuple[str, str]]:
    """Names and values of the filters that this request could not be narrowed by."""
    return list(g.get("left_out", ()))


def _look() -> None:
    """Note what cannot be understood. Raises Invalid where a file is asked for: it has no room for a note."""
    view = current_app.view_functions.get(request.endpoint or "")
    checks = {**COMMON, **getattr(view, "asks", {})}
    if request.method != "GET" or not request.args:
        return
    found = [
        (name, value[:SHOWN].replace("\0", ""))
        for name, value in request.args.items(multi=True)
        if value and name in checks and not checks[name](value)
    ]
    if found and (request.args.get("format") in FILES or getattr(view, "answers_by_file", False)):
        name, value = found[0]
        raise Invalid(_l("“%(value)s” cannot be used as “%(name)s”.", value=value, name=name), field=name)
    g.left_out = list(dict.fromkeys(found))[:MOST_TOLD]
