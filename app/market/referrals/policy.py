"""Who may ask, see, answer and pass on."""

from typing import Any

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.policy import Rule, rule
from app.market.patents.policy import OFFICERS
from app.market.referrals.models import Referral

ANSWERING = (Role.OWNER, Role.MANAGER, Role.TRANSFER)


@rule()
def may_ask(actor: Actor, _thing: Any) -> bool:
    """Any member of an organisation other than the operator; a pledge needs the right to the patent besides."""
    return actor.organisation is not None and actor.organisation.kind is not OrganisationKind.OPERATOR


@rule()
def is_party(actor: Actor, referral: Referral) -> bool:
    """Any member of the applicant or of the partner."""
    return actor.acts_for(referral.applicant_id) or actor.acts_for(referral.partner_id)


@rule()
def supervises(actor: Actor, _thing: Any) -> bool:
    """The operator's people."""
    return actor.operates()


@rule("owner, transfer officer")
def asked(actor: Actor, referral: Referral) -> bool:
    """Whoever asked, or an owner or transfer officer of the applicant."""
    mine = actor.acts_for(referral.applicant_id) and actor.user_id == referral.asked_by_id
    return mine or actor.acts_for(referral.applicant_id, *OFFICERS)


@rule("owner, manager, transfer officer")
def answers(actor: Actor, referral: Referral) -> bool:
    """Owner, manager or transfer officer of the partner."""
    return actor.acts_for(referral.partner_id, *ANSWERING)


@rule("verifier")
def passes_on(actor: Actor, _thing: Any) -> bool:
    """Who finds partners, and keeps their list, for the operator."""
    return actor.operates(Role.VERIFIER, Role.OWNER)


@rule("owner, transfer officer")
def confirms(actor: Actor, referral: Referral) -> bool:
    """Owner or transfer officer of the patentee."""
    return actor.acts_for(referral.applicant_id, *OFFICERS)


class ReferralPolicy:
    """One attribute per action."""

    ask: Rule = may_ask
    view: Rule = is_party | supervises
    withdraw: Rule = asked
    answer: Rule = answers
    pass_on: Rule = passes_on
    confirm: Rule = confirms


class PartnerPolicy:
    """One attribute per action."""

    keep: Rule = passes_on
    view: Rule = supervises
