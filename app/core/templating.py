"""Templates: rendering, formatting of money and time for people, icons and pinned assets."""

import json
import re
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date as babel_date
from flask import Flask, current_app, g, render_template, request, url_for
from flask.templating import Environment as FlaskEnvironment
from jinja2 import FileSystemBytecodeCache, StrictUndefined
from jinja2.bccache import Bucket
from jinja2_fragments.flask import render_block
from markupsafe import Markup

from app.core.clock import DEFAULT_ZONE, Period, bounds, now
from app.core.i18n import LazyText, current_locale, current_zone
from app.core.i18n import gettext as _
from app.core.money import EXPONENTS, Money

SYMBOLS = {"CNY": "¥", "USD": "US$", "EUR": "€", "HKD": "HK$", "JPY": "JP¥"}
NARROW = "\u00a0"


class Environment(FlaskEnvironment):
    """Jinja as Flask has it. No template of ours has globals of its own, so all share the environment's."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template: a plain dict, which every import of a component compares with another's."""
        return super().make_globals(d) if d else self.globals


def render(template: str, **context: Any) -> str:
    """Render a page, or only its block named by `fragment` when htmx asks for a part of it."""
    fragment = context.pop("fragment", None)
    if fragment and request.headers.get("HX-Request") == "true":
        return render_block(template, fragment, **context)
    return render_template(template, **context)


def render_part(template: str, **context: Any) -> Markup:
    """Render a part of a page that shows nothing of what the layout shows: who asks, ways through the site, notices."""
    made = current_app.jinja_env.get_template(template).render(context)
    return Markup(made)  # noqa: S704 rendered by a template that escapes


def is_htmx() -> bool:
    """Whether the page asks for a part of itself."""
    return request.headers.get("HX-Request") == "true"


def format_money(amount: Money | int | None, currency: str = "CNY", *, symbol: bool = True) -> str:
    """``¥1,234.00``, minus as U+2212; an integer is taken as minor units."""
    if amount is None:
        return "–"
    money = amount if isinstance(amount, Money) else Money(int(amount), currency)
    digits = f"{abs(money.decimal):,.{EXPONENTS[money.currency]}f}"
    return f"{'−' if money.minor < 0 else ''}{SYMBOLS.get(money.currency, '') if symbol else ''}{digits}"


def format_date(value: date | datetime | None, style: str = "medium", zone: ZoneInfo | None = None) -> str:
    """`medium`: 11月26日 周四 / Thu 26 Nov with the year unless it is this one; `iso`: 2026-11-26;
    `month`: 2026年11月 / November 2026.
    """
    if value is None:
        return "–"
    day = value.astimezone(zone or current_zone()).date() if isinstance(value, datetime) else value
    if style == "iso":
        return day.isoformat()
    if style == "month":
        return babel_date(day, "y年M月" if current_locale() == "zh_CN" else "MMMM y", locale=current_locale())
    this_year = day.year == now().astimezone(zone or current_zone()).year
    chinese = current_locale() == "zh_CN"
    weekday = "" if style == "short" else (" EEE" if chinese else "EEE ")
    if chinese:
        pattern = ("" if this_year else "y年") + "M月d日" + weekday
    else:
        pattern = weekday + "d MMM" + ("" if this_year else " y")
    return babel_date(day, pattern, locale=current_locale())


def month_words(day: date) -> LazyText:
    """The month of a day as a lazy text, for sentences that are worded later."""
    return LazyText(format_date, day, "month")


def format_time(value: datetime | None, zone: ZoneInfo | None = None) -> str:
    """24-hour wall time at a place."""
    return "–" if value is None else value.astimezone(zone or current_zone()).strftime("%H:%M")


def format_datetime(value: datetime | None, style: str = "medium", zone: ZoneInfo | None = None) -> str:
    """Day and wall time at a place."""
    if value is None:
        return "–"
    beside = "" if style == "iso" else _beside(value, zone)
    return f"{format_date(value, style, zone)} {format_time(value, zone)}{beside}"


