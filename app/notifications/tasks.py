"""Background work of notifications: sending mail and text messages, composing collected mails."""

from flask import current_app

from app.config import Config
from app.core.tasks import Nudger, task
from app.notifications.digests import compose_digests
from app.notifications.mailers import Mailer, mailer_for
from app.notifications.operations import forget_mail_texts, mailer_wake, send_due_mails
from app.notifications.texting import configured_texter, forget_texts, send_due_texts, texter_wake


def configured_mailer() -> Mailer:
    """The mailer of this deployment."""
    config: Config = current_app.config["JISHI"]
    return mailer_for(config.mail_url, config.mail_from, config.files_root.parent / "mail")


@task("notifications.send_mails", every=5.0, in_pieces=True)
def send_mails() -> None:
    """Send the mails that are due; each commits by itself."""
    send_due_mails(configured_mailer())


@task("notifications.send_texts", every=5.0, in_pieces=True)
def send_texts() -> None:
    """Send the text messages that are due; each commits before and after it is handed over."""
    texter = configured_texter()
    if texter is not None:
        send_due_texts(texter)


@task("notifications.compose_digests", every=60.0, in_pieces=True)
def compose_digests_task() -> None:
    """Compose the collected mails whose hour has come; each person's commits by itself."""
    compose_digests()


@task("notifications.forget_mail_texts", every=3600.0)
def forget_mail_texts_task() -> None:
    """Erase the texts of mails and text messages of long ago."""
    forget_mail_texts()
    forget_texts()


mailer_wake.name(Nudger(send_mails).nudge)
texter_wake.name(Nudger(send_texts).nudge)
