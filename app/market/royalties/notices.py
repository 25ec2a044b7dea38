"""Who is told what about royalties, in the application and by mail (flows-market.md §2 P8–P10)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.members.queries import people_in
from app.accounts.models import Role
from app.core.clock import today
from app.core.db import session
from app.core.events import subscribe
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.market.licences.models import Licence
from app.market.royalties.events import (
    RoyaltyAnswered,
    RoyaltyDue,
    RoyaltyLate,
    RoyaltyQuestioned,
    RoyaltyReported,
)
from app.market.royalties.models import PeriodState, RoyaltyPeriod, RoyaltyQuestion, RoyaltyReport
from app.notifications.kinds import register_kind, register_topic
from app.notifications.links import public_url
from app.notifications.operations import notify
from app.notifications.telling import mail_to, sentence_of

OFFICE = (Role.OWNER, Role.TRANSFER, Role.FINANCE)

register_topic("licences", _l("Licences"))
for _name, _sentence, _icon in (
    ("royalty_due", _l("Royalty report %(number)s due %(due)s"), "file-pen"),
    ("royalty_late", _l("Royalty report %(number)s is late. No sales? Report zero."), "triangle-alert"),
    ("royalty_billed", _l("Royalty %(amount)s: %(number)s"), "receipt-text"),
    ("royalty_reported", _l("Royalty reported: %(amount)s, %(number)s"), "coins"),
    ("royalty_questioned", _l("%(number)s questioned: answer by %(due)s"), "circle-help"),
    ("royalty_answered", _l("Question about %(number)s answered"), "message-square"),
):
    register_kind(_name, sentence=_sentence, icon=_icon, topic="licences")


@subscribe(RoyaltyDue)
def tell_of_due_report(event: RoyaltyDue) -> None:
    """P8. One that was reported meanwhile, or fell away with its licence, is not asked for."""
    period = session.get(RoyaltyPeriod, event.period_id)
    if period is not None and period.state is PeriodState.DUE and not period.is_late:
        _tell("royalty_due", period, period.licensee_id, event.reminder, due=period.due_on)


@subscribe(RoyaltyLate)
def tell_of_late_report(event: RoyaltyLate) -> None:
    """M10 to the licensee, and the licensor knows too."""
    period = session.get(RoyaltyPeriod, event.period_id)
    if period is not None and period.state is PeriodState.DUE:
        for organisation_id in (period.licensee_id, period.licensor_id):
            _tell("royalty_late", period, organisation_id, "late", due=period.due_on)


@subscribe(RoyaltyReported)
def tell_of_report(event: RoyaltyReported) -> None:
    """P9 to both: the licensee has its bill, the licensor can ask."""
    report = session.get_one(RoyaltyReport, event.report_id)
    period = session.get_one(RoyaltyPeriod, report.period_id)
    amount = Money(report.due_minor, report.currency)
    if report.fee_note_id is not None:
        _tell("royalty_billed", period, period.licensee_id, report.id, amount=amount)
    _tell("royalty_reported", period, period.licensor_id, report.id, amount=amount)


@subscribe(RoyaltyQuestioned)
def tell_of_question(event: RoyaltyQuestioned) -> None:
    """P10."""
    question = session.get_one(RoyaltyQuestion, event.question_id)
    period = session.get_one(RoyaltyPeriod, question.period_id)
    due = question.answer_due_on
    _tell("royalty_questioned", period, question.licensee_id, question.id, (question.text,), due=due)


@subscribe(RoyaltyAnswered)
def tell_of_answer(event: RoyaltyAnswered) -> None:
    """The licensor learns that the licensee has answered."""
    question = session.get_one(RoyaltyQuestion, event.question_id)
    period = session.get_one(RoyaltyPeriod, question.period_id)
    due = period.question_until or today()
    _tell("royalty_answered", period, question.licensor_id, question.id, (question.answer,), due=due)


def _tell(
    kind: str, period: RoyaltyPeriod, organisation_id: UUID, tag: object, lines: Sequence[str] = (), **more: Any
) -> None:
    """A notice and a mail to the people of one side; once for a period, kind and tag."""
    number = session.scalar(select(Licence.number).where(Licence.id == period.licence_id)) or ""
    key, path = f"{kind}:{period.id}:{tag}", f"/royalties/{period.id}"
    parameters = {"number": f"{number}-{period.position:02d}", **more}
    for person in people_in(organisation_id, *OFFICE):
        if not notify(person.id, organisation_id, kind, key, parameters, path):
            continue
        mail_to(
            person,
            key,
            "market/royalties/mail/told.txt",
            sentence=sentence_of(kind, person.locale, parameters),
            person=person,
            lines=lines,
            url=public_url(path),
        )
