"""Giving a declaration up before it is filed: the patent is free for another one, also of a new owner."""

from uuid import UUID

from app.accounts.models import SYSTEM, Actor
from app.core.clock import today
from app.core.db import session
from app.core.errors import Conflict
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure
from app.core.wording import paragraphs
from app.market.open_licences.models import ConsentPurpose, ConsentState, DeclarationState, OpenLicence
from app.market.open_licences.operations import unlist_pilot
from app.market.open_licences.policy import OpenLicencePolicy
from app.market.open_licences.queries import consents_for, declaration, live_declaration
from app.market.open_licences.states import change_state, lock

UNFILED = (DeclarationState.DRAFT, DeclarationState.CONSENTING, DeclarationState.READY)


def give_up(actor: Actor, open_licence: OpenLicence, reason: str = "") -> OpenLicence:
    """End a declaration that CNIPA has not got yet: its links are dead, a pilot leaves the list.

    Done again it changes nothing. Raises Conflict once it is filed: then it ends with CNIPA's answer or a withdrawal.
    """
    ensure(actor, OpenLicencePolicy.edit, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    if open_licence.state is DeclarationState.GIVEN_UP:
        return open_licence
    if open_licence.state not in UNFILED:
        raise Conflict(_l("It is filed with CNIPA. Withdraw it there once it is announced."), code="filed")
    for consent in consents_for(open_licence, ConsentPurpose.DECLARATION):
        consent.state = ConsentState.VOID
    unlist_pilot(actor, open_licence)
    change_state(actor, open_licence, DeclarationState.GIVEN_UP, today(), paragraphs(reason))
    session.flush()
    return open_licence


def give_up_with_transfer(patent_id: UUID, buyer: str) -> OpenLicence | None:
    """The patent goes to somebody else: what its seller has not filed yet ends. What is filed or open goes on."""
    live = live_declaration(patent_id)
    if live is None or live.state not in UNFILED:
        return None
    return give_up(SYSTEM, declaration(live.id), f"→ {buyer}")
