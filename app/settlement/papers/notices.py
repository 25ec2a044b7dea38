"""Who is told what about money, in the application and by mail (flows.md §2 N11–N16, N19)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.accounts.models import Membership, Role, User
from app.core.db import session
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.notifications.kinds import register_kind, register_topic
from app.notifications.operations import notify, queue_mail
from app.notifications.rendering import render_mail

register_topic("money", _l("Bills and statements"))
for _name, _sentence, _icon in (
    ("bill_issued", _l("Bill for %(month)s: %(amount)s, due %(due)s"), "receipt-text"),
    ("bill_overdue", _l("Overdue: %(amount)s of bill %(number)s"), "triangle-alert"),
    ("payment_received", _l("Received: %(amount)s"), "circle-check"),
    ("payment_undone", _l("Receipt %(number)s is void: %(amount)s was not meant for you"), "undo-2"),
    ("statement_issued", _l("Statement for %(month)s: %(amount)s"), "receipt-text"),
    ("payout_paid", _l("Paid out: %(amount)s"), "banknote"),
    ("payout_returned", _l("Payout returned: check your bank account"), "triangle-alert"),
    ("credit_note_approved", _l("Taken back: %(amount)s of %(number)s"), "undo-2"),
):
    register_kind(_name, sentence=_sentence, icon=_icon, topic="money")


def finance_of(organisation_id: UUID) -> Sequence[User]:
    """Owners and finance people of an organisation."""
    return session.scalars(
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organisation_id == organisation_id,
            Membership.requested_at.is_(None),
            Membership.roles.overlap([Role.OWNER.value, Role.FINANCE.value]),
            User.disabled_at.is_(None),
        )
        .order_by(User.id)
    ).all()


def tell_finance(
    organisation_id: UUID, kind: str, key: str, parameters: dict[str, Any], path: str, *, mail: str | None = None
) -> None:
    """Tell every owner and finance person, by mail as well when a template is named."""
    public_url = str(current_app.config["JISHI"].public_url)
    for person in finance_of(organisation_id):
        notify(person.id, organisation_id, kind, key, parameters, path)
        if mail is None:
            continue
        subject, body = render_mail(
            f"settlement/mail/{mail}.txt", person.locale, person=person, url=f"{public_url}{path}", **parameters
        )
        queue_mail(key=f"{key}:{person.id}", recipient=person.email, locale=person.locale, subject=subject, body=body)


def yuan(minor: int) -> Money:
    """An amount for a notice."""
    return Money(minor)
