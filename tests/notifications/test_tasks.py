"""The tasks: on the schedule, with the mailer of the configuration."""

import pytest
from sqlalchemy import select

from app.core import tasks
from app.core.db import session, unit_of_work
from app.core.tasks import celery
from app.core.web import App
from app.notifications.models import Mail
from app.notifications.operations import queue_mail
from app.notifications.tasks import compose_digests_task, forget_mail_texts_task, send_mails


def test_the_tasks_are_on_the_schedule() -> None:
    schedule = celery.conf.beat_schedule
    assert schedule["notifications.send_mails"]["schedule"] == 5.0
    assert {"notifications.compose_digests", "notifications.forget_mail_texts"} <= set(schedule)


def test_mail_goes_into_the_folder_when_no_server_is_configured(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_flask", [app])
    with unit_of_work():
        queue_mail(key="task", recipient="a@example.org", locale="en", subject="s", body="b\n")
    send_mails()
    compose_digests_task()
    forget_mail_texts_task()
    session.expire_all()
    mail = session.scalars(select(Mail)).one()
    assert mail.sent_at is not None
    folder = app.config["JISHI"].files_root.parent / "mail"
    assert [path.name for path in folder.glob(f"*{mail.id}.eml")] != []


def test_mail_is_sent_and_counted_by_hand(app: App) -> None:
    with unit_of_work():
        queue_mail(key="hand", recipient="a@example.org", locale="en", subject="s", body="b\n")
    runner = app.test_cli_runner()
    assert "waiting 1, given up 0" in runner.invoke(args=["notifications", "status"]).output
    assert "sent 1" in runner.invoke(args=["notifications", "send"]).output
    assert "waiting 0, given up 0" in runner.invoke(args=["notifications", "status"]).output