def _beside(moment: datetime, zone: ZoneInfo | None) -> str:
    """The zone of a place where the clocks do not show the time that the foot of every page names."""
    offset = moment.astimezone(zone or DEFAULT_ZONE).utcoffset()
    if offset is None or offset == moment.astimezone(DEFAULT_ZONE).utcoffset():
        return ""
    hours, rest = divmod(abs(int(offset.total_seconds())) // 60, 60)
    sign = "+" if offset > timedelta(0) else "−"
    return " UTC" + (f"{sign}{hours}" if offset else "") + (f":{rest:02}" if rest else "")


def format_last_day(value: datetime | None, style: str = "medium", zone: ZoneInfo | None = None) -> str:
    """The last day on which something can be done that ends at `value`; the midnight after it is not its day."""
    return "–" if value is None else format_date(value - timedelta(microseconds=1), style, zone)


def format_deadline(value: datetime | None, style: str = "medium", zone: ZoneInfo | None = None) -> str:
    """Until when something can be done: ``11月26日 周四 24:00`` where it ends with a day, else day and wall time."""
    if value is None or format_time(value, zone) != "00:00":
        return format_datetime(value, style, zone)
    return f"{format_last_day(value, style, zone)} 24:00{_beside(value, zone)}"


def format_period(value: Period | None, zone: ZoneInfo | None = None) -> str:
    """``11月26日 周四 13:00–16:30``; a stretch over midnight names both days."""
    if value is None:
        return "–"
    starts_at, ends_at = bounds(value)
    place = zone or current_zone()
    first, last = (
        starts_at.astimezone(place).date(),
        (ends_at - timedelta(microseconds=1)).astimezone(place).date(),
    )
    if first != last:
        first_day = f"{format_date(starts_at, zone=place)} {format_time(starts_at, place)}"
        return f"{first_day} – {format_datetime(ends_at, zone=place)}"
    closing = "24:00" if ends_at.astimezone(place).date() != first else format_time(ends_at, place)
    return f"{format_date(starts_at, zone=place)} {format_time(starts_at, place)}–{closing}{_beside(starts_at, place)}"


def format_hours(minutes: int | None) -> str:
    """``3.5 小时`` or, off the half hour, ``3 小时 46 分``; English ``3.5 h`` and ``3 h 46 min``."""
    if minutes is None:
        return "–"
    if minutes % 30 == 0:
        hours = f"{Decimal(minutes) / 60:.1f}".removesuffix(".0")
        return str(_("%(hours)s h", hours=hours)).replace(" ", NARROW)
    if minutes < 60:
        return str(_("%(minutes)s min", minutes=minutes)).replace(" ", NARROW)
    return str(_("%(hours)s h %(minutes)s min", hours=minutes // 60, minutes=minutes % 60)).replace(" ", NARROW)


def format_number(value: float | int | Decimal | None, digits: int = 0) -> str:
    """A count or figure with thousands separators."""
    return "–" if value is None else f"{value:,.{digits}f}".replace("-", "−")


def page_url(**changes: Any) -> str:
    """The present address with some query arguments changed; None removes one."""
    arguments: dict[str, Any] = {**request.args.to_dict(flat=False), **changes}
    kept = {name: value for name, value in arguments.items() if value not in (None, "", [])}
    return url_for(request.endpoint or "site.home", **{**(request.view_args or {}), **kept})


@cache
def _icon_source(name: str) -> str:
    folder = Path(current_app.static_folder or "") / "vendor" / asset("lucide")
    source = (folder / f"{name}.svg").read_text(encoding="utf-8")
    return re.sub(r"<!--.*?-->\s*", "", source, flags=re.S).strip()


@cache
def icon_svg(name: str, size: int = 20) -> Markup:
    """A lucide icon, inline and hidden from screen readers."""
    source = _icon_source(name)
    source = re.sub(r'\s(class|width|height|stroke-width)="[^"]*"', "", source, count=4)
    return Markup(  # noqa: S704 the source is a pinned package, not input
        source.replace(
            "<svg",
            f'<svg class="icon" width="{size}" height="{size}" stroke-width="1.75" aria-hidden="true"',
            1,
        )
    )


def asset(name: str) -> str:
    """The path below static/vendor of a pinned third-party file."""
    return str(_vendor_manifest()[name])


@cache
def _vendor_manifest() -> dict[str, Any]:
    manifest = Path(current_app.static_folder or "") / "vendor" / "manifest.json"
    return dict(json.loads(manifest.read_text(encoding="utf-8")))


def asset_url(name: str) -> str:
    """The address of a pinned third-party file."""
    return url_for("static", filename=f"vendor/{asset(name)}")


def acting_code() -> str:
    """The code of the organisation for which this page is made; every form carries it back in its field `acting`."""
    return str(g.get("acting_code", ""))


class CompiledTemplates(FileSystemBytecodeCache):
    """Templates compiled once for all processes of a user: three hundred take seconds in each. Found by their text."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep one where there is room; a full or tidied folder of temporary files is no reason to show no page."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def init_templating(app: Flask) -> None:
    """Filters and globals of every template. An undefined name is an error, not an empty string."""
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.bytecode_cache = CompiledTemplates(pattern="jishi_1_%s.cache")  # count up when an option changes
    app.jinja_env.filters.update(
        money=format_money, date=format_date, time=format_time, datetime=format_datetime, period=format_period,
        hours=format_hours, number=format_number, deadline=format_deadline, last_day=format_last_day,
    )  # fmt: skip
    app.jinja_env.globals.update(
        icon_svg=icon_svg, asset_url=asset_url, page_url=page_url, now=now, locale=current_locale, bounds=bounds,
        is_htmx=is_htmx, acting_code=acting_code,
    )  # fmt: skip
