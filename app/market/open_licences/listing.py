"""How the patents of a portfolio are listed, and what may not be noted beside an open licence."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select

from app.core.db import session
from app.core.errors import Conflict
from app.core.i18n import lazy_gettext as _l
from app.market.open_licences.models import ENDED, OPEN, DeclarationState, OpenLicence
from app.market.open_licences.queries import open_declaration
from app.market.open_licences.wording import STATE_BADGES, STATE_NAMES
from app.market.patents.models import EncumbranceKind, Patent
from app.market.patents.parts import Listing

EXCLUSIVE = (EncumbranceKind.EXCLUSIVE_LICENCE, EncumbranceKind.SOLE_LICENCE)
_PILOT = _l("Pilot, not announced")
_UNDECIDED = OpenLicence.state.not_in((*OPEN, *ENDED))


def _with(*conditions: ColumnElement[bool]) -> Callable[[], ColumnElement[bool]]:
    def condition() -> ColumnElement[bool]:
        return exists().where(OpenLicence.patent_id == Patent.id, *conditions)

    return condition


LISTINGS = (
    Listing("announced", STATE_NAMES[DeclarationState.ANNOUNCED], _with(OpenLicence.state.in_(OPEN))),
    Listing("pilot", _PILOT, _with(OpenLicence.pilot_at.is_not(None), _UNDECIDED)),
    Listing(
        "declaring",
        _l("Being declared"),
        _with(OpenLicence.pilot_at.is_(None), _UNDECIDED),
    ),
    Listing("none", _l("Not declared"), lambda: ~_with(OpenLicence.state.not_in(ENDED))()),
)


def listed(ids: Sequence[UUID]) -> Mapping[UUID, tuple[str, object]]:
    """(state of a badge, word) of the patents that have a live declaration; one statement."""
    rows = session.execute(
        select(OpenLicence.patent_id, OpenLicence.state, OpenLicence.pilot_at).where(
            OpenLicence.patent_id.in_(ids), OpenLicence.state.not_in(ENDED)
        )
    )
    return {row.patent_id: _word(row.state, is_pilot=row.pilot_at is not None) for row in rows}


def _word(state: DeclarationState, *, is_pilot: bool) -> tuple[str, object]:
    if state in OPEN:
        return "announced", STATE_NAMES[state]
    return ("pilot", _PILOT) if is_pilot else (STATE_BADGES[state], STATE_NAMES[state])


def refuse_exclusive(patent: Patent, kind: EncumbranceKind) -> None:
    """专利法 art. 51: no exclusive or sole licence while the patent is open, or filed to be, also by a co-owner.

    Raises Conflict (M12).
    """
    if kind in EXCLUSIVE and open_declaration(patent.number) is not None:
        raise Conflict(_l("No exclusive or sole licence while open."), field="kind", code="open")
