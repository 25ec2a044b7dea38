"""What visitors are shown is kept for some seconds; who is signed in sees a change at once."""

import threading

import pytest
from flask.testing import FlaskClient
from markupsafe import Markup

from app.core.web import App
from app.equipment.catalogue import views
from app.equipment.catalogue.remembering import Remembered
from tests.accounts.factories import make_actor, sign_in
from tests.equipment.factories import make_instrument


@pytest.mark.nodb
def test_an_answer_is_kept_and_then_worked_out_anew() -> None:
    clock, answers = [100.0], iter("abc")
    kept = Remembered(5, 10, lambda: clock[0])

    def ask() -> str:
        return kept.get("question", lambda: Markup(next(answers)))

    assert [ask(), ask()] == ["a", "a"]
    clock[0] += 5
    assert ask() == "b"


@pytest.mark.nodb
def test_only_so_many_answers_are_kept() -> None:
    kept = Remembered(60, 3)
    for number in range(50):
        kept.get(number, lambda: Markup("x"))
    assert len(kept._kept) == 3
    threads = [threading.Thread(target=kept.get, args=(number % 5, lambda: Markup("y"))) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept._kept) == 3


def test_visitors_see_a_new_instrument_within_seconds_and_members_at_once(
    app: App, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, member = [100.0], app.test_client()
    monkeypatch.setattr(views, "_remembered", Remembered(5, 10, lambda: clock[0]))
    monkeypatch.setitem(app.config, "TESTING", False)
    sign_in(member, make_actor())
    assert "Gyrotron" not in client.get("/instruments").text
    make_instrument(name="Gyrotron", name_zh="")
    assert "Gyrotron" not in client.get("/instruments").text
    assert "Gyrotron" in member.get("/instruments").text
    assert "Gyrotron" in client.get("/instruments", headers={"Accept-Language": "en"}).text
    clock[0] += 5
    assert "Gyrotron" in client.get("/instruments").text
