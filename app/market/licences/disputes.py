"""Disputes about a licence: negotiate, then mediation, then a court (专利法 art. 52). Duties go on meanwhile."""

from collections.abc import Sequence

from sqlalchemy import func, select

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import now
from app.core.db import guard, session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.market.licences.events import DisputeChanged
from app.market.licences.models import Dispute, DisputeEntry, DisputeState, EntryKind, Licence, LicenceState
from app.market.licences.policy import LicencePolicy

MAX_TEXT = 4000
ANSWERS = (EntryKind.ACCEPTED, EntryKind.REFUSED)


def open_dispute(actor: Actor, licence: Licence, claim: str, amount_minor: int | None = None) -> Dispute:
    """One side says what is wrong; `amount_minor` is what it claims, in fen. The licence and its duties go on.

    Raises Conflict when there is a dispute already or there was never a licence, Invalid without a claim.
    """
    ensure(actor, LicencePolicy.dispute, licence, known_to=LicencePolicy.view)
    if licence.state in {LicenceState.NOTICED, LicenceState.VOID}:
        raise Conflict(_l("There is no licence to dispute."), code="wrong_state")
    if amount_minor is not None and amount_minor <= 0:
        raise Invalid(_l("An amount above zero, or none."), field="amount")
    dispute = Dispute(
        id=uuid7(), licence_id=licence.id, licensor_id=licence.licensor_id, licensee_id=licence.licensee_id,
        state=DisputeState.NEGOTIATING, opened_by_id=actor.organisation_id, claim=_text(claim),
        amount_minor=amount_minor, opened_at=now(),
    )  # fmt: skip
    with guard({"licence_disputes_one_open": Conflict(_l("There is a dispute already; add to it."), code="disputed")}):
        session.add(dispute)
    licence.is_disputed, licence.changed_at = True, now()
    session.flush()
    record(actor, "licence_dispute.open", dispute, {"state": [None, "negotiating"]})
    add_entry(actor, dispute, EntryKind.STATEMENT, dispute.claim)
    return dispute


def say(actor: Actor, licence: Licence, dispute: Dispute, text: str) -> DisputeEntry:
    """A statement of a side, or a note of the operator while it mediates."""
    ensure(actor, LicencePolicy.dispute | LicencePolicy.mediate, licence, known_to=LicencePolicy.view)
    _lock(dispute)
    return add_entry(actor, dispute, EntryKind.NOTE if actor.is_operator else EntryKind.STATEMENT, _text(text))


def ask_mediation(actor: Actor, licence: Licence, dispute: Dispute) -> Dispute:
    """Either side asks the operator to mediate; asked twice is asked once. Raises Conflict before a court, or after."""
    ensure(actor, LicencePolicy.dispute, licence, known_to=LicencePolicy.view)
    _lock(dispute)
    if dispute.state is DisputeState.MEDIATING:
        return dispute
    if dispute.state is DisputeState.COURT:
        raise Conflict(_l("The dispute is with a court already."), code="wrong_state")
    return _step(actor, dispute, DisputeState.MEDIATING, DisputeState.MEDIATING.value)


def propose(actor: Actor, licence: Licence, dispute: Dispute, text: str) -> DisputeEntry:
    """The mediator's proposal; both sides answer it. A new one takes the place of one that is open."""
    ensure(actor, LicencePolicy.mediate, licence, known_to=LicencePolicy.view)
    _lock(dispute)
    if dispute.state is not DisputeState.MEDIATING:
        raise Conflict(_l("Nobody has asked for mediation."), code="wrong_state")
    return add_entry(actor, dispute, EntryKind.PROPOSAL, _text(text))


def answer_proposal(actor: Actor, licence: Licence, dispute: Dispute, *, accepts: bool, text: str = "") -> Dispute:
    """A side answers the last proposal, once. Accepted by both, the dispute is settled by it.

    Raises Conflict when there is none, or this side has answered.
    """
    ensure(actor, LicencePolicy.dispute, licence, known_to=LicencePolicy.view)
    _lock(dispute)
    proposal, since = last_proposal(_entries(dispute))
    if proposal is None or dispute.state is not DisputeState.MEDIATING:
        raise Conflict(_l("There is no proposal to answer."), code="no_proposal")
    if any(one.organisation_id == actor.organisation_id for one in since):
        raise Conflict(_l("Your organisation has answered this proposal."), code="answered")
    kind = EntryKind.ACCEPTED if accepts else EntryKind.REFUSED
    add_entry(actor, dispute, kind, _text(text) if text.strip() else "–")
    if accepts and any(one.kind is EntryKind.ACCEPTED for one in since):
        _settle(actor, licence, dispute, proposal.text)
    return dispute


