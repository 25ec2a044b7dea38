"""Who gets what of a licence's income: inventors, department, institution (促进科技成果转化法 art. 44, 45)."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.accounts.models import SYSTEM, Actor
from app.core.audit import record
from app.core.clock import today
from app.core.db import session
from app.core.errors import Conflict
from app.market.licences.models import Licence
from app.market.licences.pledges import hold_if_pledged
from app.market.patents.copies import pledges_on
from app.market.patents.models import WHOLE, Inventor, Patent
from app.market.royalties.arithmetic import largest_remainder
from app.market.royalties.models import IncomeShare
from app.market.royalties.policy import IncomePolicy
from app.market.royalties.queries import stated_charges
from app.market.settings import settings
from app.settlement.models import Charge

WITH_TABLE = (joinedload(Licence.patent).selectinload(Patent.inventors), joinedload(Licence.open_licence),
              joinedload(Licence.licensor))  # fmt: skip


def share_table(licence: Licence) -> tuple[int, int, list[dict[str, Any]]]:
    """Basis points of net for the inventors and the department, and the inventors with their weights.

    What was kept with the licence comes first, then the declaration, then the least share that the settings ask
    for; the inventors' part is never below that.
    """
    terms, declared = licence.terms, licence.open_licence
    least = settings.number("inventors_share")
    inventors = int(terms.get("inventors_share", declared.inventors_share if declared else least))
    department = int(terms.get("department_share", declared.department_share if declared else 0))
    inventors = min(WHOLE, max(inventors, least))
    people = terms.get("inventors") or [_row(each) for each in licence.patent.inventors]
    return inventors, min(department, WHOLE - inventors), [dict(each) for each in people]


def _row(inventor: Inventor) -> dict[str, Any]:
    return {"name": inventor.name, "department": inventor.department, "share": inventor.share,
            "user_id": str(inventor.user_id) if inventor.user_id else None}  # fmt: skip


def share_out(net_minor: int, licence: Licence) -> list[dict[str, Any]]:
    """Every part of a net amount, which they make up to the fen; inventors without a share in the table share evenly.

    Without inventors in the table their part goes to the institution, which shares it out itself.
    """
    inventors, department, people = share_table(licence)
    weights = [int(each.get("share", 0)) for each in people]
    if people and not sum(weights):
        weights = [1] * len(people)
    home = {"name": licence.licensor.name, "department": "", "user_id": None}
    institution = WHOLE - inventors - department if people else WHOLE - department
    sums = largest_remainder(net_minor, [inventors if people else 0, department, institution])
    parts = [
        _part("inventor", each, inventors * weight // (sum(weights) or 1), amount)
        for each, weight, amount in zip(people, weights, _split(sums[0], weights), strict=True)
    ]
    if department:
        parts.append(_part("department", {**home, "name": _departments(people)}, department, sums[1]))
    parts.append(_part("institution", home, institution, sums[2]))
    return parts


def _split(amount: int, weights: Sequence[int]) -> list[int]:
    return largest_remainder(amount, weights) if weights else []


def _departments(people: Sequence[dict[str, Any]]) -> str:
    return "、".join(dict.fromkeys(str(each.get("department", "")) for each in people if each.get("department")))


def _part(kind: str, who: dict[str, Any], share: int, amount: int) -> dict[str, Any]:
    return {"kind": kind, "name": who.get("name", ""), "department": who.get("department", ""),
            "user_id": who.get("user_id"), "share": share, "amount_minor": amount}  # fmt: skip


def share_income(month: date) -> int:
    """Share out every charge of a licence that a month's statements show; returns how many. Done again: nothing new.

    A charge that takes something back is shared out with its sign, so that the shares of both make up what is left.
    """
    rows = stated_charges(month)
    if not rows:
        return 0
    licences = {
        licence.id: licence
        for licence in session.scalars(
            select(Licence).options(*WITH_TABLE).where(Licence.id.in_({licence_id for _charge, licence_id in rows}))
        ).unique()
    }
    pledged = pledges_on({licence.patent_id for licence in licences.values()}, today())
    shares = [
        _share(charge, licences[licence_id], month, is_pledged=licences[licence_id].patent_id in pledged)
        for charge, licence_id in rows
    ]
    session.add_all(shares)
    session.flush()
    for share in shares:
        record(SYSTEM, "income.share", share, {"amount": [None, share.net_minor]})
    for (charge, licence_id), share in zip(rows, shares, strict=True):
        if share.is_pledged and share.gross_minor > 0:
            # What has gone out before the month was shared out cannot be held any more; the share says it is pledged.
            with suppress(Conflict):
                hold_if_pledged(licences[licence_id].patent_id, charge)
    return len(shares)


def _share(charge: Charge, licence: Licence, month: date, *, is_pledged: bool) -> IncomeShare:
    net = charge.total_minor - charge.commission_minor
    return IncomeShare(
        licence_id=licence.id, licensor_id=licence.licensor_id, charge_id=charge.id, month=month,
        gross_minor=charge.total_minor, commission_minor=charge.commission_minor, costs_minor=0, net_minor=net,
        inventors_share=share_table(licence)[0], parts=share_out(net, licence),
        is_pledged=is_pledged,
    )  # fmt: skip


def parts_for(actor: Actor, share: IncomeShare) -> list[dict[str, Any]]:
    """The rows of a share that the actor may see: the licensor's office all of them, an inventor only the own ones."""
    if IncomePolicy.view_all(actor, share):
        return list(share.parts)
    if not IncomePolicy.view(actor, share):
        return []
    return [part for part in share.parts if part.get("user_id") == str(actor.user_id)]
