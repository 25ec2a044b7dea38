"""Who is told about negotiations, in the application and by mail (flows-market.md §2 P12, P13)."""

from collections.abc import Sequence
from uuid import UUID

from app.accounts.members.queries import people_in
from app.core.i18n import lazy_gettext as _l
from app.market.licences.words import reason_word
from app.market.negotiations.models import Contract, Negotiation, Side
from app.market.patents.policy import OFFICERS
from app.market.patents.words import titles_of
from app.notifications.kinds import register_kind
from app.notifications.links import public_url
from app.notifications.operations import notify
from app.notifications.telling import mail_to

register_kind("negotiation_offer", sentence=_l("Offer: %(patent)s"), icon="hand-coins", topic="licences")
register_kind("contract_to_sign", sentence=_l("Sign %(number)s"), icon="pen-line", topic="licences")
register_kind("negotiation_ended", sentence=_l("Negotiation over: %(patent)s"), icon="circle-x", topic="licences")


def tell_offer(negotiation: Negotiation, revision: int) -> None:
    """P12: the other side learns of a proposal and by when to answer."""
    _tell(
        "negotiation_offer", negotiation, [negotiation.turn], "offer", f"{revision}", f"/negotiations/{negotiation.id}"
    )


def tell_to_sign(negotiation: Negotiation, contract: Contract, sides: Sequence[Side], tag: str) -> None:
    """P13: those whose signature is missing."""
    _tell("contract_to_sign", negotiation, sides, "sign", tag, f"/contracts/{contract.id}")


def tell_ended(negotiation: Negotiation) -> None:
    """Both sides learn that nothing comes of it."""
    _tell("negotiation_ended", negotiation, list(Side), "ended", "ended", f"/negotiations/{negotiation.id}")


def _tell(kind: str, negotiation: Negotiation, sides: Sequence[Side], template: str, tag: str, path: str) -> None:
    key = f"{kind}:{negotiation.id}:{tag}"
    patent = negotiation.patent
    number = negotiation.contract.number if negotiation.contract else negotiation.number
    words = {"patent": titles_of(patent), "number": number}
    for side in sides:
        party: UUID = negotiation.party(side)
        other = negotiation.owner if side is Side.ASKER else negotiation.asker
        for person in people_in(party, *OFFICERS):
            notify(person.id, party, kind, key, words, path)
            mail_to(
                person,
                key,
                f"market/negotiations/mail/{template}.txt",
                person=person,
                negotiation=negotiation,
                patent=patent,
                number=number,
                other=other,
                reason_word=reason_word,
                url=public_url(path),
            )
