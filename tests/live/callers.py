"""People at the API: small HTTP clients, and crowds of them that start together."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took in seconds."""

    status: int
    body: Any
    headers: Mapping[str, str]
    seconds: float
    text: str = field(repr=False, default="")


class Caller:
    """Somebody with a token; every request opens a connection of its own unless it is used as a context."""

    def __init__(self, host: str, port: int, token: str = "") -> None:
        self.host, self.port, self.token = host, port, token
        self._kept: http.client.HTTPConnection | None = None

    def __enter__(self) -> "Caller":
        self._kept = http.client.HTTPConnection(self.host, self.port, timeout=60)
        return self

    def __exit__(self, *_error: object) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def get(self, path: str) -> Answer:
        """Ask for something."""
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """Send JSON; underscores in the names of headers stand for hyphens."""
        return self.call("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def call(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """One request and its whole answer."""
        sent = None if body is None else json.dumps(body).encode()
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        kind = {"Content-Type": "application/json"} if sent is not None else {}
        connection = self._kept or http.client.HTTPConnection(self.host, self.port, timeout=60)
        started = time.perf_counter()
        try:
            connection.request(method, path, sent, {**own, **kind, **(headers or {})})
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            if self._kept is None:
                connection.close()
        seconds = time.perf_counter() - started
        parsed = json.loads(text) if "json" in (response.headers.get_content_type() or "") else None
        return Answer(response.status, parsed, dict(response.headers.items()), seconds, text)


def together(count: int, work: Callable[[int], Result]) -> list[Result]:
    """The results of `work(0) … work(count - 1)`, done in threads that start at the same moment."""
    barrier = threading.Barrier(count)
    results: dict[int, Result] = {}
    failures: list[BaseException] = []

    def run(number: int) -> None:
        barrier.wait(60)
        try:
            results[number] = work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if failures:
        raise failures[0]
    return [results[number] for number in range(count)]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
