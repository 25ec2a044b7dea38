"""Languages and zones. The only place that imports flask_babel; each module keeps its own catalogue."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, force_locale, get_locale, get_translations
from flask_babel.speaklater import LazyString as LazyText
from jinja2.nodes import EvalContext
from jinja2.utils import pass_eval_context
from markupsafe import Markup

from app.core.clock import DEFAULT_ZONE

__all__ = [
    "DEFAULT_LOCALE", "LOCALES", "LazyText", "current_locale", "current_zone", "force_locale", "gettext",
    "in_every_language", "init_i18n", "lazy_gettext", "ngettext",
]  # fmt: skip

LOCALES = ("zh_CN", "en")
DEFAULT_LOCALE = "zh_CN"

babel = Babel()

_PARSED = {name: Locale.parse(name) for name in LOCALES}
_catalogues: dict[str, Any] = {}


def init_i18n(app: Flask) -> None:
    """Compile what changed and set up the choice of language: the person's, the session's, then Accept-Language."""
    directories = sorted(str(path) for path in Path(app.root_path).glob("*/translations"))
    compile_catalogues([Path(directory) for directory in directories])
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(directories)
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT_LOCALE
    app.config["BABEL_DEFAULT_TIMEZONE"] = DEFAULT_ZONE.key
    babel.init_app(app, locale_selector=lambda: _PARSED[select_locale()], timezone_selector=lambda: current_zone().key)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _catalogue().ugettext(text),
        lambda one, many, number: _catalogue().ungettext(one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals.update(_=_in_template, gettext=_in_template)


@pass_eval_context
def _in_template(place: EvalContext, text: str, /, **variables: Any) -> str:
    """What jinja's own new-style gettext says, without its detours: a page asks for a hundred texts."""
    translated: str = _catalogue().ugettext(text)
    if place.autoescape:
        translated = Markup(translated)  # noqa: S704 our own texts; the variables are escaped
    return translated % variables if variables or "%" in translated else translated


def gettext(text: str, /, **variables: Any) -> str:
    """A text in the present language, with the variables put in."""
    translated: str = _catalogue().ugettext(text)
    return translated % variables if variables else translated


def lazy_gettext(text: str, /, **variables: Any) -> LazyText:
    """A text that is worded when somebody reads it, in the language of then."""
    return LazyText(gettext, text, **variables)


def ngettext(one: str, many: str, num: int, **variables: Any) -> str:
    """A text in the form that goes with a number, which stands in it as ``%(num)d``."""
    translated: str = _catalogue().ungettext(one, many, num)
    return translated % {"num": num, **variables}


def in_every_language(text: object) -> dict[str, str]:
    """A lazy text by locale, for what is stored now and read by others."""
    worded = {}
    for locale in LOCALES:
        with force_locale(locale):
            worded[locale] = str(text)
    return worded


def _locale() -> Locale | None:
    """What `get_locale` says, which looks the context up five times to say it again."""
    try:
        kept = g._get_current_object()
    except RuntimeError:  # outside of the application there is no language
        return None
    locale: Locale | None = getattr(kept.get("_flask_babel"), "babel_locale", None)
    return get_locale() if locale is None else locale


def _catalogue() -> Any:
    """All texts of the present language. flask_babel finds it anew for every text, of which a page has a hundred."""
    locale = _locale()
    language = locale.language if locale else ""
    found = _catalogues.get(language)
    if found is None:
        found = get_translations()
        if language:
            _catalogues[language] = found
    return found


def compile_catalogues(directories: list[Path]) -> None:
    """Write the .mo file of every catalogue that is newer than it."""
    for directory in directories:
        for source in directory.glob("*/LC_MESSAGES/*.po"):
            # flask-babel looks catalogues up by Babel's own name of the locale: zh_Hans_CN for zh_CN.
            place = directory / str(Locale.parse(source.parts[-3])) / "LC_MESSAGES"
            compiled = place / f"{source.stem}.mo"
            if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
                continue
            place.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as stream:
                catalogue = read_po(stream, locale=source.parts[-3])
            temporary = compiled.with_suffix(f".mo.{id(catalogue)}")
            with temporary.open("wb") as stream:
                write_mo(stream, catalogue)
            temporary.replace(compiled)


def select_locale() -> str:
    """The language of this request."""
    if not has_request_context():
        return DEFAULT_LOCALE
    chosen = session.get("locale") if "locale" in session else getattr(g, "preferred_locale", None)
    if chosen in LOCALES:
        return str(chosen)
    return _accepted()


def _accepted() -> str:
    """Match Accept-Language by primary tag: any English gives en, any Chinese zh_CN, anything else the default."""
    for tag, _quality in request.accept_languages:
        primary = tag.split("-")[0].split("_")[0].lower()
        if primary == "en":
            return "en"
        if primary == "zh":
            return "zh_CN"
    return DEFAULT_LOCALE


def current_locale() -> str:
    """``zh_CN`` or ``en``; inside `force_locale` the forced one."""
    chosen = _locale()
    return next((name for name in LOCALES if chosen and name.startswith(chosen.language)), DEFAULT_LOCALE)


def current_zone() -> ZoneInfo:
    """The zone in which instants are shown unless a place has its own."""
    return DEFAULT_ZONE
