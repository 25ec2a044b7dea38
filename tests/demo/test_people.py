"""The password of the demonstration follows the configuration, except where somebody chose another one."""

import pytest
from sqlalchemy import delete, select

from app.accounts.models import Membership, User
from app.accounts.passwords import hash_password, is_password
from app.core.clock import now
from app.core.db import session
from app.core.errors import Invalid
from app.demo.cast import DEFAULT_PASSWORD, PEOPLE
from app.demo.people import actor_of, are_there, load_people, renew_passwords


def test_a_new_password_of_the_configuration_works_at_the_next_start() -> None:
    assert not are_there()
    load_people(DEFAULT_PASSWORD)
    assert are_there()
    assert not renew_passwords(DEFAULT_PASSWORD)
    assert renew_passwords("quite-another-2027")
    assert is_password(session.get(User, PEOPLE[0].id), "quite-another-2027")


def test_a_password_that_somebody_chose_is_kept() -> None:
    load_people(DEFAULT_PASSWORD)
    user = session.get_one(User, PEOPLE[0].id)
    user.password_hash, user.password_changed_at = hash_password("chosen-by-herself-9"), now()
    session.flush()
    assert renew_passwords("quite-another-2027")
    session.expire_all()
    assert is_password(session.get(User, PEOPLE[0].id), "chosen-by-herself-9")


def test_who_came_with_a_later_release_is_added() -> None:
    load_people(DEFAULT_PASSWORD)
    session.execute(delete(Membership).where(Membership.user_id == PEOPLE[-1].id))
    session.execute(delete(User).where(User.id == PEOPLE[-1].id))
    assert not are_there()
    assert load_people(DEFAULT_PASSWORD) == "0 organisations, 1 people"
    assert are_there()
    assert actor_of(PEOPLE[-1].email).user_id == PEOPLE[-1].id


def test_a_weak_password_is_refused() -> None:
    with pytest.raises(Invalid):
        load_people("12345")
    assert session.scalar(select(User.id)) is None


def test_people_act_for_their_organisation_in_their_roles() -> None:
    load_people(DEFAULT_PASSWORD)
    for person in PEOPLE:
        actor = actor_of(person.email)
        assert actor.roles == frozenset(person.roles)
        assert actor.organisation is not None
