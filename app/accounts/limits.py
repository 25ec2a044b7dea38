"""Checks and filters that several forms share, with sentences in both languages."""

from wtforms.validators import Length

from app.core.i18n import lazy_gettext as _l


def at_most(characters: int) -> Length:
    """Refuse longer texts."""
    return Length(max=characters, message=_l("Use at most %(max)d characters."))


def stripped(value: str | None) -> str | None:
    """Without blanks at the ends, as people paste them."""
    return value.strip() if value else value
