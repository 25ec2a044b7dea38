"""Mails and text messages from templates: the first line of a mail is ``Subject: …``, the rest is its plain text."""

from typing import Any

from flask import current_app

from app.core.i18n import DEFAULT_LOCALE, LOCALES, force_locale


def render_text(template: str, locale: str | None, **context: Any) -> str:
    """A text message in a language, on one line. An unknown or missing language means the default one."""
    with force_locale(locale if locale in LOCALES else DEFAULT_LOCALE):
        return " ".join(current_app.jinja_env.get_template(template).render(**context).split())


def render_mail(template: str, locale: str | None, **context: Any) -> tuple[str, str]:
    """Subject and body in a language, e.g. ``render_mail("equipment/reservations/mail/confirmed.txt", "en", …)``.

    An unknown or missing language means the default one. Raises ValueError when the template lacks its first line.
    """
    chosen = locale if locale in LOCALES else DEFAULT_LOCALE
    with force_locale(chosen):
        text = current_app.jinja_env.get_template(template).render(**context)
    first, _separator, body = text.lstrip().partition("\n")
    label, separator, subject = first.partition(":")
    if label.strip().lower() != "subject" or not separator or not subject.strip():
        raise ValueError(f"{template} must begin with a line “Subject: …”")
    return " ".join(subject.split()), body.strip() + "\n"
