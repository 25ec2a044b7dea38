"""Reading credit notes."""

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import joinedload

from app.accounts.models import Actor
from app.settlement.credits.models import CreditNote, CreditState
from app.settlement.models import Charge
from app.settlement.policy import operator_reader, reads_papers

WITH_CHARGE = (joinedload(CreditNote.charge).joinedload(Charge.payer),)


def visible_credit_notes(actor: Actor, *, state: str = "") -> Select[CreditNote]:
    """Credit notes of the institution acted for (the operator sees all), those that wait first."""
    statement = select(CreditNote).options(*WITH_CHARGE)
    if not operator_reader(actor, None):
        statement = statement.where(CreditNote.provider_id == actor.organisation_id, literal(reads_papers(actor)))
    if state in {each.value for each in CreditState}:
        statement = statement.where(CreditNote.state == CreditState(state))
    return statement.order_by(CreditNote.state != CreditState.WAITING, CreditNote.id.desc())
