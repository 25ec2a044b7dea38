"""Who is told what about money, in the application and by mail (flows.md §2 N11–N16, N19)."""

from datetime import time
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.members.queries import people_in
from app.accounts.models import Organisation, Role, User
from app.accounts.organisations.queries import operator_ids
from app.core.db import session
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.notifications.kinds import Digest, DigestPart, register_kind, register_topic
from app.notifications.links import public_url
from app.notifications.operations import notify, queue_digest
from app.notifications.rendering import render_mail
from app.notifications.telling import mail_to
from app.settlement.payouts.queries import proposed_payout
from app.settlement.statements.models import Bill, BillState


def tell_finance(
    organisation_id: UUID,
    kind: str,
    key: str,
    parameters: dict[str, Any],
    path: str,
    *,
    mail: str | None = None,
    collected: bool = False,
) -> None:
    """Tell every owner and finance person, by mail as well when a template is named or the kind collects them."""
    for person in people_in(organisation_id, Role.OWNER, Role.FINANCE):
        notify(person.id, organisation_id, kind, key, parameters, path)
        if collected:
            queue_digest(person.id, organisation_id, kind, key, recipient=person.email, locale=person.locale)
        if mail is None:
            continue
        mail_to(person, key, f"settlement/mail/{mail}.txt", person=person, url=public_url(path), **parameters)


def tell_of_payout_day() -> int:
    """From the payout day on: who settles for the platform hears, once a month, that a payout draft waits to be made.

    Returns how many people there were to tell; nobody while nothing has been collected.
    """
    proposed = proposed_payout()
    if proposed is None:
        return 0
    told = [(person, each) for each in operator_ids() for person in people_in(each, Role.SETTLEMENT)]
    for person, operator_id in told:
        key = f"payout_to_draft:{proposed.since:%Y-%m}"
        parameters = {"amount": yuan(proposed.amount_minor), "institutions": proposed.institutions}
        notify(person.id, operator_id, "payout_to_draft", key, parameters, "/settlement/payouts")
    return len(told)


def yuan(minor: int) -> Money:
    """An amount for a notice."""
    return Money(minor)


def compose_overdue(part: DigestPart) -> tuple[str, str] | None:
    """One reminder for an organisation, however many of its bills are overdue; None when those told of are paid."""
    told = {UUID(key.split(":")[1]) for key in part.keys}
    overdue = (Bill.payer_id == part.organisation_id) & (Bill.state == BillState.OVERDUE)
    bills = session.scalars(select(Bill).where(overdue).order_by(Bill.due_on, Bill.number)).all()
    if part.organisation_id is None or not any(bill.id in told for bill in bills):
        return None
    path = "/bills?state=overdue" if len(bills) > 1 else f"/bills/{bills[0].id}"
    return render_mail(
        "settlement/mail/bill_overdue.txt",
        part.locale,
        person=session.get_one(User, part.user_id),
        organisation=session.get_one(Organisation, part.organisation_id),
        bills=bills,
        total=yuan(sum(bill.outstanding_minor for bill in bills)),
        url=public_url(path),
    )


register_topic("money", _l("Bills and statements"))
for _name, _sentence, _icon in (
    ("bill_issued", _l("Bill for %(month)s: %(amount)s, due %(due)s"), "receipt-text"),
    ("bill_settled", _l("Bill for %(month)s: %(amount)s, already paid from what you had paid before"), "circle-check"),
    ("payment_received", _l("Received: %(amount)s"), "circle-check"),
    ("payment_undone", _l("Receipt %(number)s is void: %(amount)s was not meant for you"), "undo-2"),
    ("statement_issued", _l("Statement for %(month)s: %(amount)s"), "receipt-text"),
    ("payout_to_draft", _l("Payout draft waits: %(amount)s collected for %(institutions)s institutions"), "banknote"),
    ("payout_paid", _l("Paid out: %(amount)s"), "banknote"),
    ("payout_returned", _l("Payout returned: check your bank account"), "triangle-alert"),
    ("credit_note_approved", _l("Taken back: %(amount)s of %(number)s"), "undo-2"),
):
    register_kind(_name, sentence=_sentence, icon=_icon, topic="money")
register_kind(
    "bill_overdue",
    sentence=_l("Overdue: %(amount)s of bill %(number)s"),
    icon="triangle-alert",
    topic="money",
    digest=Digest(hours=(time(8, 30),), compose=compose_overdue),
)
