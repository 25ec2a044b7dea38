"""What fee notes and the books call a licence and its instalments, and where they are shown."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from app.core.db import session
from app.ledger.subjects import Subject, register_subjects
from app.market.licences.models import Licence, LicenceInstalment
from app.market.licences.operations import SUBJECT


def licences(ids: Collection[UUID]) -> dict[UUID, Subject]:
    """Licences by their number, or that of the notice while there is none."""
    rows = session.execute(select(Licence.id, Licence.number, Licence.notice_no).where(Licence.id.in_(ids)))
    return {row.id: Subject(row.number or row.notice_no, "licences.show", (("licence_id", row.id),)) for row in rows}


def instalments(ids: Collection[UUID]) -> dict[UUID, Subject]:
    """Instalments by licence and place, leading to the licence."""
    rows = session.execute(
        select(
            LicenceInstalment.id, LicenceInstalment.number, Licence.id.label("licence_id"), Licence.number.label("of")
        )
        .join(Licence, Licence.id == LicenceInstalment.licence_id)
        .where(LicenceInstalment.id.in_(ids))
    )
    return {
        row.id: Subject(f"{row.of}-{row.number}", "licences.show", (("licence_id", row.licence_id),)) for row in rows
    }


def register_books() -> None:
    """Tell the books of both."""
    register_subjects(SUBJECT, licences)
    register_subjects("licence_instalments", instalments)
