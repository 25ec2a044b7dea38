"""Licences in their states, for the access tables."""

from typing import Any

from app.accounts.models import Organisation
from app.market.licences.models import Review
from tests.market.factories import make_licence, make_notice, make_open_licence, make_patent


def licensed(institution: Organisation, enterprise: Organisation) -> dict[str, Any]:
    """A licence of the enterprise in effect, and a notice that is looked at."""
    taken, waiting = (make_open_licence(make_patent(institution)) for _time in range(2))
    party = {"name": enterprise.name, "code": enterprise.code, "address": "长春市"}
    licence = make_licence(taken, enterprise, licensee_party=party)
    noticed = make_notice(waiting, enterprise, licensee_party=party, review=Review.SAME_DAY)
    return {"patent_licence": licence.id, "noticed": noticed.id}
