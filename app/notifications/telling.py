"""Words for one person: a notice's sentence in the reader's language, and a mail from a template."""

from collections.abc import Mapping
from typing import Any, Protocol

from app.core.i18n import DEFAULT_LOCALE, force_locale
from app.notifications.kinds import kind_of
from app.notifications.operations import queue_mail
from app.notifications.parameters import to_json, to_words
from app.notifications.rendering import render_mail


class Recipient(Protocol):
    """Somebody with an address and perhaps a language; a user of `app.accounts`."""

    id: Any
    email: Any
    locale: Any


def mail_to(recipient: Recipient, key: str, template: str, /, **context: Any) -> bool:
    """Queue a mail from a template in the recipient's language; returns whether it is new, once for key and person."""
    subject, body = render_mail(template, recipient.locale, **context)
    return queue_mail(
        key=f"{key}:{recipient.id}", recipient=recipient.email, locale=recipient.locale, subject=subject, body=body
    )


def sentence_of(kind: str, locale: str | None, parameters: Mapping[str, Any]) -> str:
    """What a notice of a kind says in a language. Raises KeyError for an unknown kind."""
    with force_locale(locale or DEFAULT_LOCALE):
        return str(kind_of(kind).sentence) % to_words(to_json(parameters))
