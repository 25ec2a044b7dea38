"""The steps of a declaration: which may follow which, and the one function through which every step goes."""

from datetime import date

from sqlalchemy import func, select

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import session
from app.core.errors import Conflict
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.market.open_licences.events import OpenLicenceAnnounced, OpenLicenceChanged, OpenLicenceEnded, WithdrawalFiled
from app.market.open_licences.models import ENDED, OPEN, DeclarationState, OpenLicence, StateChange
from app.market.open_licences.wording import STATE_NAMES

S = DeclarationState
# flows-market.md §2 "Declaration". The gazette is the truth: it may announce before the answer to a correction is
# recorded here, and a withdrawal of which nobody has told us. Changed terms lead back to the draft.
NEXT: dict[DeclarationState, frozenset[DeclarationState]] = {
    S.DRAFT: frozenset({S.CONSENTING, S.GIVEN_UP}),
    S.CONSENTING: frozenset({S.DRAFT, S.READY, S.GIVEN_UP}),
    S.READY: frozenset({S.DRAFT, S.FILED, S.GIVEN_UP}),
    S.FILED: frozenset({S.CORRECTION, S.REFUSED, S.ANNOUNCED}),
    S.CORRECTION: frozenset({S.DRAFT, S.FILED, S.REFUSED, S.ANNOUNCED}),
    S.ANNOUNCED: frozenset({S.WITHDRAWING, S.WITHDRAWN, S.EXPIRED, S.LAPSED}),
    S.WITHDRAWING: frozenset({S.ANNOUNCED, S.WITHDRAWN, S.EXPIRED, S.LAPSED}),
    **dict.fromkeys(ENDED, frozenset()),
}
_COLUMNS = [column.key for column in OpenLicence.__table__.columns]


def lock(open_licence: OpenLicence) -> None:
    """Let nobody else change a declaration until the transaction ends, and read it as it is now."""
    session.flush()
    session.refresh(open_licence, attribute_names=_COLUMNS, with_for_update={"of": OpenLicence})


def change_state(
    actor: Actor, open_licence: OpenLicence, state: DeclarationState, effective_on: date | None = None, note: str = ""
) -> StateChange:
    """Take one step: `effective_on` is the day from which it holds (the gazette's, not that of recording).

    Writes the step and the audit entry, announces it. Raises Conflict for a step that does not follow.
    """
    before = open_licence.state
    if state not in NEXT[before]:
        sentence = _l(
            "“%(new)s” cannot follow “%(old)s”. Load the page anew.", new=STATE_NAMES[state], old=STATE_NAMES[before]
        )
        raise Conflict(sentence, code="state")
    open_licence.state = state
    step = note_step(actor, open_licence, effective_on or today(), note)
    record(actor, f"open_licence.{state.value}", open_licence, {"state": [before.value, state.value]})
    emit(OpenLicenceChanged(open_licence.id))
    if state is S.ANNOUNCED and before not in OPEN:
        emit(OpenLicenceAnnounced(open_licence.id))
    if state is S.WITHDRAWING:
        emit(WithdrawalFiled(open_licence.id))
    if before in OPEN and state in ENDED:
        emit(OpenLicenceEnded(open_licence.id))
    return step


def note_step(actor: Actor, open_licence: OpenLicence, effective_on: date, note: str = "") -> StateChange:
    """Write the present state of a declaration down as its next step, for the timeline and the feeds."""
    last = session.scalar(select(func.max(StateChange.position)).where(StateChange.open_licence_id == open_licence.id))
    step = StateChange(
        id=uuid7(), open_licence_id=open_licence.id, position=(last or 0) + 1, state=open_licence.state,
        effective_on=effective_on, note=note, changed_by_id=actor.user_id, created_at=now(),
    )  # fmt: skip
    open_licence.changed_at, open_licence.revision = now(), (open_licence.revision or 0) + 1
    session.add(step)
    session.flush()
    return step
