"""Who is told what about licences, in the application and by mail at once (flows-market.md §2 P5–P7, P10, P11)."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from app.accounts.members.queries import people_in
from app.accounts.models import Role, User
from app.core.i18n import force_locale
from app.core.i18n import lazy_gettext as _l
from app.market.licences.models import Licence
from app.market.licences.queries import (
    declaration_with_patent,
    licence_with_parties,
    live_count,
    live_licences,
    unpaid_notices,
)
from app.market.open_licences.models import DeclarationState, OpenLicence
from app.market.patents.words import titles_of
from app.notifications.kinds import register_kind, register_topic
from app.notifications.links import public_url
from app.notifications.operations import notify, queue_mail
from app.notifications.rendering import render_mail
from app.notifications.telling import sentence_of

LICENSOR = (Role.OWNER, Role.TRANSFER)
LICENSEE = (Role.OWNER, Role.TRANSFER, Role.FINANCE)
TEMPLATE = "market/licences/mail/told.txt"

register_topic("licences", _l("Licences"))
for _name, _sentence, _icon in (
    ("licence_noticed", _l("Notice received: %(patent)s"), "mail"),
    ("licence_given", _l("Notice delivered: %(patent)s"), "mail-check"),
    ("licence_unpaid", _l("Notice of %(day)s not paid yet: %(patent)s"), "hourglass"),
    ("licence_effect", _l("Licence %(number)s in effect %(day)s"), "badge-check"),
    ("licence_void", _l("No licence: %(patent)s. %(reason)s"), "circle-x"),
    ("licence_filing", _l("%(days)s days to file %(number)s"), "hourglass"),
    ("licence_filing_late", _l("Filing of %(number)s is late"), "hourglass"),
    ("licence_filed", _l("Licence %(number)s is filed with CNIPA"), "file-check"),
    ("licence_ended", _l("Licence %(number)s has ended: %(reason)s"), "circle-x"),
    ("licence_review", _l("Licence %(number)s is being looked at: a withdrawal was recorded late"), "scale"),
    ("licence_reviewed", _l("Decided about %(number)s: %(reason)s"), "scale"),
    ("licence_withdrawal", _l("Withdrawal %(patent)s: %(state)s"), "undo-2"),
    ("licence_dispute", _l("Dispute about %(number)s: %(what)s"), "scale"),
):
    register_kind(_name, sentence=_sentence, icon=_icon, topic="licences")


def tell_parties(kind: str, licence: Licence, tag: object, lines: Sequence[object] = (), **more: Any) -> None:
    """A notice and a mail to both sides of a licence; once for a licence, kind and tag."""
    tell_licensor(kind, licence, tag, lines, **more)
    tell_licensee(kind, licence, tag, lines, **more)


def tell_licensor(kind: str, licence: Licence, tag: object, lines: Sequence[object] = (), **more: Any) -> None:
    """Owners and transfer officers of the patentee."""
    _tell(kind, licence, licence.licensor_id, people_in(licence.licensor_id, *LICENSOR), tag, lines, more)


def tell_licensee(kind: str, licence: Licence, tag: object, lines: Sequence[object] = (), **more: Any) -> None:
    """Owners, transfer officers and finance of the licensee."""
    _tell(kind, licence, licence.licensee_id, people_in(licence.licensee_id, *LICENSEE), tag, lines, more)


def tell_people(
    kind: str, licence: Licence, people: Iterable[User], organisation_id: UUID, tag: object, **more: Any
) -> None:
    """Other people, such as the operator’s."""
    _tell(kind, licence, organisation_id, people, tag, (), more)


def _tell(
    kind: str,
    licence: Licence,
    organisation_id: UUID,
    people: Iterable[User],
    tag: object,
    lines: Sequence[object],
    more: dict[str, Any],
) -> None:
    licence = licence_with_parties(licence.id)
    key = f"{kind}:{licence.id}:{tag}"
    parameters = {"number": licence.number or licence.notice_no, "patent": titles_of(licence.patent), **more}
    for person in people:
        if notify(person.id, organisation_id, kind, key, parameters, f"/licences/{licence.id}"):
            subject, body = worded(kind, licence, person.locale, person.name, lines, parameters)
            queue_mail(
                key=f"{key}:{person.id}", recipient=person.email, locale=person.locale, subject=subject, body=body
            )


def worded(
    kind: str, licence: Licence, locale: str | None, name: str, lines: Sequence[object], parameters: dict[str, Any]
) -> tuple[str, str]:
    """Subject and body of the mail that says what the notice says, and more."""
    sentence = sentence_of(kind, locale, parameters)
    with force_locale(locale or "zh_CN"):
        more = [str(line) for line in lines]
    url = public_url(f"/licences/{licence.id}")
    return render_mail(TEMPLATE, locale, sentence=sentence, name=name, lines=more, licence=licence, url=url)


def deliver_notice(licence: Licence) -> None:
    """The notice in the inbox that the declaration names: to the office’s people here and to its address by mail."""
    licence = licence_with_parties(licence.id)
    lines = (
        _l("Received on %(day)s. The licence takes effect once the announced fee is paid; your consent is not needed.",
           day=licence.received_on.isoformat()),
        "", licence.notice_text, "", f"SHA-256 {licence.notice_hash}",
    )  # fmt: skip
    tell_licensor("licence_noticed", licence, "given", lines)
    declaration = declaration_with_patent(licence.open_licence_id) if licence.open_licence_id else None
    if declaration is not None and declaration.notice_email:
        parameters = {"patent": titles_of(licence.patent), "number": licence.notice_no}
        subject, body = worded("licence_noticed", licence, "zh_CN", declaration.notice_name, lines, parameters)
        queue_mail(
            key=f"licence_noticed:{licence.id}:inbox", recipient=declaration.notice_email, locale="zh_CN",
            subject=subject, body=body,
        )  # fmt: skip
    if licence.due_now_minor:
        tell_licensee("licence_given", licence, "given", (_l("Notice delivered. No licence until paid."),))


STATES = {
    DeclarationState.WITHDRAWING: _l("filed, still open until announced"),
    DeclarationState.WITHDRAWN: _l("announced"),
}
BEFORE = _l("Withdrawal filed; notice and payment before its announcement count.")
AFTER = _l("Withdrawn. Only a payment that the bank has dated before the announcement still counts.")
UNTOUCHED = _l("Licences given before are untouched.")


def tell_withdrawal(declaration: OpenLicence) -> None:
    """P11: at once to those who have not paid, to the licensees, and to the patentee’s office with how many go on."""
    state = STATES.get(declaration.state)
    if state is None:
        return
    is_over = declaration.state is DeclarationState.WITHDRAWN
    for licence in unpaid_notices(declaration.id):
        tell_licensee("licence_withdrawal", licence, declaration.state, (AFTER if is_over else BEFORE,), state=state)
    given = live_licences(declaration.id)
    for licence in given:
        tell_licensee("licence_withdrawal", licence, declaration.state, (UNTOUCHED,), state=state)
    if given:
        count = _l("%(count)s licences stay untouched.", count=live_count(declaration.id))
        tell_licensor("licence_withdrawal", given[0], declaration.state, (count,), state=state)
