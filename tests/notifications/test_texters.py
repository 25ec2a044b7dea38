"""SMPP, spoken with a real server of another maker, and with servers that misbehave."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import now
from app.core.errors import Invalid
from app.core.ids import uuid7
from app.notifications.telephones import masked, mobile_number, same_number
from app.notifications.texters import (
    FolderTexter,
    GatewayAway,
    OutgoingText,
    SmppTexter,
    TextRefused,
    TextUncertain,
    parts_of,
    texter_for,
)
from tests.notifications.gateways import (
    ANSWER,
    BIND_TRANSMITTER,
    INVALID_NUMBER,
    QUEUE_FULL,
    SUBMIT_SM,
    THROTTLED,
    free_port,
    gateway,
    misbehaving,
    packet,
)

pytestmark = pytest.mark.nodb

NUMBER = "+8613800138000"
SHORT = "【技市】您的验证码是123456。"


def message(body: str = SHORT) -> OutgoingText:
    return OutgoingText(uuid7(), NUMBER, body, now() + timedelta(minutes=15))


def texter(port: int, sender: str = "10690000", timeout: float = 5.0) -> SmppTexter:
    return SmppTexter("127.0.0.1", port, "jishi", "secret", encrypted=False, sender=sender, timeout=timeout)


def test_chinese_arrives_in_one_part() -> None:
    with gateway() as peer:
        texter(peer.port).send(message())
    (part,) = peer.parts
    assert (part.recipient, part.text) == ("8613800138000", SHORT)
    assert (part.data_coding, part.esm_class) == (8, 0)
    assert part.source == (0, 0, "10690000")


def test_a_long_text_arrives_in_parts_that_join() -> None:
    body = "粘" * 150
    with gateway() as peer:
        texter(peer.port).send(message(body))
    assert peer.texts == [("8613800138000", body)]
    assert [part.content[:3] + part.content[4:6] for part in peer.parts] == [
        bytes((5, 0, 3, 3, number)) for number in (1, 2, 3)
    ]
    assert len({part.content[3] for part in peer.parts}) == 1
    assert {part.esm_class for part in peer.parts} == {0x40}


@pytest.mark.parametrize(
    ("sender", "source"), [("Jishi", (5, 0, "Jishi")), ("+8643185166000", (1, 1, "8643185166000"))]
)
def test_the_sender_is_a_word_a_short_code_or_a_number(sender: str, source: tuple[int, int, str]) -> None:
    with gateway() as peer:
        texter(peer.port, sender).send(message())
    assert peer.parts[0].source == source


@pytest.mark.parametrize(
    ("status", "is_permanent"),
    [(INVALID_NUMBER, True), (THROTTLED, False), (QUEUE_FULL, False)],
)
def test_a_refused_number_and_a_busy_gateway_are_told_apart(status: int, is_permanent: bool) -> None:
    with gateway(status) as peer, pytest.raises(TextRefused) as refusal:
        texter(peer.port).send(message())
    assert refusal.value.is_permanent is is_permanent
    assert f"{status:08X}" in str(refusal.value)


def test_a_later_part_that_is_refused_is_not_sent_anew() -> None:
    with gateway(0, THROTTLED) as peer, pytest.raises(TextUncertain, match="later part"):
        texter(peer.port).send(message("粘" * 100))
    assert len(peer.parts) == 1


def test_a_gateway_that_does_not_answer_is_away() -> None:
    with pytest.raises(GatewayAway):
        texter(free_port()).send(message())


def test_a_gateway_that_does_not_let_us_in_is_away() -> None:
    wrong_password = misbehaving(lambda command, number: packet(command | ANSWER, number, 0x0E))
    with wrong_password as port, pytest.raises(GatewayAway, match="bind refused: 0x0000000E"):
        texter(port).send(message())


@pytest.mark.parametrize("said", [b"", b"\x00\x00\x00\x10garbage garb"])
def test_a_gateway_that_talks_nonsense_is_away(said: bytes) -> None:
    with misbehaving(lambda _command, _number: said) as port, pytest.raises(GatewayAway):
        texter(port, timeout=1.0).send(message())


@pytest.mark.parametrize("said", [b"", packet(0x80000000, 99, 3)])
def test_what_was_handed_over_without_an_answer_is_uncertain(said: bytes) -> None:
    def answer(command: int, number: int) -> bytes:
        return packet(command | ANSWER, number, body=b"gateway\0") if command == BIND_TRANSMITTER else said

    with misbehaving(answer) as port, pytest.raises(TextUncertain):
        texter(port, timeout=0.5).send(message())


def test_a_gateway_may_ask_whether_we_live_and_hang_up_after_its_answer() -> None:
    asked = packet(0x00000015, 7)
    said: list[int] = []

    def answer(command: int, number: int) -> bytes:
        said.append(command)
        if command == BIND_TRANSMITTER:
            return packet(command | ANSWER, number, body=b"gateway\0")
        if command == SUBMIT_SM:
            return asked + packet(command | ANSWER, number, body=b"m1\0")
        return b""

    with misbehaving(answer) as port:
        texter(port).send(message())
    assert said[:3] == [BIND_TRANSMITTER, SUBMIT_SM, 0x80000015]


def test_a_gateway_without_tls_is_not_spoken_to_in_clear() -> None:
    with gateway() as peer, pytest.raises(GatewayAway):
        SmppTexter("127.0.0.1", peer.port, "jishi", "secret", encrypted=True, sender="", timeout=2.0).send(message())
    assert peer.parts == []


def test_neither_code_nor_number_gets_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with gateway(0, INVALID_NUMBER) as peer:
        texter(peer.port).send(message())
        with pytest.raises(TextRefused) as refusal:
            texter(peer.port).send(message())
    written = caplog.text + str(refusal.value)
    for secret in ("123456", "13800138000", "secret", b"123456".hex(), "123456".encode("utf-16-be").hex()):
        assert secret not in written


@given(st.text(min_size=1, max_size=600).filter(lambda text: not any(0xD800 <= ord(one) <= 0xDFFF for one in text)))
def test_parts_fit_and_never_cut_a_character(body: str) -> None:
    parts = parts_of(body, reference=7)
    assert all(len(part) <= 140 for part in parts)
    heads = 6 if len(parts) > 1 else 0
    assert "".join(part[heads:].decode("utf-16-be") for part in parts) == body


def test_what_cannot_be_sent_is_refused_for_good() -> None:
    for body in ("", "粘" * 67 * 256):
        with gateway() as peer, pytest.raises(TextRefused) as refusal:
            texter(peer.port).send(message(body))
        assert refusal.value.is_permanent


def test_the_address_chooses_the_texter(tmp_path: Path) -> None:
    assert texter_for("", "", tmp_path, is_production=True) is None
    assert texter_for("", "", tmp_path, is_production=False) == FolderTexter(tmp_path)
    secure = texter_for("smpps://me:p%3Aw@sms.example", "10690000", tmp_path, is_production=True)
    assert secure == SmppTexter("sms.example", 3550, "me", "p:w", encrypted=True, sender="10690000")
    for url, sender, wrong in (("http://sms.example", "", "SMS_URL"), ("smpp://sms.example", "技市", "SMS_FROM")):
        with pytest.raises(ValueError, match=wrong):
            texter_for(url, sender, tmp_path, is_production=True)


def test_the_folder_keeps_a_message_for_its_owner_alone(tmp_path: Path) -> None:
    FolderTexter(tmp_path / "texts").send(message())
    (path,) = (tmp_path / "texts").iterdir()
    assert path.read_text("utf-8") == f"{NUMBER}\n{SHORT}\n"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("138 0013 8000", NUMBER, "138****8000"),
        ("１３８００１３８０００", NUMBER, "138****8000"),
        ("0086-138-0013-8000", NUMBER, "138****8000"),
        ("+44 7400 123456", "+447400123456", "+44****3456"),
    ],
)
def test_numbers_are_kept_in_one_form_and_shown_masked(typed: str, kept: str, shown: str) -> None:
    assert mobile_number(typed) == kept
    assert masked(kept) == shown
    assert masked(shown) == "****"
    assert same_number(typed, kept)


@pytest.mark.parametrize("typed", ["", "123", "0431-85166000", "no number", "13800138000x9", "+44 20 7946 0958"])
def test_what_reaches_no_mobile_telephone_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refusal:
        mobile_number(typed)
    assert (refusal.value.field, refusal.value.code) == ("phone", "phone")
