"""Keeping the fee reductions 费减备案 of a patent (专利收费减缴办法, 财税〔2016〕78号)."""

from datetime import date
from uuid import UUID

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import now
from app.core.db import guard, session
from app.core.errors import Conflict, Invalid, Missing
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import one_line
from app.market.patents.models import FeeReduction, Patent
from app.market.patents.policy import PatentPolicy
from app.market.settings import settings


def percents() -> list[int]:
    """The shares that can be taken off, by the setting, the greatest first."""
    return sorted((int(one) for one in str(settings["reduction_percents"]).split()), reverse=True)


def add_reduction(
    actor: Actor, patent: Patent, *, percent: int, starts_on: date, ends_on: date | None, reference: str
) -> FeeReduction:
    """Note that CNIPA has a reduction on file, from `starts_on` up to and without `ends_on`.

    Raises Forbidden or Missing, Invalid with the field at fault, Conflict for a second one from the same day.
    """
    ensure(actor, PatentPolicy.record_annuity, patent, known_to=PatentPolicy.view)
    if percent not in percents():
        raise Invalid(_l("Choose a share."), field="percent")
    if ends_on is not None and ends_on <= starts_on:
        raise Invalid(_l("It ends after it begins."), field="ends_on")
    if not one_line(reference):
        raise Invalid(_l("Enter the number under which it is on file."), field="reference")
    reduction = FeeReduction(
        id=uuid7(), patent_id=patent.id, percent=percent, reference=one_line(reference), starts_on=starts_on,
        ends_on=ends_on, created_at=now(),
    )  # fmt: skip
    known = Conflict(_l("A reduction from this day is noted already."), field="starts_on", code="known")
    with guard({"patent_reductions_patent_id_starts_on_key": known}):
        session.add(reduction)
    record(actor, "patent.reduction", patent, _changes(reduction, False))
    return reduction


def remove_reduction(actor: Actor, patent: Patent, reduction_id: UUID) -> None:
    """Take back what was noted by mistake. Raises Forbidden or Missing."""
    ensure(actor, PatentPolicy.record_annuity, patent, known_to=PatentPolicy.view)
    reduction = session.get(FeeReduction, reduction_id)
    if reduction is None or reduction.patent_id != patent.id:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    record(actor, "patent.reduction_removed", patent, _changes(reduction, True))
    session.delete(reduction)
    session.flush()


def _changes(one: FeeReduction, is_gone: bool) -> dict[str, object]:
    values = {
        "percent": one.percent, "reduction_no": one.reference, "starts_on": one.starts_on.isoformat(),
        "ends_on": one.ends_on.isoformat() if one.ends_on else None,
    }  # fmt: skip
    return {name: [value, None] if is_gone else [None, value] for name, value in values.items()}
