"""How text messages leave: over SMPP 3.4 to the gateway of a telephone company, or into a folder during development.

SMPP is what telephone companies and their agents speak (docs/adr/0007-text-messages.md); only here is its library.
"""

import logging
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from socket import AF_INET, AF_INET6, SOCK_STREAM, getaddrinfo, socket
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

from smpplib import consts
from smpplib.client import Client
from smpplib.exceptions import ConnectionError as NoConnection
from smpplib.exceptions import PDUError, UnknownCommandError

from app.core.clock import now
from app.notifications.delivery import Refused

TIMEOUT_SECONDS = 15.0
UNITS_OF_ONE, UNITS_OF_A_PART = 70, 67  # UCS-2 characters in a message alone, and in a part with its header
MAX_PARTS, MAX_SENDER = 255, 20
# The gateway is busy; the same message may go through later (SMPP 3.4, 5.1.3).
BUSY = frozenset({
    consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RMSGQFUL, consts.SMPP_ESME_RSYSERR, consts.SMPP_ESME_RX_T_APPN,
})  # fmt: skip

FAULTS = (NoConnection, PDUError, UnknownCommandError, OSError, struct.error)  # of a connection, or of what it says

# The library would write every packet, and with it codes and numbers, into the log.
logging.getLogger("smpp").setLevel(logging.CRITICAL)


class TextRefused(Refused):
    """The gateway said no to this message."""


class GatewayAway(Exception):
    """The gateway cannot be reached or does not let us in; nothing of the message was handed over."""


class TextUncertain(Exception):
    """The message, or a part of it, was handed over and no word came back: sending it again could double it."""


@dataclass(frozen=True, slots=True)
class OutgoingText:
    """One message: to an E.164 number such as +8613800138000, of no use to anybody after `expires_at`."""

    id: UUID
    recipient: str
    body: str
    expires_at: datetime


class Texter(Protocol):
    """Hands one message over. Returns only when it was accepted; raises TextRefused, GatewayAway or TextUncertain."""

    def send(self, text: OutgoingText) -> None: ...


@dataclass(frozen=True)
class SmppTexter:
    """Speaks SMPP 3.4: ``smpps://`` over TLS, ``smpp://`` in clear, for a line that is protected otherwise."""

    host: str
    port: int
    user: str
    password: str
    encrypted: bool
    sender: str
    timeout: float = TIMEOUT_SECONDS

    def send(self, text: OutgoingText) -> None:
        """Bind, submit every part, unbind. The gateway drops what it could not deliver before `expires_at`."""
        try:
            parts = parts_of(text.body, reference=text.id.int % 256)
        except ValueError as error:
            raise TextRefused(str(error), is_permanent=True) from error
        with self._bound() as client:
            for number, part in enumerate(parts):
                self._submit(client, text, part, is_split=len(parts) > 1, is_first=number == 0)
            # Every part is accepted: whatever becomes of the farewell, the message is on its way.
            with suppress(*FAULTS):
                client.unbind()

    @contextmanager
    def _bound(self) -> Iterator[Client]:
        client = _Gateway(
            self.host, self.port, timeout=self.timeout, allow_unknown_opt_params=True, logger_name="smpp.client",
            ssl_context=ssl.create_default_context() if self.encrypted else None,
        )  # fmt: skip
        try:
            try:
                client.connect()
                client.bind_transmitter(system_id=self.user, password=self.password)
            except PDUError as error:
                raise GatewayAway(f"bind refused: {_status(error)}") from error
            except FAULTS as error:
                raise GatewayAway(str(error) or type(error).__name__) from error
            yield client
        finally:
            with suppress(OSError):
                client.disconnect()

    def _submit(self, client: Client, text: OutgoingText, part: bytes, *, is_split: bool, is_first: bool) -> None:
        status = None
        with suppress(*FAULTS):
            sent = client.send_message(
                **_source(self.sender),
                dest_addr_ton=consts.SMPP_TON_INTL, dest_addr_npi=consts.SMPP_NPI_ISDN,
                destination_addr=text.recipient.removeprefix("+"), short_message=part,
                data_coding=consts.SMPP_ENCODING_ISO10646, registered_delivery=0,
                esm_class=consts.SMPP_GSMFEAT_UDHI if is_split else consts.SMPP_MSGTYPE_DEFAULT,
                validity_period=_validity(text.expires_at),
            )  # fmt: skip
            status = client.answer_to(sent.sequence)
        if status is None:
            raise TextUncertain("no answer from the gateway")
        if status != consts.SMPP_ESME_ROK:
            if not is_first:
                raise TextUncertain(f"a later part was refused: 0x{status:08X}")
            raise TextRefused(f"refused: 0x{status:08X}", is_permanent=status not in BUSY)


