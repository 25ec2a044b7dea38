"""The market's pages of every role: declarations, licences, royalties, negotiations, referrals and what is held or late,
in each of their states."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.core.db import session
from app.demo.cast import SME, UNIVERSITY, company
from app.demo.patents import SHEETS
from app.demo.pledge import held_sums
from app.market.licences.models import Dispute, Licence, LicenceState
from app.market.negotiations.models import Contract, ContractRegistration, Negotiation
from app.market.open_licences.models import OpenLicence
from app.market.open_licences.queries import QUEUES
from app.market.patents.models import Patent
from app.market.referrals.models import Partner, Referral, ReferralState
from app.market.royalties.models import IncomeShare, PeriodState, RoyaltyPeriod
from app.notifications.models import Mail
from app.settlement.fee_notes.models import FeeNote
from app.settlement.interests.models import LateInterest
from app.settlement.payouts.models import Payout
from app.settlement.statements.models import StatementLine


def some(statement: Select[Any]) -> Any:
    """The first that is found; there has to be one."""
    found = session.scalars(statement.limit(1)).first()
    assert found is not None, statement
    return found


def patent(key: str) -> UUID:
    """A patent of the demonstration."""
    number = next(each.number for each in SHEETS if each.key == key)
    return UUID(str(some(select(Patent.id).where(Patent.number == number))))


def declaration(key: str) -> UUID:
    """The open licence of a patent of the demonstration."""
    return UUID(str(some(select(OpenLicence.id).where(OpenLicence.patent_id == patent(key)))))


def _licences(side: Any, key: str) -> Iterator[str]:
    """A licence of this side in every state that there is."""
    for state in LicenceState:
        found = session.scalars(select(Licence.id).where(side == company(key).id, Licence.state == state).limit(1))
        yield from (f"/licences/{one}" for one in found)


def _periods(side: Any, key: str) -> Iterator[str]:
    """A period of royalties in every state that there is."""
    for state in PeriodState:
        found = select(RoyaltyPeriod.id).where(side == company(key).id, RoyaltyPeriod.state == state)
        yield from (f"/royalties/{one}" for one in session.scalars(found.order_by(RoyaltyPeriod.starts_on).limit(1)))


def _contracts() -> Iterator[str]:
    """Contracts that both, one or none have signed."""
    yield from (f"/contracts/{one}" for one in session.scalars(select(Contract.id).order_by(Contract.number)))


def _referrals(side: Any, key: str) -> Iterator[str]:
    """A referral of this side in every state that there is."""
    yield "/referrals"
    for state in ReferralState:
        found = select(Referral.id).where(side == company(key).id, Referral.state == state).order_by(Referral.number)
        yield from (f"/referrals/{one}" for one in session.scalars(found.limit(1)))


def _late_fees(side: Any, key: str) -> Iterator[str]:
    """A fee that came late and its interest, one that is late still, one that was lowered before its bill."""
    interest: LateInterest = some(select(LateInterest))
    yield from (f"/fee-notes/{one}" for one in (interest.fee_note_id, interest.interest_note_id) if one)
    for which in (FeeNote.bears_interest & FeeNote.value_on.is_(None), FeeNote.lowered_minor > 0):
        found = session.scalars(select(FeeNote.id).where(side == company(key).id, which).order_by(FeeNote.due_on))
        yield from (f"/fee-notes/{one}" for one in found.all()[:1])


def _disputed() -> str:
    return f"/licences/{some(select(Dispute.licence_id))}"


def _link_of_pledgee() -> str:
    """The link in the bank's mail about what is held for it."""
    body = some(select(Mail.body).where(Mail.body.contains("/held/")).order_by(Mail.created_at))
    found = re.search(r"/held/[\w-]+", body)
    assert found is not None
    return found[0]


def guest() -> Iterator[str]:
    """Whoever never signed in."""
    yield from (
        "/patents",
        "/patents?q=光学胶",
        "/patents?q=xyzzy",
        f"/organisations/{company(UNIVERSITY).code}/patents",
    )
    patents = [f"/patents/{patent(key)}" for key in ("adhesive", "recycling", "probe", "clamp", "laser")]
    picks = "&".join(f"pick={each.rsplit('/')[-1]}" for each in patents[:3])
    yield from (*patents, f"/patents/compare?{picks}", f"/patents?{picks}", "/patents/statistics")
    yield from (f"/open-licences/{declaration('adhesive')}/notice", "/ip-services", _link_of_pledgee())


