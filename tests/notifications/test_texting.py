"""Text messages: queued once, limited, handed over at most once, tried again while the gateway is away or busy."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import SYSTEM
from app.core import tasks
from app.core.clock import now
from app.core.db import session, unit_of_work
from app.core.errors import TooMany
from app.core.i18n import force_locale
from app.core.tasks import celery
from app.core.web import App
from app.notifications import texting
from app.notifications.models import Mail, TextMessage
from app.notifications.operations import queue_mail
from app.notifications.queries import text_with, waiting_texts
from app.notifications.settings import settings
from app.notifications.tasks import forget_mail_texts_task, send_texts
from app.notifications.texters import SmppTexter
from app.notifications.texting import can_text, forget_texts, queue_text, send_due_texts
from tests.notifications.gateways import INVALID_NUMBER, THROTTLED, Gateway, free_port, gateway, misbehaving

NUMBER, BODY = "+8613800138000", "【技市】您的验证码是123456。"


@pytest.fixture
def peer() -> Iterator[Gateway]:
    """A gateway that accepts everything."""
    with gateway() as running:
        yield running


def texter(port: int) -> SmppTexter:
    return SmppTexter("127.0.0.1", port, "jishi", "secret", encrypted=False, sender="10690000", timeout=2.0)


def queue(key: str = "k1", recipient: str = NUMBER, until: datetime | None = None) -> bool:
    return queue_text(key=key, recipient=recipient, body=BODY, expires_at=until or now() + timedelta(minutes=15))


def text_of(key: str = "k1") -> TextMessage:
    session.expire_all()
    found = text_with(key)
    assert found is not None
    return found


def change(key: str = "k1", **values: object) -> None:
    session.execute(update(TextMessage).where(TextMessage.key == key).values(**values))


def make_due(key: str = "k1") -> None:
    change(key, due_at=now() - timedelta(seconds=1))


def test_one_key_is_one_message(peer: Gateway) -> None:
    assert (queue(), queue()) == (True, False)
    assert (send_due_texts(texter(peer.port)), send_due_texts(texter(peer.port))) == (1, 0)
    assert peer.texts == [("8613800138000", BODY)]
    sent = text_of()
    assert (sent.sent_at is not None, sent.failed_at, sent.error, sent.attempts) == (True, None, None, 1)


def test_queueing_wakes_the_sender_only_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[int] = []
    monkeypatch.setattr(texting.texter_wake, "_nudge", lambda: woken.append(1))
    with unit_of_work():
        queue("k1")
        queue("k2")
        assert woken == []
    assert woken == [1]
    with suppress(ZeroDivisionError), unit_of_work():
        queue("k3")
        raise ZeroDivisionError
    assert woken == [1]


def test_a_gateway_that_is_away_ends_the_run_and_loses_nothing(peer: Gateway) -> None:
    queue("k1")
    queue("k2")
    assert send_due_texts(texter(free_port())) == 0
    assert (text_of("k1").attempts, text_of("k2").attempts) == (1, 0)
    assert "GatewayAway" in (text_of("k1").error or "")
    assert waiting_texts()["waiting"] == 2
    make_due("k1")
    assert send_due_texts(texter(peer.port)) == 2
    assert len(peer.texts) == 2


def test_a_busy_gateway_is_tried_again_later() -> None:
    queue()
    with gateway(THROTTLED) as peer:
        assert send_due_texts(texter(peer.port)) == 0
        assert send_due_texts(texter(peer.port)) == 0  # not due yet
        make_due()
        assert send_due_texts(texter(peer.port)) == 1
        assert peer.texts == [("8613800138000", BODY)]


def test_a_refused_number_is_final_and_others_go_on() -> None:
    queue("bad")
    queue("good", "+8613900139000")
    with gateway(INVALID_NUMBER) as peer:
        assert send_due_texts(texter(peer.port)) == 1
        assert peer.texts == [("8613900139000", BODY)]
    assert text_of("bad").failed_at is not None
    assert waiting_texts()["failed"] == 1


def test_what_may_have_arrived_is_not_sent_again(peer: Gateway) -> None:
    """One code, one message: without an answer it is given up, and people ask for another code."""
    queue()

    def only_binds(command: int, number: int) -> bytes:
        return (b"\0\0\0\x10" + (command | 0x80000000).to_bytes(4) + bytes(4) + number.to_bytes(4)) * (command == 2)

    with misbehaving(only_binds) as port:
        assert send_due_texts(texter(port)) == 0
    assert text_of().failed_at is not None
    assert "TextUncertain" in (text_of().error or "")
    make_due()
    assert send_due_texts(texter(peer.port)) == 0
    assert peer.parts == []


def test_a_sender_that_ended_while_handing_over_leaves_no_second_message(peer: Gateway) -> None:
    queue()
    change(claimed_at=now() - timedelta(minutes=4))
    assert send_due_texts(texter(peer.port)) == 0
    assert text_of().failed_at is None
    change(claimed_at=now() - timedelta(minutes=6))
    assert send_due_texts(texter(peer.port)) == 0
    assert (text_of().failed_at is None, text_of().error) == (False, "no word since it was handed over")
    assert peer.parts == []


def test_what_is_of_no_use_any_more_is_not_sent(peer: Gateway) -> None:
    queue()
    change(expires_at=now())
    assert send_due_texts(texter(peer.port)) == 0
    assert (text_of().failed_at is None, text_of().error, peer.parts) == (False, "too late", [])


def test_a_number_is_sent_few_messages_an_hour_and_all_together_a_limit() -> None:
    for count in range(5):
        queue(f"k{count}")
    with force_locale("en"), pytest.raises(TooMany, match="number"):
        queue("k5")
    assert queue("other", "+8613900139000")
    session.execute(update(TextMessage).values(created_at=now() - timedelta(hours=1)))
    assert queue("k5")


def test_all_numbers_together_have_a_limit() -> None:
    with unit_of_work():
        settings.change(SYSTEM, "texts_per_hour", 2)
        queue("k1")
        queue("k2", "+8613900139000")
    with force_locale("en"), pytest.raises(TooMany, match="Too many text messages"):
        queue("k3", "+8613700137000")


def test_number_and_text_are_forgotten_after_some_days() -> None:
    queue("old")
    queue("new")
    change("old", created_at=now() - timedelta(days=3, minutes=1))
    assert forget_texts() == 1
    assert (text_of("old").body, text_of("old").recipient) == ("", "138****8000")
    assert text_of("new").recipient == NUMBER
    assert queue("old") is False


def test_without_a_gateway_production_promises_no_message(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_text()
    config = app.config["JISHI"]
    monkeypatch.setitem(app.config, "JISHI", replace(config, environment="production"))
    assert not can_text()
    gated = replace(config, environment="production", sms_url="smpp://jishi:secret@127.0.0.1:2775")
    monkeypatch.setitem(app.config, "JISHI", gated)
    assert can_text()


def test_the_task_sends_over_the_gateway_of_the_configuration(
    app: App, peer: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "_flask", [app])
    config = replace(app.config["JISHI"], sms_url=f"smpp://jishi:secret@127.0.0.1:{peer.port}", sms_from="10690000")
    monkeypatch.setitem(app.config, "JISHI", config)
    assert celery.conf.beat_schedule["notifications.send_texts"]["schedule"] == 5.0
    with unit_of_work():
        queue()
    send_texts()
    forget_mail_texts_task()
    assert peer.texts == [("8613800138000", BODY)]


def test_the_operator_reads_what_was_given_up_and_no_whole_number(app: App) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(args=["notifications", "failures"]).output == "nothing was given up\n"
    with unit_of_work():
        queue_mail(key="m1", recipient="a@example.org", locale="en", subject="s", body="b\n")
        session.execute(update(Mail).values(failed_at=now() - timedelta(hours=1), error="MailRefused: answer 550"))
        queue("bad")
    with gateway(INVALID_NUMBER) as peer:
        send_due_texts(texter(peer.port))
    with unit_of_work():
        change("bad", created_at=now() - timedelta(days=4))
        queue("late", "+8613900139000")
        change("late", expires_at=now())
    send_due_texts(texter(free_port()))
    forget_texts()
    told = runner.invoke(args=["notifications", "failures"]).output.splitlines()
    assert [line.split("\t")[1:] for line in told] == [
        ["139****9000", "too late"],
        ["138****8000", "TextRefused: refused: 0x0000000B"],
        ["a@example.org", "MailRefused: answer 550"],
    ]


def test_in_development_messages_lie_in_a_folder_and_are_counted(app: App) -> None:
    with unit_of_work():
        queue("hand")
    runner = app.test_cli_runner()
    assert "text messages waiting 1, given up 0" in runner.invoke(args=["notifications", "status"]).output
    assert "text messages sent 1" in runner.invoke(args=["notifications", "send"]).output
    assert "text messages waiting 0, given up 0" in runner.invoke(args=["notifications", "status"]).output
    identity = session.scalars(select(TextMessage.id)).one()
    folder = app.config["JISHI"].files_root.parent / "text-messages"
    assert [path.read_text("utf-8") for path in folder.glob(f"*{identity}.txt")] == [f"{NUMBER}\n{BODY}\n"]