class _Gateway(Client):  # type: ignore[misc]
    """The client of smpplib, with the name of the certificate checked, IPv6, and one answer waited for."""

    def _create_socket(self) -> socket:
        family = getaddrinfo(self.host, self.port, type=SOCK_STREAM)[0][0]
        plain = socket(AF_INET6 if family == AF_INET6 else AF_INET, SOCK_STREAM)
        plain.settimeout(self.timeout)
        context = self._ssl_context
        return plain if context is None else context.wrap_socket(plain, server_hostname=self.host)

    def answer_to(self, sequence: int) -> int | None:
        """The status with which one packet was answered; what else the gateway asks meanwhile is answered too."""
        deadline = time.monotonic() + self.timeout
        while time.monotonic() < deadline:
            answer = self.read_pdu()
            if answer.command == "enquire_link":
                self._enquire_link_received(answer)
            elif answer.sequence == sequence:
                return int(answer.status)
        return None


@dataclass(frozen=True)
class FolderTexter:
    """Writes every message into a file and sends nothing."""

    folder: Path

    def send(self, text: OutgoingText) -> None:
        """Keep the message in the folder, readable only by the owner of the process."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"{now():%Y%m%d-%H%M%S}-{text.id}.txt"
        path.write_text(f"{text.recipient}\n{text.body}\n", encoding="utf-8")
        path.chmod(0o600)


def texter_for(url: str, sender: str, folder: Path, *, is_production: bool) -> Texter | None:
    """The texter that a configuration asks for: ``smpp[s]://user:password@host:port``. Without an address the folder
    during development, and None in production: then nobody is promised a text message.

    Raises ValueError for an address of another kind or a sender that no telephone shows.
    """
    if not url:
        return None if is_production else FolderTexter(folder)
    parts = urlsplit(url)
    if parts.scheme not in {"smpp", "smpps"} or not parts.hostname:
        raise ValueError("SMS_URL must look like smpp://user:password@host:port or smpps://…")
    if not sender.isascii() or len(sender) > MAX_SENDER:
        raise ValueError("SMS_FROM must be a number, or a word of at most 20 plain characters")
    encrypted = parts.scheme == "smpps"
    return SmppTexter(
        host=parts.hostname,
        port=parts.port or (3550 if encrypted else 2775),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        encrypted=encrypted,
        sender=sender,
    )


def parts_of(body: str, reference: int) -> list[bytes]:
    """A text in UCS-2, alone or in numbered parts that a telephone joins again (3GPP TS 23.040, 9.2.3.24.1).

    A character outside the basic plane is never cut. Raises ValueError when nothing is to be sent or too much.
    """
    if not body:
        raise ValueError("an empty message")
    pieces, piece, used = [], "", 0
    limit = UNITS_OF_ONE if _units(body) <= UNITS_OF_ONE else UNITS_OF_A_PART
    for sign in body:
        if used + _units(sign) > limit:
            pieces.append(piece)
            piece, used = "", 0
        piece, used = piece + sign, used + _units(sign)
    pieces.append(piece)
    if len(pieces) > MAX_PARTS:
        raise ValueError("a message of more than 255 parts")
    if len(pieces) == 1:
        return [body.encode("utf-16-be")]
    head = bytes((5, 0, 3, reference, len(pieces)))
    return [head + bytes((number,)) + one.encode("utf-16-be") for number, one in enumerate(pieces, start=1)]


def _units(text: str) -> int:
    return len(text.encode("utf-16-be")) // 2


def _source(sender: str) -> dict[str, Any]:
    """Who it comes from: a number with its country, a short code as it is, or a word."""
    if sender.startswith("+"):
        kind = (consts.SMPP_TON_INTL, consts.SMPP_NPI_ISDN)
    elif sender.isdecimal() or not sender:
        kind = (consts.SMPP_TON_UNK, consts.SMPP_NPI_UNK)
    else:
        kind = (consts.SMPP_TON_ALNUM, consts.SMPP_NPI_UNK)
    return {"source_addr_ton": kind[0], "source_addr_npi": kind[1], "source_addr": sender.removeprefix("+")}


def _validity(expires_at: datetime) -> str:
    """How long the gateway may try, as a relative time of SMPP 3.4, 7.1.1.2: ``YYMMDDhhmmss000R``."""
    left = max(int((expires_at - now()).total_seconds()), 1)
    days, rest = divmod(left, 86_400)
    hours, rest = divmod(rest, 3_600)
    return f"0000{min(days, 30):02d}{hours:02d}{rest // 60:02d}{rest % 60:02d}000R"


def _status(error: PDUError) -> str:
    return f"0x{error.args[1]:08X}" if len(error.args) > 1 else str(error)