def licensee() -> Iterator[str]:
    """A firm that takes licences, reports and negotiates."""
    yield from ("/licences", "/licences?state=noticed", "/royalties", "/negotiations")
    yield from (f"/patents/{patent('adhesive')}", f"/patents/{patent('probe')}", f"/patents/{patent('rice')}/negotiate")
    yield f"/open-licences/{declaration('catalyst')}/notice"
    yield from _licences(Licence.licensee_id, SME)
    yield from _periods(RoyaltyPeriod.licensee_id, SME)
    yield f"/negotiations/{some(select(Negotiation.id).where(Negotiation.asker_id == company(SME).id))}"
    yield from _contracts()
    yield from _late_fees(FeeNote.payer_id, SME)
    yield from _referrals(Referral.applicant_id, SME)
    yield "/ip-services/ask?kind=search"


def officer() -> Iterator[str]:
    """The transfer officer of the university."""
    yield from ("/desk", "/our/patents", "/our/patents?show=private", "/our/patents/new", "/our/patents/import")
    for page in ("", "/facts", "/people", "/encumbrances"):
        yield f"/our/patents/{patent('ginseng')}{page}"
    yield from (f"/our/patents/{patent(key)}" for key in ("clamp", "draft", "recycling", "membrane"))
    yield "/our/open-licences"
    for key in ("rice", "ginseng", "probe", "tracking", "adhesive", "laser"):
        yield f"/open-licences/{declaration(key)}/declare"
    yield f"/open-licences/{declaration('ginseng')}/publicity"
    yield "/our/licences"
    yield from _licences(Licence.licensor_id, UNIVERSITY)
    yield "/royalties?side=licensor"
    yield from _periods(RoyaltyPeriod.licensor_id, UNIVERSITY)
    yield "/negotiations"
    yield from (f"/negotiations/{one}" for one in session.scalars(select(Negotiation.id).limit(4)))
    yield from _contracts()
    yield from ("/contract-registrations", "/patents/interests", "/income", _disputed())
    yield from _referrals(Referral.applicant_id, UNIVERSITY)
    yield "/ip-services/ask?kind=pledge"
    yield f"/contract-registrations/{some(select(ContractRegistration.id))}"


def inventor() -> Iterator[str]:
    """An inventor of the university, who reads and may object."""
    yield from ("/desk", "/our/patents", f"/our/patents/{patent('ginseng')}", "/our/open-licences", "/income")
    for page in ("declare", "publicity"):
        yield f"/open-licences/{declaration('ginseng')}/{page}"


def finance() -> Iterator[str]:
    """Who counts the university's money."""
    yield from ("/desk", f"/our/patents/{patent('clamp')}", "/our/licences", "/royalties", "/income")
    yield from _periods(RoyaltyPeriod.licensor_id, UNIVERSITY)
    yield from ("/fee-notes?side=provider", *_late_fees(FeeNote.provider_id, UNIVERSITY))
    for hold in held_sums():
        yield f"/settlement/proceeds/{hold.id}"
        if hold.is_open:
            lines = select(StatementLine.statement_id).where(StatementLine.charge_id == hold.charge_id)
            yield from (f"/statements/{one}" for one in session.scalars(lines))
    for share in session.scalars(select(IncomeShare).where(IncomeShare.is_pledged)):
        yield f"/income/{share.licence_id}/{share.month:%Y-%m}"


def operator() -> Iterator[str]:
    """Who checks, announces and mediates."""
    yield from (f"/operator/open-licences?queue={name}" for name in QUEUES)
    yield from (f"/operator/open-licences/{declaration(key)}" for key in ("tracking", "probe", "adhesive"))
    yield from ("/operator/gazette", "/licences/reviews", "/contract-registrations/statistics")
    yield from _licences(Licence.licensor_id, UNIVERSITY)
    yield from (f"/contract-registrations/{some(select(ContractRegistration.id))}", "/contract-registrations")
    yield from ("/settlement/proceeds", "/settlement/proceeds?state=done", _disputed())
    yield from (f"/settlement/proceeds/{hold.id}" for hold in held_sums())
    yield f"/settlement/payouts/{some(select(Payout.batch_id).where(Payout.proceeds_hold_id.is_not(None)))}"
    yield from ("/operator/partners", "/operator/partners/new", f"/operator/partners/{some(select(Partner.id))}")
    yield "/referrals"
    for state in ReferralState:
        found = select(Referral.id).where(Referral.state == state).order_by(Referral.number).limit(1)
        yield from (f"/referrals/{one}" for one in session.scalars(found))
