"""Clients in processes of their own, so that they and the server do not share an interpreter. Imports little."""

import json
import multiprocessing
import socket
import time
from collections.abc import Callable, Sequence
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg

Slot = tuple[str, str, str]  # instrument, start and end in RFC 3339
Work = Callable[[Any, Sequence[Any]], None]


def together(work: Work, target: Any, shares: Sequence[Sequence[Any]]) -> float:
    """Seconds in which processes, one for each share, do their work, from the common start to the last end."""
    context = multiprocessing.get_context("spawn")
    barrier, done = context.Barrier(len(shares) + 1), context.SimpleQueue()
    processes = [context.Process(target=_client, args=(work, target, share, barrier, done)) for share in shares]
    for process in processes:
        process.start()
    barrier.wait(60)
    started = time.perf_counter()
    outcomes = [done.get() for _process in processes]
    seconds = time.perf_counter() - started
    for process in processes:
        process.join()
    faults = [outcome for outcome in outcomes if outcome]
    if faults:
        raise RuntimeError(faults[0])
    return seconds


def _client(work: Work, target: Any, share: Sequence[Any], barrier: Barrier, done: Any) -> None:
    fault = ""
    prepared = target if not isinstance(target, list) else target.pop()
    barrier.wait(60)
    try:
        work(prepared, share)
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"
    done.put(fault)


class Connection:
    """As little HTTP/1.1 as a keep-alive client can do with."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> int:
        """Send a request and read the whole answer; its status."""
        self.socket.sendall(request)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].lower()
        _before, _name, after = head.partition(b"content-length:")
        missing = int(after.split(b"\r\n", 1)[0]) - (len(data) - end - 4)
        while missing > 0:
            missing -= len(self._more())
        return int(data[9:12])

    def _more(self) -> bytes:
        data = self.socket.recv(1 << 16)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data


def get_pages(target: tuple[str, int, str], share: Sequence[str]) -> None:
    """Ask for pages, one after the other."""
    host, port, cookie = target
    connection = Connection(host, port)
    for path in share:
        status = connection.send(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\n\r\n".encode())
        if status != 200:
            raise RuntimeError(f"{path} answered {status}")


def book_over_http(target: tuple[str, int], share: Sequence[tuple[str, Slot]]) -> None:
    """Book slots (each with the token of its booker), one after the other."""
    host, port = target
    connection = Connection(host, port)
    for token, (instrument, begin, end) in share:
        wish = {"instrument_id": instrument, "starts_at": begin, "ends_at": end, "purpose": "Residual monomers"}
        body = json.dumps(wish)
        status = connection.send(
            f"POST /api/v1/reservations HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        if status != 201:
            raise RuntimeError(f"a booking was answered {status}")


CLAIM = (
    "INSERT INTO occupations (id, instrument_id, period, kind, active, reason, holder) "
    "VALUES (gen_random_uuid(), %s, tstzrange(%s, %s), 'reservation', true, '', '') "
    "ON CONFLICT ON CONSTRAINT occupations_no_overlap DO NOTHING RETURNING id"
)
RESERVE = """
    INSERT INTO reservations (id, number, instrument_id, provider_id, payer_id, booker_id, period, state, purpose,
        tariff_id, payer_class, is_internal, estimate_minor, currency, quote, cancellation)
    VALUES (%s, %s, %s, %s, %s, %s, tstzrange(%s, %s), 'confirmed', 'Residual monomers',
        %s, 'enterprise', false, 110000, 'CNY', %s, %s)
"""


def book_in_sql(target: tuple[str, dict[str, Any]], share: Sequence[Slot]) -> None:
    """The two rows of a booking and nothing else: claim, reservation, commit."""
    address, parties = target
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET jishi.tenant = '*'")
        for instrument, begin, end in share:
            with connection.transaction():
                row = connection.execute(CLAIM, (instrument, begin, end)).fetchone()
                if row is None:
                    raise RuntimeError("the slot was taken")
                connection.execute(
                    RESERVE,
                    (row[0], f"X-{row[0]}", instrument, parties["provider"], parties["payer"], parties["booker"],
                     begin, end, parties["tariffs"][instrument], parties["quote"], parties["cancellation"]),
                )  # fmt: skip
