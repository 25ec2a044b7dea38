"""Withdrawing an open licence: consent of all patentees, filing, announcement (专利法 art. 50; CNIPA FAQ 3).

It takes effect with its announcement, without conditions; licences that are given stay untouched.
"""

from collections.abc import Mapping
from datetime import date

from app.accounts.models import Actor
from app.accounts.proofs import digest_of
from app.core.audit import record
from app.core.clock import today
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.policy import ensure
from app.core.wording import one_line, paragraphs
from app.market.open_licences.announcing import end, ensure_open
from app.market.open_licences.consenting import ask_parties
from app.market.open_licences.models import Consent, ConsentPurpose, ConsentState, DeclarationState, OpenLicence
from app.market.open_licences.policy import OpenLicencePolicy
from app.market.open_licences.publicity import missing_consents
from app.market.open_licences.queries import consents_for
from app.market.open_licences.states import change_state, lock
from app.market.open_licences.terms import withdrawal_terms


def ask_withdrawal(
    actor: Actor, open_licence: OpenLicence, reason: str, emails: Mapping[str, str] | None = None
) -> list[Consent]:
    """Give the reason and mail every co-owner a link; asking with another reason voids what was agreed.

    Raises Invalid without a reason, Conflict unless it is announced and no withdrawal is filed.
    """
    ensure(actor, OpenLicencePolicy.withdraw, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    if open_licence.state is not DeclarationState.ANNOUNCED:
        raise Conflict(_l("Only an announced declaration can be withdrawn."), code="state")
    why = paragraphs(reason)
    if not why:
        raise Invalid(_l("CNIPA wants a reason for the withdrawal."), field="reason")
    open_licence.withdrawal_reason = why
    for consent in consents_for(open_licence, ConsentPurpose.WITHDRAWAL):
        consent.state = ConsentState.VOID
    session.flush()
    record(actor, "open_licence.ask_withdrawal", open_licence)
    text = withdrawal_terms(open_licence)
    return ask_parties(actor, open_licence, ConsentPurpose.WITHDRAWAL, digest_of(text), emails or {})


def file_withdrawal(
    actor: Actor, open_licence: OpenLicence, reason: str, accept_no: str, filed_on: date
) -> OpenLicence:
    """Note that the withdrawal is filed; the open licence stays in effect until its announcement.

    Raises Conflict while a co-owner has not agreed to the very reason, Invalid for a wrong day or no number.
    """
    ensure(actor, OpenLicencePolicy.withdraw, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    why, number = paragraphs(reason), one_line(accept_no)
    if not why:
        raise Invalid(_l("CNIPA wants a reason for the withdrawal."), field="reason")
    if not number:
        raise Invalid(_l("Enter the number as CNIPA gives it."), field="accept_no")
    announced = open_licence.announced_on
    if filed_on > today() or (announced is not None and filed_on < announced):
        raise Invalid(_l("It is filed between the announcement and today."), field="filed_on")
    if open_licence.withdrawal_reason and why != open_licence.withdrawal_reason and _asked(open_licence):
        raise Conflict(_l("Others were asked about another reason. Ask them anew."), code="reason")
    missing = missing_consents(open_licence, ConsentPurpose.WITHDRAWAL)
    if missing:
        raise Conflict(_l("%(names)s has not agreed.", names="、".join(missing)), code="consent")
    open_licence.withdrawal_reason, open_licence.withdrawal_accept_no = why, number
    open_licence.withdrawal_filed_on = filed_on
    change_state(actor, open_licence, DeclarationState.WITHDRAWING, filed_on, number)
    return open_licence


def refuse_withdrawal(actor: Actor, open_licence: OpenLicence, note: str) -> OpenLicence:
    """CNIPA does not accept the withdrawal, or it was taken back: the declaration stays as announced.

    Raises Conflict unless a withdrawal is filed.
    """
    ensure(actor, OpenLicencePolicy.withdraw | OpenLicencePolicy.announce, open_licence,
           known_to=OpenLicencePolicy.view)  # fmt: skip
    lock(open_licence)
    if open_licence.state is not DeclarationState.WITHDRAWING:
        raise Conflict(_l("No withdrawal is filed."), code="state")
    open_licence.withdrawal_accept_no, open_licence.withdrawal_filed_on = "", None
    change_state(actor, open_licence, DeclarationState.ANNOUNCED, today(), paragraphs(note))
    return open_licence


def record_withdrawal(actor: Actor, open_licence: OpenLicence, announcement_no: str, announced_on: date) -> OpenLicence:
    """The withdrawal is announced: no new licence from the gazette's day on; given ones go on (art. 50).

    Raises Invalid without a number, for a day in the future or before the announcement of the declaration.
    """
    ensure(actor, OpenLicencePolicy.announce, open_licence)
    lock(open_licence)
    ensure_open(open_licence)
    number, opened = one_line(announcement_no), open_licence.announced_on
    if not number:
        raise Invalid(_l("Enter the number of the announcement."), field="announcement_no")
    if announced_on > today():
        raise Invalid(_l("This day lies in the future."), field="announced_on")
    filed = open_licence.withdrawal_filed_on or opened
    if filed is not None and announced_on < filed:
        raise Invalid(_l("It was filed on %(day)s only.", day=filed.isoformat()), field="announced_on")
    open_licence.withdrawal_announcement_no = number
    end(actor, open_licence, DeclarationState.WITHDRAWN, announced_on, number)
    return open_licence


def _asked(open_licence: OpenLicence) -> bool:
    return bool(consents_for(open_licence, ConsentPurpose.WITHDRAWAL))
