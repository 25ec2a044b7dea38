"""Row-level security: the database itself hides what is not yours, also from code that forgot to ask."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from app.accounts.models import OrganisationKind
from app.accounts.sessions.operations import open_session
from app.accounts.sessions.queries import bearer, identification
from app.accounts.tokens.operations import create_token
from app.core.db import session
from app.core.tenancy import everybody, set_tenant
from app.equipment.reservations.booking import make_reservation
from app.equipment.reservations.models import Reservation
from tests.accounts.factories import make_actor, make_organisation
from tests.equipment.factories import make_bookable_instrument, slot


@pytest.fixture
def booked() -> Reservation:
    return make_reservation(make_actor(), make_bookable_instrument().id, slot(), purpose="x")


def seen() -> int:
    return len(session.execute(select(Reservation.id)).all())


def test_the_role_of_the_application_does_not_bypass_row_level_security() -> None:
    assert session.scalar(text("SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user"))


def test_both_parties_see_a_booking_and_nobody_else_does(booked: Reservation) -> None:
    for party in (booked.payer_id, booked.provider_id):
        set_tenant(str(party))
        assert seen() == 1
    for other in (str(make_actor().organisation_id), ""):
        set_tenant(other)
        assert seen() == 0


def test_everybody_is_for_a_moment(booked: Reservation) -> None:
    set_tenant("")
    with everybody():
        assert seen() == 1
    assert seen() == 0


def test_a_row_of_others_cannot_be_changed_or_made(booked: Reservation) -> None:
    set_tenant(str(make_actor().organisation_id))
    changed = session.execute(text("UPDATE reservations SET purpose = 'mine now'"))
    assert changed.rowcount == 0  # type: ignore[attr-defined]
    set_tenant("*")
    payer = booked.payer_id
    set_tenant(str(make_actor().organisation_id))
    with pytest.raises(ProgrammingError, match="row-level security"), session.begin_nested():
        session.execute(
            text("INSERT INTO charges SELECT (jsonb_populate_record(NULL::charges, jsonb_build_object("
                 "'id', gen_random_uuid(), 'payer_id', CAST(:payer AS text), 'provider_id', CAST(:payer AS text)))).*"),
            {"payer": str(payer)},
        )  # fmt: skip


def test_the_overlap_constraint_sees_the_rows_of_others(booked: Reservation) -> None:
    set_tenant(str(make_actor().organisation_id))
    taken = session.scalar(text("SELECT count(*) FROM occupations WHERE active"))
    assert taken == 1


def in_force() -> str:
    return str(session.scalar(text("SELECT current_setting('jishi.tenant', true)")))


@pytest.mark.parametrize("kind", OrganisationKind)
def test_who_is_found_out_to_ask_sees_their_own_from_then_on(kind: OrganisationKind) -> None:
    actor = make_actor(make_organisation(kind))
    assert actor.user is not None
    actor.user.last_organisation_id = actor.organisation_id
    token, _row = create_token(actor, actor.organisation, name="x")
    secret, opened = open_session(actor.user, user_agent="", address="")
    opened.organisation_id = actor.organisation_id
    session.flush()
    own = "*" if actor.is_operator else str(actor.organisation_id)
    for find in (lambda: bearer(token), lambda: identification(secret)):
        set_tenant("")
        assert find() is not None
        assert in_force() == own
    set_tenant("")
    assert bearer("unknown") is None
    assert identification("unknown") is None
    assert in_force() == ""
