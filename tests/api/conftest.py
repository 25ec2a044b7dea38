"""An instrument that can be booked, people with tokens, and a way to ask as they do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts.models import Actor, OrganisationKind, Role
from app.accounts.tokens.operations import create_token
from app.core.clock import Period, bounds
from app.core.db import session
from tests.accounts.factories import make_actor, make_organisation
from tests.equipment.factories import make_bookable_instrument, slot

API = "/api/v1"


@dataclass
class Scene:
    """Who and what there is."""

    client: FlaskClient
    instrument_id: UUID
    customer: Actor
    manager: Actor
    tokens: dict[str, str]

    def call(self, who: str, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        """The answer to a program of `who` (nobody: ``""``)."""
        headers = {**options.pop("headers", {})}
        if who:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        return self.client.open(API + path, method=method, json=body, headers=headers, **options)

    def wish(self, stretch: Period | None = None, **changes: Any) -> dict[str, Any]:
        """The body of a booking; None among the changes takes a field away."""
        starts_at, ends_at = bounds(stretch or slot())
        body = {
            "instrument_id": str(self.instrument_id), "starts_at": starts_at.isoformat(),
            "ends_at": ends_at.isoformat(), "purpose": "光学胶残留单体定性", **changes,
        }  # fmt: skip
        return {name: value for name, value in body.items() if value is not None}

    def book(self, stretch: Period | None = None) -> dict[str, Any]:
        """A booking made over the API."""
        answer = self.call("customer", "POST", "/reservations", self.wish(stretch))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.get_json()
        return made


@pytest.fixture
def make_scene(client: FlaskClient) -> Callable[..., Scene]:
    """Scenes with the booking rules that a test wants."""

    def make(**rules: Any) -> Scene:
        institution = make_organisation(OrganisationKind.INSTITUTION)
        manager, customer = make_actor(institution, Role.MANAGER, Role.FINANCE), make_actor()
        instrument = make_bookable_instrument(institution, rules=rules)
        tokens = {
            name: create_token(actor, actor.organisation, name="test")[0]
            for name, actor in (("manager", manager), ("customer", customer), ("stranger", make_actor()))
        }
        session.commit()
        return Scene(client, instrument.id, customer, manager, tokens)

    return make


@pytest.fixture
def scene(make_scene: Callable[..., Scene]) -> Scene:
    """The usual one: open day and night, bookings need no approval."""
    return make_scene()
