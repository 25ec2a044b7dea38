"""A program books at the price that it was quoted, for as long as the quote says."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from app.accounts.models import OrganisationKind
from app.accounts.tokens.operations import create_token
from app.core.clock import now
from app.core.db import session
from app.equipment.instruments.models import Instrument
from tests.accounts.factories import make_actor, make_organisation
from tests.api.conftest import Scene
from tests.equipment.factories import make_bookable_instrument, publish_dearer, slot

WISHED = slot(days=5)  # the same however the clock is turned


def quote(scene: Scene, who: str = "customer", **changes: Any) -> dict[str, Any]:
    body = scene.wish(WISHED, instrument_id=None, purpose=None, **changes)
    answer = scene.call(who, "POST", f"/instruments/{scene.instrument_id}/quote", body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def raise_prices(scene: Scene) -> None:
    publish_dearer(session.get_one(Instrument, scene.instrument_id))


def test_a_quote_says_until_when_it_counts_and_is_booked_at_its_price(scene: Scene) -> None:
    told = quote(scene)
    assert timedelta(hours=23, minutes=59) < datetime.fromisoformat(told["quoted_until"]) - now() <= timedelta(days=1)
    raise_prices(scene)
    assert quote(scene)["total"]["amount"] == 150_000
    made = scene.call("customer", "POST", "/reservations", scene.wish(WISHED, quote=told["quote"]))
    assert (made.status_code, made.get_json()["estimate"]["amount"]) == (201, 110_000)


def test_without_its_quote_a_booking_costs_what_it_costs_now(scene: Scene) -> None:
    quote(scene)
    raise_prices(scene)
    assert scene.book()["estimate"]["amount"] == 150_000


def test_after_its_time_both_prices_are_named_and_nothing_is_booked(scene: Scene) -> None:
    told = quote(scene)
    raise_prices(scene)
    with time_machine.travel(now() + timedelta(hours=25), tick=True):
        refused = scene.call("customer", "POST", "/reservations", scene.wish(WISHED, quote=told["quote"]))
        assert (refused.status_code, refused.get_json()["code"]) == (409, "price_changed")
        assert [refused.get_json()[name]["amount"] for name in ("shown", "price")] == [110_000, 150_000]
        made = scene.call("customer", "POST", "/reservations", scene.wish(WISHED, quote=quote(scene)["quote"]))
    assert (made.status_code, made.get_json()["estimate"]["amount"]) == (201, 150_000)


def test_a_quote_whose_price_stayed_the_same_is_booked_also_after_its_time(scene: Scene) -> None:
    told = quote(scene)
    with time_machine.travel(now() + timedelta(hours=25), tick=True):
        body = scene.wish(WISHED, quote=told["quote"])
        assert scene.call("customer", "POST", "/reservations", body).status_code == 201


@pytest.mark.parametrize("wrong", ["x", "", "ü.ü", "a" * 301, 5, ["x"]])
def test_what_is_no_quote_of_ours_is_named(scene: Scene, wrong: Any) -> None:
    refused = scene.call("customer", "POST", "/reservations", scene.wish(quote=wrong))
    assert refused.status_code == 422
    assert refused.get_json()["field"].startswith("quote")


def test_a_quote_for_another_wish_or_organisation_is_refused(scene: Scene) -> None:
    told = quote(scene)["quote"]
    other = {
        "slot": ("customer", scene.wish(slot(days=6), quote=told)),
        "instrument": ("customer", scene.wish(WISHED, quote=told, instrument_id=str(make_bookable_instrument().id))),
        "operator": ("customer", scene.wish(WISHED, quote=told, with_operator=True)),
        "organisation": ("stranger", scene.wish(WISHED, quote=told)),
    }
    for name, (who, body) in other.items():
        refused = scene.call(who, "POST", "/reservations", body)
        assert (refused.status_code, refused.get_json()["code"]) == (422, "quote_unknown"), name
        assert refused.get_json()["field"] == "quote", name
    assert scene.call("customer", "POST", "/reservations", scene.wish(WISHED, quote=told)).status_code == 201


def test_what_a_visitor_was_quoted_is_kept_as_a_version_not_as_a_class(scene: Scene) -> None:
    told = quote(scene, "")
    assert told["payer_class"] == "enterprise"
    raise_prices(scene)
    institution = make_actor(make_organisation(kind=OrganisationKind.INSTITUTION))
    scene.tokens["institution"] = create_token(institution, institution.organisation, name="x")[0]
    refused = scene.call("institution", "POST", "/reservations", scene.wish(WISHED, quote=told["quote"]))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "price_changed")
    made = scene.call("customer", "POST", "/reservations", scene.wish(WISHED, quote=told["quote"]))
    assert (made.status_code, made.get_json()["estimate"]["amount"]) == (201, 110_000)


def test_the_document_describes_quotes(scene: Scene) -> None:
    schemas = scene.call("", "GET", "/openapi.json").get_json()["components"]["schemas"]
    assert {"quote", "quoted_until"} <= set(schemas["Quote"]["required"])
    assert "quote" in schemas["ReservationRequest"]["properties"]
    assert "quote" not in schemas["ReservationRequest"]["required"]
