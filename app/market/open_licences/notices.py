"""Who of the patentee is told what about a declaration: P2 objection, P3 ready or correction, P4 announced, P11."""

from typing import Any

from sqlalchemy.orm import joinedload

from app.accounts.members.queries import people_in
from app.accounts.models import Role
from app.core.db import session
from app.core.events import subscribe
from app.core.i18n import lazy_gettext as _l
from app.market.open_licences.events import (
    ConsentAnswered,
    ObjectionClosed,
    ObjectionRaised,
    OpenLicenceChanged,
    OpenLicenceReturned,
)
from app.market.open_licences.models import Consent, ConsentState, DeclarationState, Objection, OpenLicence
from app.market.open_licences.queries import changes_of, declaration
from app.market.open_licences.wording import STATE_NAMES
from app.market.patents.policy import OFFICERS
from app.market.patents.words import titles_of
from app.notifications.kinds import register_kind, register_topic
from app.notifications.links import public_url
from app.notifications.operations import notify
from app.notifications.telling import mail_to

S = DeclarationState
register_topic("open_licences", _l("Open licences"))
for _name, _sentence, _icon in (
    ("declaration_consenting", _l("Consents and publicity have begun: %(patent)s"), "hourglass"),
    ("declaration_ready", _l("Ready to file: %(patent)s"), "file-check"),
    ("declaration_correction", _l("Correction wanted: %(patent)s"), "circle-alert"),
    ("declaration_announced", _l("Announced: %(patent)s"), "stamp"),
    ("declaration_ended", _l("%(patent)s: %(state)s"), "circle-x"),
    ("declaration_withdrawal", _l("Withdrawal of %(patent)s: %(state)s"), "undo-2"),
    ("declaration_objection", _l("Objection: %(patent)s"), "triangle-alert"),
    ("declaration_objection_closed", _l("Your objection is closed: %(patent)s"), "check"),
    ("declaration_consent", _l("%(party)s has agreed: %(patent)s"), "check"),
    ("declaration_refusal", _l("%(party)s has refused: %(patent)s"), "circle-x"),
    ("declaration_returned", _l("Sent back by the operator: %(patent)s"), "circle-alert"),
):
    register_kind(_name, sentence=_sentence, icon=_icon, topic="open_licences")
KINDS = {
    S.CONSENTING: "declaration_consenting", S.READY: "declaration_ready", S.CORRECTION: "declaration_correction",
    S.ANNOUNCED: "declaration_announced", S.WITHDRAWING: "declaration_withdrawal",
    S.WITHDRAWN: "declaration_withdrawal", S.GIVEN_UP: "declaration_ended",
    S.REFUSED: "declaration_ended", S.EXPIRED: "declaration_ended",
    S.LAPSED: "declaration_ended",
}  # fmt: skip


@subscribe(OpenLicenceChanged)
def tell_of_steps(event: OpenLicenceChanged) -> None:
    """P1, P3, P4 and P11 to the office, each step once; inventors learn of the announcement too."""
    declared = declaration(event.open_licence_id)
    for step in changes_of(declared):
        kind = KINDS.get(step.state)
        if kind is not None:
            roles = (*OFFICERS, Role.INVENTOR) if step.state is S.ANNOUNCED else OFFICERS
            _tell(kind, declared, step.position, roles, state=STATE_NAMES[step.state])


@subscribe(ObjectionRaised)
def tell_of_objection(event: ObjectionRaised) -> None:
    """P2 to the office."""
    objection = session.get_one(Objection, event.objection_id)
    _tell("declaration_objection", declaration(objection.open_licence_id), objection.id, OFFICERS)


@subscribe(ObjectionClosed)
def tell_of_closing(event: ObjectionClosed) -> None:
    """Whoever has objected learns that it is answered and closed."""
    objection = session.get_one(Objection, event.objection_id)
    declared = declaration(objection.open_licence_id)
    if objection.raised_by_id is not None:
        key = f"declaration_objection_closed:{objection.id}"
        url = f"/open-licences/{declared.id}/publicity"
        words = {"patent": titles_of(declared.patent)}
        notify(objection.raised_by_id, declared.owner_id, "declaration_objection_closed", key, words, url)


@subscribe(ConsentAnswered)
def tell_of_answer(event: ConsentAnswered) -> None:
    """The office learns who has agreed or refused."""
    consent = session.get_one(Consent, event.consent_id, options=[joinedload(Consent.open_licence)])
    if consent.state is ConsentState.VOID:
        return
    kind = "declaration_consent" if consent.state is ConsentState.AGREED else "declaration_refusal"
    _tell(kind, declaration(consent.open_licence_id), consent.id, OFFICERS, party=consent.party_name)


@subscribe(OpenLicenceReturned)
def tell_of_return(event: OpenLicenceReturned) -> None:
    """The office learns that the operator has sent it back."""
    declared = declaration(event.open_licence_id)
    _tell("declaration_returned", declared, declared.revision, OFFICERS)


def _tell(kind: str, declared: OpenLicence, tag: object, roles: tuple[Role, ...], **more: Any) -> None:
    """A notice and a mail to the people of the patentee in these roles; once for a declaration, kind and tag."""
    key, url = f"{kind}:{declared.id}:{tag}", f"/open-licences/{declared.id}/declare"
    for person in people_in(declared.owner_id, *roles):
        if not notify(person.id, declared.owner_id, kind, key, {"patent": titles_of(declared.patent), **more}, url):
            continue
        mail_to(
            person,
            key,
            "market/open_licences/mail/step.txt",
            person=person,
            declared=declared,
            kind=kind,
            more=more,
            url=public_url(url),
        )
