"""A licence with a royalty by the month, for the access matrix and the walk over all lists."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from app.accounts.models import Actor, Organisation
from app.core.clock import today
from app.core.db import session
from app.core.workdays import add_months
from app.market.open_licences.models import PriceForm, RoyaltyBase
from app.market.royalties.models import IncomeShare, RoyaltyPeriod
from app.market.royalties.operations import make_due, open_periods
from app.market.royalties.questions import ask
from app.market.royalties.reporting import report_royalty
from tests.market.factories import make_licence, make_open_licence, make_patent


def owed(
    institution: Organisation, enterprise: Organisation, owner: Actor, payer: Actor, charge_id: UUID
) -> dict[str, Any]:
    """Three periods that are over: one in question, one reported, one due; and a share of the income."""
    begin = add_months(today(), -3) - timedelta(days=3)
    declaration = make_open_licence(
        make_patent(institution), price_form=PriceForm.ROYALTY, rate=500, royalty_base=RoyaltyBase.NET_SALES,
        period_months=1, announced_on=begin,
    )  # fmt: skip
    licence = make_licence(
        declaration, enterprise, received_on=begin, effective_on=begin, ends_on=add_months(begin, 12),
        filing_due_on=add_months(begin, 3),
    )  # fmt: skip
    first, second, third, *_later = open_periods(licence)
    make_due()
    session.flush()
    for period in (first, second):
        session.refresh(period)
        report_royalty(payer, period, [])  # no sales, no floor: no charge that other lists would show
    question = ask(owner, first, "Where are the sales in Songjiang?")
    month = today().replace(day=1)
    part = {"kind": "institution", "name": "=北松大学", "department": "", "user_id": None, "share": 10_000,
            "amount_minor": 90_00}  # fmt: skip
    session.add(
        IncomeShare(
            licence_id=licence.id, licensor_id=institution.id, charge_id=charge_id, month=month, gross_minor=100_00,
            commission_minor=10_00, costs_minor=0, net_minor=90_00, inventors_share=0, parts=[part], is_pledged=False,
        )
    )  # fmt: skip
    session.flush()
    due: RoyaltyPeriod = third
    return {
        "royalty": second.id, "royalty_due": due.id, "royalty_question": question.id, "royalty_licence": licence.id,
        "income_month": f"{month:%Y-%m}",
    }  # fmt: skip
