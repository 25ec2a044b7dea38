"""A patentee, a bank, the operator, and a referral brought to wherever a test begins."""

from dataclasses import dataclass, field
from typing import Any

from app.accounts.models import Actor, OrganisationKind, Role
from app.core.db import session
from app.core.events import relay
from app.market.patents.models import Patent
from app.market.referrals.models import Partner, Referral, ReferralKind
from app.market.referrals.operations import Wish, agree, ask, take_up
from app.market.referrals.partners import PartnerValues, add_partner
from app.market.referrals.queries import referral_with_all
from tests.accounts.factories import make_actor, make_operator, make_organisation, make_person
from tests.market.factories import make_patent

ALL = tuple(ReferralKind)
PLEDGE, SEARCH = ReferralKind.PLEDGE, ReferralKind.SEARCH


@dataclass
class Case:
    """Who asks, for which patent, who answers, who passes on."""

    patent: Patent
    applicant: Actor
    banker: Actor
    partner: Partner
    operator: Actor = field(default_factory=lambda: make_operator(Role.VERIFIER))

    def ask(self, *, chosen: bool = True, **values: Any) -> Referral:
        """Ask for a loan, of the bank unless `chosen` is False."""
        told = {
            "kind": PLEDGE, "text": "流动资金", "patent": self.patent, "asked_minor": 300_000_000,
            "parts": ("patent", "contact"), "partner": self.partner if chosen else None, **values,
        }  # fmt: skip
        return referral_with_all(ask(self.applicant, Wish(**told)).id)

    def talking(self) -> Referral:
        return take_up(self.banker, self.ask())

    def agreed(self) -> Referral:
        return agree(self.banker, self.talking(), 250_000_000, 24)


def make_case(**overrides: Any) -> Case:
    university, bank = make_organisation(OrganisationKind.INSTITUTION), make_organisation()
    applicant = make_actor(university, Role.TRANSFER, user=make_person())
    banker = make_actor(bank, Role.OWNER, user=make_person())
    return Case(make_patent(university, **overrides), applicant, banker, make_partner(banker))


def make_partner(actor: Actor, *kinds: ReferralKind, **values: Any) -> Partner:
    """The organisation of an actor on the operator's list, for everything unless kinds are named."""
    assert actor.organisation is not None
    partner = add_partner(make_operator(Role.VERIFIER), actor.organisation, PartnerValues(kinds or ALL, **values))
    partner.organisation = actor.organisation
    return partner


def settle() -> None:
    """Deliver what was announced."""
    while relay():
        pass
    session.expire_all()
