"""Income of a pledged patent is held until prepayment or deposit is agreed (民法典第四百四十四条)."""

from uuid import UUID

from app.accounts.models import SYSTEM
from app.core.clock import today
from app.core.tenancy import everybody
from app.market.patents.copies import pledges_on
from app.settlement.models import Charge
from app.settlement.proceeds.models import ProceedsHold
from app.settlement.proceeds.operations import hold_proceeds


def hold_if_pledged(patent_id: UUID, charge: Charge) -> ProceedsHold | None:
    """Hold what comes in for a charge of a patent's licence when the patent is pledged today; once.

    A pledge that a co-owner has noted counts too; of it only the pledgee is named, as the register does.
    """
    pledges = pledges_on([patent_id], today()).get(patent_id)
    if not pledges:
        return None
    own = [one for one in pledges if one.patent_id == patent_id]
    names = [" ".join(part for part in (one.holder, one.reference) if part) for one in own]
    names += [one.holder for one in pledges if one.holder not in {each.holder for each in own}]
    with everybody():
        return hold_proceeds(
            SYSTEM, charge, "; ".join(dict.fromkeys(names)), pledgee=pledges[0].holder,
            email=own[0].holder_email if own else "",
        )  # fmt: skip
