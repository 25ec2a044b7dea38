"""Private persons as parties: one organisation each, without any number of theirs."""

import re

import pytest

from app.accounts.models import ANONYMOUS, Actor, OrganisationKind
from app.accounts.organisations.persons import act_for_oneself, person_code
from app.core.errors import Unauthenticated
from tests.accounts.factories import make_user


def test_a_person_becomes_one_party_however_often_asked() -> None:
    user = make_user(name="何一")
    first, second = act_for_oneself(Actor(user=user)), act_for_oneself(Actor(user=user))
    assert first.organisation is not None
    assert first.organisation_id == second.organisation_id
    assert (first.organisation.kind, first.organisation.name) == (OrganisationKind.PERSON, "何一")


def test_the_code_is_of_the_allowed_form_and_differs() -> None:
    codes = {person_code(make_user()) for _time in range(20)}
    assert len(codes) == 20
    assert all(re.fullmatch("P[0-9A-HJ-NP-RTUW-Y]{17}", code) for code in codes)


def test_a_visitor_is_nobody_yet() -> None:
    with pytest.raises(Unauthenticated):
        act_for_oneself(ANONYMOUS)
