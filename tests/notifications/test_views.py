"""The page of notices: only one's own, filtered by address, marked read by following."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Actor, User
from app.core.db import session, unit_of_work
from app.core.web import App
from app.notifications.models import Notification
from app.notifications.operations import Attachment, notify, queue_mail
from app.notifications.queries import notices_of, unread_count
from tests.notifications.factories import acting_as, make_person

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def person(app: App, transaction: None) -> Iterator[User]:
    with unit_of_work():
        reader = make_person()
    with acting_as(app, reader):
        yield reader


def tell(person: User, count: int = 1, kind: str = "test_plain", url: str = "") -> list[Notification]:
    with unit_of_work():
        for number in range(count):
            parameters = {"instrument": "=SUM(1)" if number else "SEM", "slot": "", "fee": ""}
            notify(person.id, None, kind, f"{kind}:{number}", parameters, url)
    return list(session.scalars(notices_of(Actor(user=person))))


def test_notices_are_listed_newest_first_with_pages(client: FlaskClient, person: User) -> None:
    tell(person, 30)
    page = client.get("/notifications", headers=ENGLISH)
    assert page.status_code == 200
    assert page.text.count("Something happened") == 25
    assert client.get("/notifications?page=2", headers=ENGLISH).text.count("Something happened") == 5
    assert page.headers["Cache-Control"] == "no-store"


def test_an_empty_list_says_what_will_be_here(client: FlaskClient, person: User) -> None:
    assert "No notices yet" in client.get("/notifications", headers=ENGLISH).text
    assert "Nothing unread here" in client.get("/notifications?show=unread", headers=ENGLISH).text


def test_the_list_is_filtered_by_state_and_topic(client: FlaskClient, person: User) -> None:
    tell(person)
    tell(person, kind="test_booked")
    page = client.get("/notifications?topic=test_bookings", headers=ENGLISH).text
    assert "Booked: SEM" in page
    assert "Something happened" not in page
    with unit_of_work():
        session.query(Notification).filter_by(kind="test_booked").one().read_at = person.created_at
    unread = client.get("/notifications?show=unread", headers=ENGLISH).text
    assert "Booked: SEM" not in unread
    assert "Something happened" in unread


def test_following_a_notice_marks_it_read(client: FlaskClient, person: User) -> None:
    (notice,) = tell(person, url="/somewhere")
    answer = client.get(f"/notifications/{notice.id}")
    assert (answer.status_code, answer.location) == (302, "/somewhere")
    assert unread_count(person.id) == 0


def test_notices_are_marked_read_one_by_one_or_all(client: FlaskClient, person: User) -> None:
    first, *_others = tell(person, 3)
    answer = client.post(f"/notifications/{first.id}/read?show=unread")
    assert answer.location == "/notifications?show=unread"
    assert unread_count(person.id) == 2
    assert client.post("/notifications/read").location == "/notifications"
    assert unread_count(person.id) == 0


def test_the_file_is_safe_for_spreadsheets(client: FlaskClient, person: User) -> None:
    for notice in tell(person, 2, kind="test_booked"):
        notice.url = "=1+1"
    session.commit()
    answer = client.get("/notifications?format=csv", headers=ENGLISH)
    assert answer.mimetype == "text/csv"
    lines = answer.get_data(as_text=True).splitlines()
    assert len(lines) == 3
    assert "Notice" in lines[0]
    assert all(line.endswith(",'=1+1") for line in lines[1:])


def test_another_persons_notices_do_not_exist(app: App, client: FlaskClient, person: User) -> None:
    (notice,) = tell(person, url="/somewhere")
    with unit_of_work():
        other = make_person("other@example.org")
    with acting_as(app, other):
        assert "Something happened" not in client.get("/notifications", headers=ENGLISH).text
        assert client.get(f"/notifications/{notice.id}").status_code == 404
        assert client.post(f"/notifications/{notice.id}/read").status_code == 404
        client.post("/notifications/read")
    assert unread_count(person.id) == 1


def test_visitors_are_asked_to_sign_in(client: FlaskClient) -> None:
    page = client.get("/notifications?show=unread")
    assert page.status_code == 302
    assert page.headers["Location"].startswith("/sign-in?next=/notifications?show")
    assert client.post("/notifications/read").status_code == 302
    asked = client.get("/notifications", headers={"HX-Request": "true"})
    assert asked.headers["HX-Redirect"].startswith("/sign-in")


def test_in_development_mails_are_shown_with_their_files(client: FlaskClient) -> None:
    with unit_of_work():
        queue_mail(
            key="k", recipient="a@example.org", locale="en", subject="<b>Code</b>", body="123456 http://localhost/x\n",
            attachments=[Attachment("b.ics", "text/calendar", b"BEGIN")],
        )  # fmt: skip
    page = client.get("/development/mail", headers=ENGLISH).text
    assert "&lt;b&gt;Code&lt;/b&gt;" in page
    assert "123456" in page
    link = page.split("/development/mail/")[1].split('"')[0]
    answer = client.get(f"/development/mail/{link}")
    assert answer.data == b"BEGIN"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert client.get(f"/development/mail/{link[:-1]}7").status_code == 404
