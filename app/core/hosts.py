"""The names this site answers to: a request that names another host is refused before anything is done with it.

Flask's own TRUSTED_HOSTS refuses too late: error pages that build addresses fail without an address of their own.
"""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Asked by load balancers and containers, which know a number rather than a name.
ANY_HOST = frozenset({"/healthz", "/readyz"})


class KnownHosts:
    """A WSGI application that lets requests for known hosts through to another and answers 400 to the rest.

    `names` are host names without a port; one that begins with a dot stands for everything below it.
    `headers` are what every response of the site carries.
    """

    def __init__(self, application: "WSGIApplication", names: Iterable[str], headers: dict[str, str]) -> None:
        self.application = application
        self.names = frozenset(name.strip().lower().strip("[]") for name in names if name.strip())
        self.headers = headers

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("PATH_INFO") in ANY_HOST or self.is_known(environ.get("HTTP_HOST")):
            return self.application(environ, start_response)
        body = json.dumps({
            "type": "about:blank", "title": "Unknown host", "status": 400, "code": "unknown_host",
            "detail": "This site does not answer to that host name (PUBLIC_URL, TRUSTED_HOSTS).",
        }).encode()  # fmt: skip
        fixed = {"Content-Type": "application/problem+json", "Content-Length": str(len(body))}
        start_response("400 BAD REQUEST", list({**self.headers, **fixed}.items()))
        return [body]

    def is_known(self, host: str | None) -> bool:
        """Whether a Host header names this site; the port does not matter, a request without one is let in."""
        if host is None:
            return True
        try:
            parts = urlsplit(f"//{host}")
            name, _port = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            return False
        if parts.path or parts.query or parts.fragment or "@" in host or not name:
            return False
        return name in self.names or any(each.startswith(".") and name.endswith(each) for each in self.names)


def own_names(public_url: str, more: Iterable[str]) -> tuple[str, ...]:
    """The host of the public address, this machine's own names, and those that the deployment adds."""
    return (urlsplit(public_url).hostname or "localhost", *LOOPBACK, *more)
