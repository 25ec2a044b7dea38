"""Addresses for mails and notices: full ones that work outside a request, and paths within the site."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app


def absolute_link(endpoint: str, **values: Any) -> str:
    """The full public address of a page, for mails and calendars."""
    public = urlsplit(current_app.config["JISHI"].public_url)
    adapter = current_app.url_map.bind(public.netloc, script_name=public.path or "/", url_scheme=public.scheme)
    return adapter.build(endpoint, values, force_external=True)


def path_to(endpoint: str, **values: Any) -> str:
    """The address of a page without the host, for the `url` of a notice."""
    public = urlsplit(current_app.config["JISHI"].public_url)
    return current_app.url_map.bind(public.netloc, script_name=public.path or "/").build(endpoint, values)


def public_url(path: str) -> str:
    """The full public address of a path of this site, for mails, calendars and feeds."""
    return f"{current_app.config['JISHI'].public_url}{path}"
