"""SMTP, spoken with a real server on this machine."""

import email
import email.policy
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.core.ids import uuid7
from app.notifications.mailers import FolderMailer, MailRefused, MailServerAway, SmtpMailer, compose, mailer_for
from app.notifications.models import Mail

pytestmark = pytest.mark.nodb

SENDER = "Jishi <noreply@jishi.example>"


class SmallServer:
    """Enough of SMTP to accept a mail or to answer RCPT with another code."""

    def __init__(self, recipient_answer: str = "250 ok") -> None:
        self.recipient_answer = recipient_answer
        self.received: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _address = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as lines:
                self._talk(connection, lines)

    def _talk(self, connection: socket.socket, lines: Iterator[bytes]) -> None:
        connection.sendall(b"220 here\r\n")
        for line in lines:
            verb = line[:4].upper()
            if verb == b"DATA":
                connection.sendall(b"354 go on\r\n")
                content = b""
                for part in lines:
                    if part == b".\r\n":
                        break
                    content += part
                self.received.append(content)
            answer = self.recipient_answer if verb == b"RCPT" else "221 bye" if verb == b"QUIT" else "250 ok"
            connection.sendall(f"{answer}\r\n".encode())
            if verb == b"QUIT":
                return

    def close(self) -> None:
        self.listener.close()


@pytest.fixture
def server() -> Iterator[SmallServer]:
    running = SmallServer()
    yield running
    running.close()


def make_mail(**changes: object) -> Mail:
    values: dict[str, object] = {
        "id": uuid7(),
        "key": "k",
        "recipient": "a@example.org",
        "subject": "已确认",
        "body": "您好\n",
        "locale": "zh_CN",
        "attachments": [],
        "created_at": datetime(2026, 11, 24, tzinfo=UTC),
        **changes,
    }
    return Mail(**values)


def mailer(port: int, user: str = "") -> SmtpMailer:
    return SmtpMailer("127.0.0.1", port, user, "secret" if user else "", encrypted=False, sender=SENDER)


def test_a_mail_arrives_whole(server: SmallServer) -> None:
    mail = make_mail()
    mailer(server.port).send(mail)
    (content,) = server.received
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert message["Subject"] == "已确认"
    assert message["Message-ID"] == f"<{mail.id}@jishi.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().strip() == "您好"


@pytest.mark.parametrize(("answer", "is_permanent"), [("550 no such user", True), ("450 try later", False)])
def test_a_refused_recipient_is_told_apart_by_its_code(answer: str, is_permanent: bool) -> None:
    refusing = SmallServer(answer)
    try:
        with pytest.raises(MailRefused) as refusal:
            mailer(refusing.port).send(make_mail())
    finally:
        refusing.close()
    assert refusal.value.is_permanent is is_permanent


def test_a_server_that_does_not_answer_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(MailServerAway):
        mailer(port).send(make_mail())


def test_a_password_is_never_sent_in_clear_text(server: SmallServer) -> None:
    with pytest.raises(MailServerAway, match="encryption"):
        mailer(server.port, user="jishi").send(make_mail())


def test_a_line_break_cannot_add_a_header() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        compose(make_mail(recipient="a@example.org\r\nBcc: b@example.org"), SENDER)


def test_the_address_chooses_the_mailer(tmp_path: Path) -> None:
    assert isinstance(mailer_for("", SENDER, tmp_path), FolderMailer)
    secure = mailer_for("smtps://me%40x:p%3Aw@mail.example", SENDER, tmp_path)
    assert secure == SmtpMailer("mail.example", 465, "me@x", "p:w", encrypted=True, sender=SENDER)
    with pytest.raises(ValueError, match="MAIL_URL"):
        mailer_for("http://mail.example", SENDER, tmp_path)