def go_to_court(actor: Actor, licence: Licence, dispute: Dispute, court: str) -> Dispute:
    """A side turns to a court, or to CNIPA's mediation: name and, once known, case number. The file is exported."""
    ensure(actor, LicencePolicy.dispute, licence, known_to=LicencePolicy.view)
    _lock(dispute)
    dispute.court = _text(court)[:200]
    return _step(actor, dispute, DisputeState.COURT, dispute.court)


def settle(actor: Actor, licence: Licence, dispute: Dispute, outcome: str) -> Dispute:
    """The side that claims withdraws or is content; or the operator notes the judgment. Raises Conflict for others."""
    ensure(actor, LicencePolicy.dispute | LicencePolicy.mediate, licence, known_to=LicencePolicy.view)
    _lock(dispute)
    if not may_settle(actor, dispute):
        raise Conflict(_l("Only the side that claims can end the dispute by itself."), code="not_claimant")
    return _settle(actor, licence, dispute, _text(outcome))


def may_settle(actor: Actor, dispute: Dispute) -> bool:
    """Whether somebody who has to do with a dispute can end it: the side that claims, and the operator."""
    return actor.operates() or dispute.opened_by_id == actor.organisation_id


def last_proposal(entries: Sequence[DisputeEntry]) -> tuple[DisputeEntry | None, list[DisputeEntry]]:
    """The mediator's last proposal, None when there is none, and the answers to it so far."""
    proposals = [one for one in entries if one.kind is EntryKind.PROPOSAL]
    if not proposals:
        return None, []
    proposal = max(proposals, key=lambda one: one.position)
    return proposal, [one for one in entries if one.position > proposal.position and one.kind in ANSWERS]


def add_entry(actor: Actor, dispute: Dispute, kind: EntryKind, text: str) -> DisputeEntry:
    """One paper more. Callers have asked who may and hold the lock. Raises Conflict when it is settled."""
    if dispute.state is DisputeState.SETTLED:
        raise Conflict(_l("This dispute is settled."), code="settled")
    position = (
        session.scalar(select(func.max(DisputeEntry.position)).where(DisputeEntry.dispute_id == dispute.id)) or 0
    ) + 1
    entry = DisputeEntry(
        id=uuid7(), dispute_id=dispute.id, licensor_id=dispute.licensor_id, licensee_id=dispute.licensee_id,
        position=position, kind=kind, text=text, organisation_id=actor.organisation_id, written_by_id=actor.user_id,
        created_at=now(),
    )  # fmt: skip
    session.add(entry)
    session.flush()
    emit(DisputeChanged(dispute.id, position))
    return entry


def _step(actor: Actor, dispute: Dispute, state: DisputeState, text: str) -> Dispute:
    before = dispute.state
    add_entry(actor, dispute, EntryKind.STEP, text)
    dispute.state = state
    session.flush()
    record(actor, "licence_dispute.step", dispute, {"state": [before.value, state.value]})
    return dispute


def _settle(actor: Actor, licence: Licence, dispute: Dispute, outcome: str) -> Dispute:
    before = dispute.state
    add_entry(actor, dispute, EntryKind.STEP, outcome)
    dispute.outcome, dispute.state, dispute.settled_at = outcome, DisputeState.SETTLED, now()
    licence.is_disputed, licence.changed_at = False, now()
    session.flush()
    record(actor, "licence_dispute.settle", dispute, {"state": [before.value, "settled"]})
    return dispute


def _entries(dispute: Dispute) -> list[DisputeEntry]:
    statement = select(DisputeEntry).where(DisputeEntry.dispute_id == dispute.id).order_by(DisputeEntry.position)
    return list(session.scalars(statement))


def _lock(dispute: Dispute) -> None:
    session.flush()
    session.refresh(dispute, with_for_update={"of": Dispute})


def _text(text: str) -> str:
    tidy = text.strip()
    if not tidy or len(tidy) > MAX_TEXT:
        raise Invalid(_l("Write it in at most %(most)s characters.", most=MAX_TEXT), field="text")
    return tidy
