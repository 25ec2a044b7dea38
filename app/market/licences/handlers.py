"""What makes licences: payments; and what ends or questions them. Every handler may run twice."""

from app.core.db import session
from app.core.events import subscribe
from app.ledger.operations import lock_books
from app.market.licences.instalments import earn_instalment
from app.market.licences.operations import take_effect
from app.market.licences.queries import (
    declaration_with_patent,
    instalment_of_note,
    licence_of_note,
)
from app.market.licences.reviews import end_with_patent, review_after_withdrawal
from app.market.licences.telling import tell_parties, tell_withdrawal
from app.market.open_licences.events import OpenLicenceEnded, WithdrawalFiled
from app.market.open_licences.models import DeclarationState
from app.market.patents.events import PatentChanged, PatentLapsed
from app.market.patents.models import Patent
from app.settlement.events import FeeNotePaid
from app.settlement.fee_notes.models import FeeNote


@subscribe(FeeNotePaid)
def take_effect_when_paid(event: FeeNotePaid) -> None:
    """The money is there: the licence takes effect with the bank's value date, or an instalment is earned."""
    note = session.get(FeeNote, event.fee_note_id)
    if note is None:
        return
    lock_books()
    licence = licence_of_note(note.id)
    if licence is not None:
        take_effect(licence, note.value_on)
    part = instalment_of_note(note.id)
    if part is not None:
        earn_instalment(part)


@subscribe(OpenLicenceEnded)
def look_after_end(event: OpenLicenceEnded) -> None:
    """A withdrawal leaves licences untouched; those dated after it are looked at, unpaid noticers are told (P11)."""
    declaration = declaration_with_patent(event.open_licence_id)
    if declaration is None:
        return
    if declaration.state is DeclarationState.WITHDRAWN:
        for licence in review_after_withdrawal(declaration):
            tell_parties("licence_review", licence, "review")
    end_with_patent(declaration.patent)
    tell_withdrawal(declaration)


@subscribe(WithdrawalFiled)
def tell_of_withdrawal(event: WithdrawalFiled) -> None:
    """P11 when it is filed: unpaid noticers learn until when both count (M9), licensees that theirs is untouched."""
    declaration = declaration_with_patent(event.open_licence_id)
    if declaration is not None:
        tell_withdrawal(declaration)


@subscribe(PatentLapsed)
def end_after_lapse(event: PatentLapsed) -> None:
    """A patent that has ended is free to everybody: its licences end."""
    end_with_patent(session.get_one(Patent, event.patent_id))


@subscribe(PatentChanged)
def end_after_change(event: PatentChanged) -> None:
    """The register's status may have changed with other facts."""
    end_with_patent(session.get_one(Patent, event.patent_id))
