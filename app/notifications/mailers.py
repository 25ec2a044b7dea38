"""How mail leaves: over SMTP, or into a folder during development."""

import base64
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from app.notifications.delivery import Refused
from app.notifications.models import Mail

TIMEOUT_SECONDS = 15.0


class MailRefused(Refused):
    """The server said no to this mail."""


class MailServerAway(Exception):
    """The server cannot be reached or hangs up; other mails would fail as well."""


class Mailer(Protocol):
    """Hands one mail over. Returns only when it was accepted; raises MailRefused or MailServerAway otherwise."""

    def send(self, mail: Mail) -> None: ...


def compose(mail: Mail, sender: str) -> EmailMessage:
    """The mail as a message. Its Message-ID comes from the row, so that a repeated delivery can be told."""
    message = EmailMessage(policy=SMTP)
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    message["From"] = sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = mail.locale.replace("_", "-")
    if mail.unsubscribe_url:  # one click in the mail program, RFC 8058
        message["List-Unsubscribe"] = f"<{mail.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.body, charset="utf-8")
    for attachment in mail.attachments:
        _attach(message, attachment)
    return message


def _attach(message: EmailMessage, attachment: dict[str, str]) -> None:
    media_type, *parameters = (part.strip() for part in attachment["media_type"].split(";"))
    maintype, _slash, subtype = media_type.partition("/")
    named = dict(parameter.split("=", 1) for parameter in parameters)
    content = base64.b64decode(attachment["content"])
    message.add_attachment(
        content, maintype=maintype, subtype=subtype, filename=attachment["name"], params=named, cte="base64"
    )


@dataclass(frozen=True)
class SmtpMailer:
    """Speaks SMTP: ``smtps://`` encrypts from the start, ``smtp://`` upgrades whenever the server offers it."""

    host: str
    port: int
    user: str
    password: str
    encrypted: bool
    sender: str

    def send(self, mail: Mail) -> None:
        """Deliver over a connection of its own. A password is never sent in clear text."""
        try:
            message = compose(mail, self.sender)
        except (ValueError, KeyError, UnicodeError) as error:
            raise MailRefused(str(error), is_permanent=True) from error
        try:
            with self._connect() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise MailRefused(f"recipient refused: {code}", is_permanent=code >= 500) from error
        except (smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected, smtplib.SMTPAuthenticationError) as error:
            raise MailServerAway(str(error)) from error
        except smtplib.SMTPResponseException as error:
            raise MailRefused(f"answer {error.smtp_code}", is_permanent=error.smtp_code >= 500) from error
        except smtplib.SMTPException as error:
            raise MailRefused(str(error), is_permanent=False) from error
        except OSError as error:
            raise MailServerAway(str(error)) from error

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.encrypted:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        try:
            self._introduce(server, context)
        except BaseException:
            server.close()
            raise
        return server

    def _introduce(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server.ehlo()
        if not self.encrypted and server.has_extn("starttls"):
            server.starttls(context=context)
            server.ehlo()
        elif self.user and not self.encrypted:
            raise MailServerAway("the server offers no encryption, so the password is not sent")
        if self.user:
            server.login(self.user, self.password)


@dataclass(frozen=True)
class FolderMailer:
    """Writes every mail as an ``.eml`` file and sends nothing."""

    folder: Path
    sender: str

    def send(self, mail: Mail) -> None:
        """Keep the mail in the folder, readable only by the owner of the process."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            content = compose(mail, self.sender).as_bytes()
        except (ValueError, KeyError, UnicodeError) as error:
            raise MailRefused(str(error), is_permanent=True) from error
        path = self.folder / f"{mail.created_at:%Y%m%d-%H%M%S}-{mail.id}.eml"
        path.write_bytes(content)
        path.chmod(0o600)


def mailer_for(url: str, sender: str, folder: Path) -> Mailer:
    """The mailer a configuration asks for: ``smtp[s]://user:password@host:port``, or the folder when empty.

    Raises ValueError for an address of another kind.
    """
    if not url:
        return FolderMailer(folder, sender)
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("MAIL_URL must look like smtp://user:password@host:port or smtps://…")
    encrypted = parts.scheme == "smtps"
    return SmtpMailer(
        host=parts.hostname,
        port=parts.port or (465 if encrypted else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        encrypted=encrypted,
        sender=sender,
    )
