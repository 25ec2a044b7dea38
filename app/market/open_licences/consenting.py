"""Consents of co-owners and pledgees: asked for by a link that only the party gets, answered once with a code.

The text is locked with the first consent asked for. The token goes by mail to the party alone, the one-time code by
text message to its telephone or by mail; here only their digests are kept. A GET changes nothing, so that programs
which follow links in mails do no harm.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from app.accounts.models import Actor
from app.accounts.one_time import CODES_PER_HOUR, Outcome, code_minutes, new_code, try_code
from app.accounts.proofs import digest_of
from app.accounts.throttle import take_turn
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import DEFAULT_LOCALE
from app.core.i18n import lazy_gettext as _l
from app.core.ids import secret_token, uuid7
from app.core.policy import ensure
from app.core.wording import one_line, paragraphs
from app.market.open_licences.blockers import PLEDGE
from app.market.open_licences.events import ConsentAnswered
from app.market.open_licences.models import (
    CodeWay,
    Consent,
    ConsentPurpose,
    ConsentState,
    DeclarationState,
    OpenLicence,
)
from app.market.open_licences.operations import ensure_unblocked, needs_publicity, unfinished, unlist_pilot
from app.market.open_licences.parties import Party, is_own_number, own_addresses, parties, with_phones
from app.market.open_licences.policy import OpenLicencePolicy
from app.market.open_licences.publicity import advance
from app.market.open_licences.queries import consents_for
from app.market.open_licences.states import change_state, lock
from app.market.open_licences.terms import agreed_text, full_terms
from app.market.settings import settings
from app.notifications.links import absolute_link
from app.notifications.operations import queue_mail, render_mail
from app.notifications.queries import text_with
from app.notifications.rendering import render_text
from app.notifications.telephones import mobile_number
from app.notifications.texting import can_text, queue_text

LINKS_PER_DAY = 10


def ask_consents(
    actor: Actor,
    open_licence: OpenLicence,
    emails: Mapping[str, str] | None = None,
    phones: Mapping[str, str] | None = None,
) -> OpenLicence:
    """Lock the text, mail every co-owner and pledgee their link, begin the publicity.

    `emails` says where the link of a party (by name) goes; else the address kept with the patent. `phones` says to
    which mobile number its codes go; else the one named before. Raises Conflict while something is unfinished or a
    blocker other than the pledge holds, Invalid for a missing or own address, a wrong or own number.
    """
    ensure(actor, OpenLicencePolicy.edit, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    for code, sentence in unfinished(open_licence):
        raise Conflict(sentence, code=code)
    ensure_unblocked(open_licence, besides=(PLEDGE,))
    asked = _reachable(open_licence, ConsentPurpose.DECLARATION, emails or {}, phones or {})
    open_licence.terms_text = full_terms(open_licence)
    open_licence.terms_hash = digest_of(open_licence.terms_text)
    open_licence.locked_at = now()
    begin = today()
    days = settings.number("publicity_days") if needs_publicity(open_licence) else 0
    open_licence.publicity_from = begin
    # The first day is not counted; what is stored is the first day after the last one.
    open_licence.publicity_until = begin + timedelta(days=days + 1) if days else begin
    change_state(actor, open_licence, DeclarationState.CONSENTING)
    for party in asked:
        _ask(actor, open_licence, ConsentPurpose.DECLARATION, party, open_licence.terms_hash)
    advance(actor, open_licence)
    return open_licence


def change_text(actor: Actor, open_licence: OpenLicence) -> int:
    """Unlock the text: every consent becomes void, the publicity begins anew later. Returns how many are void.

    A pilot leaves the list. Raises Conflict for what CNIPA examines or has announced.
    """
    ensure(actor, OpenLicencePolicy.edit, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    change_state(actor, open_licence, DeclarationState.DRAFT)
    void = consents_for(open_licence, ConsentPurpose.DECLARATION)
    for consent in void:
        consent.state = ConsentState.VOID
    open_licence.terms_text = open_licence.terms_hash = ""
    open_licence.locked_at = open_licence.publicity_from = open_licence.publicity_until = None
    open_licence.publicity_closed_at = open_licence.publicity_closed_by_id = None
    open_licence.checked_at = open_licence.checked_by_id = None
    open_licence.return_reasons, open_licence.return_note = [], ""
    unlist_pilot(actor, open_licence)
    session.flush()
    return len(void)


def ask_again(actor: Actor, consent: Consent, phone: str = "") -> Consent:
    """Mail a new link to a party that has not answered, or that has refused; the earlier link is dead.

    `phone` replaces the telephone for its codes. Raises Invalid for a wrong or own number.
    """
    open_licence = consent.open_licence
    ensure(actor, OpenLicencePolicy.edit, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    session.refresh(consent, attribute_names=["state"], with_for_update={"of": Consent})
    if consent.state not in {ConsentState.ASKED, ConsentState.REFUSED} or not _is_wanted(consent):
        raise Conflict(_l("This consent is answered or no longer needed."), code="answered")
    take_turn(f"consent_link:{open_licence.id}:{digest_of(consent.email.lower())}", LINKS_PER_DAY, timedelta(days=1))
    party = _with_phone(open_licence, Party(consent.role, consent.party_name, consent.email, consent.phone), phone)
    consent.state = ConsentState.VOID
    session.flush()
    return _ask(actor, open_licence, consent.purpose, party, consent.terms_hash)


def send_code(consent: Consent, *, address: str, way: CodeWay = CodeWay.MAIL) -> None:
    """Send a six-digit code to the party, to its mailbox or its telephone; `address` is the network's.

    Raises Conflict for a dead link or where no text message can go, TooMany after a few codes an hour.
    """
    _ensure_live(consent)
    if way is CodeWay.TEXT and not takes_texts(consent):
        raise Conflict(_l("No text message can be sent. Have the code sent by mail."), code="no_text")
    take_turn(f"consent_code:{consent.id}", CODES_PER_HOUR, timedelta(hours=1))
    take_turn(f"consent_code:{address}", 4 * CODES_PER_HOUR, timedelta(hours=1))
    code, sent_at = new_code(consent, consent.terms_hash)
    consent.code_way = way
    said = {"code": code, "minutes": code_minutes(), "patent": consent.open_licence.patent}
    if way is CodeWay.TEXT:
        text = render_text("market/open_licences/text/code.txt", DEFAULT_LOCALE, **said)
        until = sent_at + timedelta(minutes=code_minutes())
        queue_text(key=code_key(consent), recipient=consent.phone, body=text, expires_at=until)
        return
    subject, body = render_mail("market/open_licences/mail/code.txt", DEFAULT_LOCALE, **said)
    queue_mail(key=code_key(consent), recipient=consent.email, locale=DEFAULT_LOCALE, subject=subject, body=body)


def code_key(consent: Consent) -> str:
    """The key of the message that carries the newest code."""
    return f"consent_code:{consent.id}:{consent.code_sent_at.isoformat() if consent.code_sent_at else ''}"


def takes_texts(consent: Consent) -> bool:
    """Whether its codes can go to a telephone: one was named, and this deployment can send text messages."""
    return consent.phone != "" and can_text()


def is_undelivered(consent: Consent) -> bool:
    """Whether the newest code was to go to the telephone and could not be delivered."""
    if consent.code_way is not CodeWay.TEXT:
        return False
    text = text_with(code_key(consent))
    return text is not None and text.failed_at is not None


def answer_consent(
    actor: Actor, consent: Consent, *, code: str, name: str, agree: bool, reason: str = "", phone: str = ""
) -> Outcome:
    """The party agrees, or refuses with a reason. Works without an account; the row is locked by the caller's query.

    A wrong code is counted and returned, not raised, so that the count stays. Raises Conflict for a dead link or a
    text that is no longer the one that was sent, Invalid without a name or without the reason of a refusal.
    """
    _ensure_live(consent)
    signer, why = one_line(name), paragraphs(reason)
    if not signer:
        raise Invalid(_l("Enter your name."), field="name")
    if not agree and not why:
        raise Invalid(_l("Say why you refuse."), field="reason")
    outcome = try_code(consent, code, consent.terms_hash)
    if outcome is not Outcome.DONE:
        return outcome
    consent.state = ConsentState.AGREED if agree else ConsentState.REFUSED
    consent.signer_name, consent.signer_phone, consent.reason = signer, one_line(phone), "" if agree else why
    consent.answered_at = now()
    session.flush()
    way = consent.code_way.value if consent.code_way is not None else None
    changes = {"state": ["asked", consent.state.value], "code_way": [None, way]}
    record(actor, f"consent.{consent.state.value}", consent, changes)
    emit(ConsentAnswered(consent.id))
    if consent.purpose is ConsentPurpose.DECLARATION:
        lock(consent.open_licence)
        advance(actor, consent.open_licence)
    return Outcome.DONE


def is_live(consent: Consent) -> bool:
    """Whether a link can still be answered: asked, in time, for a text that still stands."""
    return consent.state is ConsentState.ASKED and consent.expires_at > now() and _is_wanted(consent)


def _is_wanted(consent: Consent) -> bool:
    wanted = {
        ConsentPurpose.DECLARATION: DeclarationState.CONSENTING,
        ConsentPurpose.WITHDRAWAL: DeclarationState.ANNOUNCED,
    }
    stands = digest_of(agreed_text(consent)) == consent.terms_hash
    return stands and consent.open_licence.state is wanted[consent.purpose]


def _ensure_live(consent: Consent) -> None:
    if not is_live(consent):
        raise Conflict(_l("This link is answered, too old or replaced. Ask for a new one."), code="spent")


def _reachable(
    open_licence: OpenLicence, purpose: ConsentPurpose, emails: Mapping[str, str], phones: Mapping[str, str]
) -> list[Party]:
    known = [
        replace(one, email=one_line(emails.get(one.name, "")) or one.email)
        for one in with_phones(open_licence, parties(open_licence, purpose, today()))
    ]
    for one in known:
        if "@" not in one.email:
            raise Invalid(_l("Enter the e-mail address of %(name)s.", name=one.name), code="email", field="email")
    own = own_addresses(open_licence, [one.email for one in known]) if known else set()
    for one in known:
        if one.email.lower() in own:
            raise Invalid(
                _l("%(name)s answers for itself: this address belongs to one of your members.", name=one.name),
                code="own_email", field="email",
            )  # fmt: skip
    return [_with_phone(open_licence, one, phones.get(one.name, "")) for one in known]


def _with_phone(open_licence: OpenLicence, party: Party, typed: str) -> Party:
    number = mobile_number(typed) if one_line(typed) else party.phone
    if number and is_own_number(open_licence, number):
        raise Invalid(
            _l("%(name)s answers for itself: this telephone is your own contact.", name=party.name),
            code="own_phone", field="phone",
        )  # fmt: skip
    return replace(party, phone=number)


def ask_parties(
    actor: Actor, open_licence: OpenLicence, purpose: ConsentPurpose, terms_hash: str, emails: Mapping[str, str]
) -> list[Consent]:
    """Mail every party of a purpose its link. Raises Invalid for a missing or own address."""
    known = _reachable(open_licence, purpose, emails, {})
    return [_ask(actor, open_licence, purpose, party, terms_hash) for party in known]


def _ask(actor: Actor, open_licence: OpenLicence, purpose: ConsentPurpose, party: Party, terms_hash: str) -> Consent:
    token, days = secret_token(), settings.number("consent_days")
    consent = Consent(
        id=uuid7(), open_licence_id=open_licence.id, purpose=purpose, role=party.role, party_name=party.name,
        email=party.email, phone=party.phone, token_hash=digest_of(token), terms_hash=terms_hash,
        state=ConsentState.ASKED, expires_at=now() + timedelta(days=days), code_attempts=0, created_at=now(),
    )  # fmt: skip
    session.add(consent)
    session.flush()
    record(actor, "consent.ask", consent, {"state": [None, "asked"]})
    subject, body = render_mail(
        "market/open_licences/mail/consent.txt", DEFAULT_LOCALE, open_licence=open_licence, consent=consent,
        patent=open_licence.patent, owner=open_licence.owner, url=absolute_link("consents.show", token=token),
        until=consent.expires_at,
    )  # fmt: skip
    queue_mail(key=f"consent:{consent.id}", recipient=party.email, locale=DEFAULT_LOCALE, subject=subject, body=body)
    return consent
