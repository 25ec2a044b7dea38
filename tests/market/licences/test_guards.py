"""What the database itself refuses to keep of a licence, whatever the code above it does (issue 6)."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Organisation
from app.core.clock import today
from app.core.db import savepoint, session
from app.market.licences.models import Licence, LicenceState
from app.market.open_licences.models import OpenLicence
from tests.market.factories import make_licence, make_open_licence


@pytest.fixture
def licence() -> Licence:
    """In effect since yesterday, paid a day after its notice."""
    licence = make_licence(make_open_licence())
    licence.received_on = today() - timedelta(days=1)
    session.flush()
    return licence


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ("notice_hash = ''", "licences_notice_check"),
        ("paid_on = NULL, received_on = effective_on", "licences_paid_check"),
        ("number = NULL", "licences_number_check"),
        ("effective_on = NULL", "licences_number_check"),
        ("state = 'noticed'", "licences_number_check"),
        ("effective_on = received_on", "licences_effective_check"),
        ("effective_on = effective_on + 1", "licences_effective_check"),
        ("ends_on = effective_on", "licences_ends_check"),
        ("state = 'filed'", "licences_filed_check"),
        ("state = 'ended'", "licences_ended_check"),
        ("licensee_id = licensor_id", "licences_parties_check"),
        ("open_licence_id = NULL", "licences_kind_check"),
    ],
)
def test_article_51_no_licence_without_notice_payment_number_and_its_day(
    licence: Licence, change: str, guard: str
) -> None:
    """专利法 art. 51; rule 87: in effect from the later of notice and payment, under one number, until its end."""
    with pytest.raises(IntegrityError, match=guard), savepoint():
        session.execute(text(f"UPDATE licences SET {change} WHERE id = :id"), {"id": licence.id})


@pytest.mark.parametrize("name", ["notice_no", "number"])
def test_two_licences_never_have_one_number(licence: Licence, name: str) -> None:
    with pytest.raises(IntegrityError, match=f"licences_{name}_key"), savepoint():
        make_licence(make_open_licence(), **{name: getattr(licence, name)})


def test_nobody_holds_one_open_licence_twice(licence: Licence) -> None:
    """Once it has ended it can be taken again."""
    declaration = session.get_one(OpenLicence, licence.open_licence_id)
    licensee = session.get_one(Organisation, licence.licensee_id)
    with pytest.raises(IntegrityError, match="licences_one_per_licensee"), savepoint():
        make_licence(declaration, licensee)
    licence.state, licence.ended_on = LicenceState.ENDED, today()
    session.flush()
    assert make_licence(declaration, licensee).number
