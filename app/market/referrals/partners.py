"""The operator's list of partners: who offers what, and where."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.accounts.models import Actor, Organisation, OrganisationKind
from app.accounts.regions import region_name
from app.core.audit import record
from app.core.clock import now
from app.core.db import guard, session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import paragraphs
from app.market.referrals.models import Partner, ReferralKind
from app.market.referrals.policy import PartnerPolicy

ELIGIBLE = frozenset({OrganisationKind.INSTITUTION, OrganisationKind.ENTERPRISE})
MAX_ABOUT = 1000


@dataclass(frozen=True, slots=True)
class PartnerValues:
    """What is listed of a partner; regions are codes of two or four digits, none of them: everywhere."""

    kinds: Sequence[ReferralKind]
    regions: Sequence[str] = ()
    about: str = ""
    about_en: str = ""
    is_listed: bool = True


def add_partner(actor: Actor, organisation: Organisation, values: PartnerValues) -> Partner:
    """List an organisation. Raises Invalid for one that cannot be a partner, Conflict for one that is listed."""
    ensure(actor, PartnerPolicy.keep, None)
    if organisation.kind not in ELIGIBLE or not organisation.is_verified:
        raise Invalid(_l("A partner is a verified institution or enterprise."), field="code")
    partner = Partner(id=uuid7(), organisation_id=organisation.id, created_at=now(), **_checked(values))
    partner.changed_at = now()
    known = Conflict(_l("This organisation is on the list already."), field="code", code="known")
    with guard({"referral_partners_organisation_id_key": known}):
        session.add(partner)
    record(actor, "partner.create", partner, {"kinds": [[], partner.kinds], "regions": [[], partner.regions]})
    return partner


def change_partner(actor: Actor, partner: Partner, values: PartnerValues) -> bool:
    """Change what is listed, or take it off the list; says whether anything differed."""
    ensure(actor, PartnerPolicy.keep, partner)
    session.refresh(partner, with_for_update={"of": Partner})
    new = _checked(values)
    changes = {name: [getattr(partner, name), value] for name, value in new.items() if getattr(partner, name) != value}
    if not changes:
        return False
    for name, value in new.items():
        setattr(partner, name, value)
    partner.changed_at = now()
    session.flush()
    record(actor, "partner.update", partner, changes)
    return True


def _checked(values: PartnerValues) -> dict[str, object]:
    if not values.kinds:
        raise Invalid(_l("Tick what it offers."), field="kinds")
    for code in values.regions:
        if not code.isdecimal() or len(code) not in {2, 4} or region_name(code) == code:
            raise Invalid(_l("“%(code)s” is no region: 22, or 2201.", code=code[:10]), field="regions")
    return {
        "kinds": [kind.value for kind in ReferralKind if kind in values.kinds],
        "regions": sorted(set(values.regions)), "about": paragraphs(values.about)[:MAX_ABOUT],
        "about_en": paragraphs(values.about_en)[:MAX_ABOUT], "is_listed": values.is_listed,
    }  # fmt: skip
