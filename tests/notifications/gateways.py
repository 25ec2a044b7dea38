"""Gateways for text messages: a real SMPP server of another maker (smpp34), and a few that misbehave."""

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import smpp34

PATIENCE = 10.0
BIND_TRANSMITTER, SUBMIT_SM = 0x00000002, 0x00000004
ANSWER = 0x80000000
INVALID_NUMBER, QUEUE_FULL, THROTTLED = 0x0B, 0x14, 0x58  # SMPP 3.4, 5.1.3


@dataclass(frozen=True)
class Part:
    """What the gateway took of one submission."""

    recipient: str
    source: tuple[int, int, str]
    data_coding: int
    esm_class: int
    content: bytes

    @property
    def text(self) -> str:
        """The text without the header of a part."""
        return self.content[self.content[0] + 1 if self.esm_class & 0x40 else 0 :].decode("utf-16-be")


class Gateway:
    """The server of smpp34 in a thread of its own. `answers` are the statuses for the next submissions, then 0."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.parts: list[Part] = []
        self.port = free_port()
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(PATIENCE), "the SMPP server did not start"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        task = self._loop.create_task(self._serve())
        self._task = task
        try:
            self._loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        server = smpp34.Server("127.0.0.1", self.port, system_id="gateway")
        await server.start()
        self._ready.set()
        try:
            while True:
                event = await server.next()
                if isinstance(event, smpp34.SubmitSmEvent):
                    self._answer(event)
        finally:
            await server.stop()

    def _answer(self, event: smpp34.SubmitSmEvent) -> None:
        status = self.answers.pop(0) if self.answers else 0
        if status:
            event.reject(status)
            return
        source = (event.source_addr_ton, event.source_addr_npi, event.source_addr)
        self.parts.append(Part(event.destination_addr, source, event.data_coding, event.esm_class, event.short_message))
        event.accept(f"m{len(self.parts)}")

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Recipients and texts, parts joined to those before them."""
        found: list[tuple[str, str]] = []
        for part in self.parts:
            number = part.content[5] if part.esm_class & 0x40 else 1
            if number > 1:
                found[-1] = (found[-1][0], found[-1][1] + part.text)
            else:
                found.append((part.recipient, part.text))
        return found

    def close(self) -> None:
        """Stop the server."""
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(PATIENCE)


@contextmanager
def gateway(*answers: int) -> Iterator[Gateway]:
    """A running gateway."""
    running = Gateway(*answers)
    try:
        yield running
    finally:
        running.close()


@contextmanager
def misbehaving(answer: Callable[[int, int], bytes]) -> Iterator[int]:
    """The port of a gateway that says to each packet what `answer` makes of its command and number, and hangs up when
    that is nothing: for what no sound server does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        threading.Thread(target=_misbehave, args=(listener, answer), daemon=True).start()
        yield listener.getsockname()[1]


def _misbehave(listener: socket.socket, answer: Callable[[int, int], bytes]) -> None:
    try:
        while True:
            connection, _address = listener.accept()
            with connection:
                while head := connection.recv(16, socket.MSG_WAITALL):
                    length, command, _status, sequence = struct.unpack(">4L", head)
                    connection.recv(length - 16, socket.MSG_WAITALL)
                    said = answer(command, sequence)
                    if not said:
                        break
                    connection.sendall(said)
    except OSError:
        return


def packet(command: int, sequence: int, status: int = 0, body: bytes = b"") -> bytes:
    """One packet of SMPP 3.4, 3.2."""
    return struct.pack(">4L", 16 + len(body), command, status, sequence) + body


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(question: Callable[[], bool]) -> bool:
    """Whether it becomes true within some seconds."""
    deadline = time.monotonic() + PATIENCE
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
