"""Holding the proceeds of a charge, and letting them go when prepayment or deposit is agreed."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select, update

from app.accounts.models import Actor
from app.accounts.proofs import digest_of
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.i18n import DEFAULT_LOCALE
from app.core.i18n import lazy_gettext as _l
from app.core.ids import secret_token, uuid7
from app.core.policy import ensure
from app.core.tenancy import everybody
from app.core.wording import one_line
from app.files.models import StoredFile
from app.ledger.operations import lock_books
from app.notifications.links import absolute_link
from app.notifications.operations import queue_mail, render_mail
from app.settlement.models import Charge
from app.settlement.payments.models import Collection
from app.settlement.proceeds.models import ELSEWHERE, ProceedsChoice, ProceedsHold
from app.settlement.proceeds.policy import ProceedsPolicy
from app.settlement.statements.models import BillLine, StatementLine

ACCOUNT = ("bank_name", "bank_account", "bank_account_name")


def hold_proceeds(
    actor: Actor, charge: Charge, reason: str, *, pledgee: str = "", email: str = "", locale: str = DEFAULT_LOCALE
) -> ProceedsHold:
    """Keep what is collected for a charge out of payouts until two persons have noted what owner and pledgee agreed on
    (民法典第四百四十四条). A pledgee with an address gets a link to what is held for it.

    Done again it is the first hold, decided or not. Raises Invalid without a reason, Conflict when the money is in a
    payout already.
    """
    ensure(actor, ProceedsPolicy.hold, charge)
    if not reason.strip():
        raise Invalid(_l("Say why."), field="reason")
    lock_books()
    known = session.scalars(select(ProceedsHold).where(ProceedsHold.charge_id == charge.id)).one_or_none()
    if known is not None:
        return known
    paid_out = (
        select(Collection.id)
        .join(BillLine, BillLine.id == Collection.bill_line_id)
        .join(StatementLine, StatementLine.id == BillLine.statement_line_id)
        .where(StatementLine.charge_id == charge.id, Collection.payout_id.is_not(None))
    )
    if session.scalar(paid_out.limit(1)) is not None:
        raise Conflict(_l("The proceeds of this charge are in a payout already."), code="in_payout")
    hold = ProceedsHold(
        id=uuid7(), charge_id=charge.id, provider_id=charge.provider_id, reason=reason.strip(), pledgee=pledgee,
        held_by_id=actor.user_id, held_at=now(), payee={},
    )  # fmt: skip
    session.add(hold)
    session.flush()
    if email:
        _send_link(hold, charge, email, locale)
    record(actor, "proceeds.hold", hold, {"reason": [None, hold.reason]})
    return hold


def _send_link(hold: ProceedsHold, charge: Charge, email: str, locale: str) -> None:
    token = secret_token()
    hold.link_hash = digest_of(token)
    session.flush()
    subject, body = render_mail(
        "settlement/mail/proceeds_held.txt", locale, pledgee=hold.pledgee, number=charge.subject_number,
        what={"zh_CN": charge.description, "en": charge.description_en or charge.description},
        url=absolute_link("held.show", token=token),
    )  # fmt: skip
    queue_mail(key=f"proceeds_held:{hold.id}", recipient=email, locale=locale, subject=subject, body=body)


def move_hold(before: UUID, after: UUID) -> None:
    """A charge was replaced before its bill: what held the proceeds of the one holds those of the other."""
    with everybody():  # the customer whose correction it is does not see it
        session.execute(
            update(ProceedsHold)
            .where(ProceedsHold.charge_id == before)
            .values(charge_id=after)
            .execution_options(synchronize_session="fetch")
        )


def drop_hold(charge_id: UUID) -> None:
    """Nothing will come in for a charge any more."""
    with everybody():
        hold = session.scalars(select(ProceedsHold).where(ProceedsHold.charge_id == charge_id)).one_or_none()
        if hold is not None and hold.is_open:
            session.delete(hold)
            session.flush()


def propose_release(
    actor: Actor, hold: ProceedsHold, choice: ProceedsChoice, file: StoredFile, payee: Mapping[str, str] | None = None
) -> ProceedsHold:
    """Write down what owner and pledgee have agreed on, with their paper; another person confirms it.

    Prepayment and deposit name the account that gets the money. A new proposal takes the place of the one before.
    Raises Invalid for an account that is not whole, Conflict when it is decided.
    """
    ensure(actor, ProceedsPolicy.propose, hold, known_to=ProceedsPolicy.view)
    if actor.user_id is None:
        raise Forbidden(_l("A person proposes this."))
    _lock(hold)
    account = {name: one_line((payee or {}).get(name, "")) for name in ACCOUNT}
    if choice in ELSEWHERE and not all(account.values()):
        raise Invalid(_l("Write bank, account and its name."), field="bank_account")
    hold.proposed_choice, hold.proposed_by_id, hold.proposed_at = choice.value, actor.user_id, now()
    hold.payee, hold.file_id = (account if choice in ELSEWHERE else {}), file.id
    session.flush()
    record(actor, "proceeds.propose", hold, {"choice": [None, choice.value]})
    return hold


def refuse_release(actor: Actor, hold: ProceedsHold) -> ProceedsHold:
    """The second person does not agree: the money stays held, the proposal is gone."""
    ensure(actor, ProceedsPolicy.release, hold, known_to=ProceedsPolicy.view)
    _lock(hold)
    before = hold.proposed_choice
    hold.proposed_choice = hold.proposed_by_id = hold.proposed_at = hold.file_id = None
    hold.payee = {}
    session.flush()
    record(actor, "proceeds.refuse", hold, {"choice": [before, None]})
    return hold


def confirm_release(actor: Actor, hold: ProceedsHold) -> ProceedsHold:
    """The second person agrees: what is collected goes into the next payout, to the account that was proposed or to
    the owner. Again it changes nothing. Raises Forbidden for who proposed it, Conflict without a proposal.
    """
    ensure(actor, ProceedsPolicy.release, hold, known_to=ProceedsPolicy.view)
    lock_books()
    session.refresh(hold, with_for_update={"of": ProceedsHold})
    if not hold.is_open:
        return hold
    if hold.proposed_choice is None:
        raise Conflict(_l("Nothing is proposed yet."), code="not_proposed")
    if actor.user_id is None or actor.user_id == hold.proposed_by_id:
        raise Forbidden(_l("Who proposed this cannot confirm it. Ask a colleague."), code="two_persons")
    hold.choice = ProceedsChoice(hold.proposed_choice)
    hold.decided_by_id, hold.decided_at = actor.user_id, now()
    session.flush()
    record(actor, "proceeds.release", hold, {"choice": [None, hold.choice.value]})
    return hold


def _lock(hold: ProceedsHold) -> None:
    lock_books()
    session.refresh(hold, with_for_update={"of": ProceedsHold})
    if not hold.is_open:
        raise Conflict(_l("This is decided already."), code="decided")
