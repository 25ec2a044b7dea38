"""Calendar files: every text survives, lines are folded, calendars know what to do with a change."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from app.files.calendar import Entry, Method, Party, Status, calendar_feed, invitation

pytestmark = pytest.mark.nodb

START = datetime(2026, 11, 26, 13, tzinfo=timezone(timedelta(hours=8)))


def make_entry(**changes: Any) -> Entry:
    values: dict[str, Any] = {
        "uid": "0193-abc@jishi.example",
        "sequence": 2,
        "starts_at": START,
        "ends_at": START + timedelta(hours=3, minutes=30),
        "summary": "场发射扫描电镜，示例大学",
        "description": "样品：A; B, C\n费用 ¥380.00",
        "location": "1 号楼, 203",
        "url": "https://jishi.example/reservations/1?a=b&c=d",
        "organizer": Party("示例大学: 分析测试中心", "lab@example.edu.cn"),
        "attendee": Party('王"小"明', "w@example.com"),
        "stamp": datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC),
        **changes,
    }
    return Entry(**values)


def only_event(data: bytes) -> Any:
    (event,) = Calendar.from_ical(data).walk("VEVENT")
    return event


def test_a_feed_is_read_back_with_every_field() -> None:
    data = calendar_feed("我的预约", [make_entry(), make_entry(uid="2")])
    calendar: Any = Calendar.from_ical(data)
    assert calendar["X-WR-CALNAME"] == "我的预约"
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=1)
    first, _second = calendar.walk("VEVENT")
    assert first["SUMMARY"] == "场发射扫描电镜，示例大学"
    assert first["DESCRIPTION"] == "样品：A; B, C\n费用 ¥380.00"
    assert first["DTSTART"].dt == START
    assert (first["SEQUENCE"], first["STATUS"]) == (2, "CONFIRMED")
    assert b"DTSTART:20261126T050000Z\r\n" in data
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in data


def test_lines_end_with_crlf_and_are_at_most_75_bytes() -> None:
    data = calendar_feed("长" * 100, [make_entry(description="很长的说明" * 60)])
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert [line.decode() for line in lines]  # no character is cut in two


def test_an_invitation_names_both_sides_and_asks_for_no_answer() -> None:
    data = invitation(make_entry(), Method.REQUEST)
    assert b"METHOD:REQUEST\r\n" in data
    event = only_event(data)
    assert event["ORGANIZER"] == "mailto:lab@example.edu.cn"
    assert event["ATTENDEE"].params["CN"] == "王'小'明"
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"


def test_a_withdrawal_cancels_the_same_entry_with_a_higher_sequence() -> None:
    event = only_event(invitation(make_entry(sequence=3), Method.CANCEL))
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("0193-abc@jishi.example", 3, "CANCELLED")


def test_an_invitation_without_parties_is_refused() -> None:
    with pytest.raises(ValueError, match="organizer"):
        invitation(make_entry(attendee=None), Method.REQUEST)
    with pytest.raises(ValueError, match="later"):
        calendar_feed("x", [make_entry(ends_at=START)])


@given(
    summary=st.text(min_size=1, max_size=200),
    description=st.text(max_size=400),
    name=st.text(min_size=1, max_size=80),
    status=st.sampled_from(list(Status)),
    minutes=st.integers(min_value=1, max_value=100_000),
)
def test_whatever_is_written_is_read_back(
    summary: str, description: str, name: str, status: Status, minutes: int
) -> None:
    entry = make_entry(
        summary=summary,
        description=description,
        status=status,
        organizer=Party(name, "a@example.org"),
        ends_at=START + timedelta(minutes=minutes),
    )
    data = calendar_feed(name, [entry])
    event = only_event(data)
    assert visible(event["SUMMARY"]) == visible(summary)
    assert visible(event.get("DESCRIPTION", "")) == visible(description)
    assert event["STATUS"] == status
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(minutes=minutes)
    assert len(Calendar.from_ical(data).walk("VEVENT")) == 1


def visible(text: str) -> str:
    """What a person sees: control characters are blanks, line breaks are alike."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(" " if (ord(sign) < 32 and sign != "\n") or ord(sign) == 127 else sign for sign in text)
