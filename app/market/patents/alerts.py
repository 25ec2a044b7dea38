"""What a portfolio's owner is told by itself, and rights that end by themselves (flows-market.md §2 ⚙; 实施细则 115).

Everything is keyed by patent and occasion, so that a day tended twice tells and changes nothing a second time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, or_, select

from app.accounts.members.queries import people_in
from app.accounts.models import SYSTEM, Role, User
from app.core.clock import today
from app.core.db import session
from app.core.i18n import force_locale
from app.core.i18n import lazy_gettext as _l
from app.core.workdays import add_months
from app.market.patents.annuities import dues
from app.market.patents.models import Encumbrance, EncumbranceKind, LegalStatus, Patent
from app.market.patents.operations import end_patent
from app.market.patents.queries import WITH_PEOPLE
from app.market.patents.reliefs import Relief, next_due_with, reliefs_of_all
from app.market.patents.terms import AnnuityState, annuity_state
from app.market.patents.words import due_words, titles_of
from app.market.settings import settings
from app.notifications.kinds import kind_of, register_kind, register_topic
from app.notifications.links import public_url
from app.notifications.operations import notify, queue_mail
from app.notifications.parameters import to_json, to_words
from app.notifications.rendering import render_mail

TOLD = (Role.OWNER, Role.TRANSFER, Role.FINANCE)

register_topic("patents", _l("Patents"))
for _name, _sentence, _icon in (
    ("annuity_due", _l("Annuity of year %(year)s due %(day)s, %(sum)s: %(patent)s"), "calendar"),
    ("annuity_late", _l("Annuity of year %(year)s late, %(sum)s today, right ends after %(day)s: %(patent)s"), "timer"),
    ("patent_lapsed", _l("Right ended, annuity of year %(year)s not paid by %(day)s: %(patent)s"), "circle-x"),
    ("patent_expiring", _l("Protected until %(day)s: %(patent)s"), "calendar"),
    ("patent_expired", _l("Term ended %(day)s: %(patent)s"), "history"),
    ("pledge_ending", _l("Pledge ends %(day)s: %(patent)s"), "calendar"),
):
    register_kind(_name, sentence=_sentence, icon=_icon, topic="patents")


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell of a patent; `occasion` makes it unique."""

    kind: str
    occasion: str
    parameters: dict[str, Any]


def owners_to_tend() -> Sequence[UUID]:
    """Owners of patents of which something has to be told or ended today."""
    statement = select(Patent.owner_id).where(_matters(today())).distinct().order_by(Patent.owner_id)
    return session.scalars(statement).all()


def _matters(day: date) -> Any:
    due = dues(day)
    far = add_months(day, -(-settings.days("expiry_alert_days")[-1] // 28))
    pledged = exists().where(
        Encumbrance.patent_id == Patent.id, Encumbrance.kind == EncumbranceKind.PLEDGE, Encumbrance.ends_on > day
    )
    living = and_(Patent.legal_status == LegalStatus.IN_FORCE, or_(Patent.expires_on <= far, pledged))
    return or_(due.soon, due.late, due.over, living)


def tend_portfolio(owner_id: UUID) -> int:
    """End what has ended and tell the owner's people what is new; returns how many notices were."""
    day = today()
    statement = select(Patent).options(*WITH_PEOPLE).where(Patent.owner_id == owner_id, _matters(day))
    patents = session.scalars(statement.order_by(Patent.number).with_for_update(of=Patent)).unique().all()
    reliefs = reliefs_of_all(patents)
    told = [(patent, alert) for patent in patents for alert in alerts_on(patent, day, reliefs[patent.id])]
    for patent in patents:
        status = ended_status(patent, day)
        if status is not None:
            end_patent(SYSTEM, patent, status)
    people = people_in(owner_id, *TOLD) if told else ()
    return sum(_tell(person, owner_id, told, day) for person in people)


def ended_status(patent: Patent, day: date) -> LegalStatus | None:
    """What a patent in force has become by a day: expired with its term, lapsed with the late period."""
    if patent.legal_status is not LegalStatus.IN_FORCE:
        return None
    if patent.expires_on <= day:
        return LegalStatus.EXPIRED
    return LegalStatus.LAPSED if annuity_state(patent, day) is AnnuityState.LAPSED else None


def alerts_on(patent: Patent, day: date, reliefs: Sequence[Relief] = ()) -> Iterator[Alert]:
    """What is to be told of a patent in force on a day; `encumbrances` must be loaded, `reliefs` are its known ones."""
    if patent.legal_status is not LegalStatus.IN_FORCE:
        return
    if patent.expires_on <= day:
        yield Alert("patent_expired", "", {"day": patent.expires_on})
        return
    yield from _annuity_alerts(patent, day, reliefs)
    left = _reached((patent.expires_on - day).days, settings.days("expiry_alert_days"))
    if left is not None:
        yield Alert("patent_expiring", str(left), {"day": patent.expires_on})
    for one in patent.encumbrances:
        if one.kind is EncumbranceKind.PLEDGE and one.is_active(day) and one.ends_on is not None:
            left = _reached((one.ends_on - day).days, settings.days("pledge_alert_days"))
            if left is not None:
                yield Alert("pledge_ending", f"{one.id}:{one.ends_on}:{left}", {"day": one.ends_on})


def _annuity_alerts(patent: Patent, day: date, reliefs: Sequence[Relief]) -> Iterator[Alert]:
    state, priced = annuity_state(patent, day), next_due_with(patent, reliefs, day)
    if priced is None:
        return
    due = priced.annuity
    said: dict[str, Any] = {"year": due.year, "sum": due_words(priced)}
    if state is AnnuityState.LAPSED:
        yield Alert("patent_lapsed", str(due.year), {**said, "day": due.late_until})
    elif state is AnnuityState.LATE:
        months = sum(day > add_months(due.due_on, count) for count in range(1, settings.number("late_months")))
        yield Alert("annuity_late", f"{due.year}:{months}", {**said, "day": due.late_until})
    elif state is AnnuityState.PAID:
        left = _reached((due.due_on - day).days, settings.days("annuity_alert_days"))
        if left is not None:
            yield Alert("annuity_due", f"{due.year}:{left}", {**said, "day": due.due_on})


def _reached(days: int, thresholds: Sequence[int]) -> int | None:
    """The nearest threshold that so many days lie within."""
    return next((most for most in thresholds if days <= most), None)


def _tell(person: User, owner_id: UUID, told: Sequence[tuple[Patent, Alert]], day: date) -> int:
    """A notice for each thing, and one mail with those that are new."""
    sentences = []
    with force_locale(person.locale or "zh_CN"):
        for patent, alert in told:
            titles = {locale: f"{title} {patent.shown_number}" for locale, title in titles_of(patent).items()}
            parameters = {"patent": titles, **alert.parameters}
            key = f"{alert.kind}:{patent.id}:{alert.occasion}"
            if notify(person.id, owner_id, alert.kind, key, parameters, f"/our/patents/{patent.id}"):
                sentences.append(str(kind_of(alert.kind).sentence) % to_words(to_json(parameters)))
    if sentences:
        url = public_url("/our/patents")
        subject, body = render_mail(
            "market/patents/mail/alerts.txt", person.locale, sentences=sentences, name=person.name, url=url
        )
        key = f"patents:{owner_id}:{person.id}:{day}"
        queue_mail(key=key, recipient=person.email, locale=person.locale, subject=subject, body=body)
    return len(sentences)
