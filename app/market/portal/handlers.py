"""What keeps the public facts fresh at once. Every handler may run twice; the second run finds nothing to do."""

from uuid import UUID

from sqlalchemy import select

from app.core.db import session
from app.core.events import subscribe
from app.market.licences.events import LicenceTookEffect
from app.market.licences.models import Licence
from app.market.open_licences.events import (
    OpenLicenceAnnounced,
    OpenLicenceChanged,
    OpenLicenceEnded,
    OpenLicenceListed,
    WithdrawalFiled,
)
from app.market.open_licences.models import OpenLicence
from app.market.patents.events import PatentChanged, PatentPublished
from app.market.portal.events import InterestRegistered
from app.market.portal.notices import tell_of_interest
from app.market.portal.operations import publish_state, refresh


@subscribe(OpenLicenceListed)
def publish_pilot(event: OpenLicenceListed) -> None:
    """A pilot is listed."""
    publish_state(event.open_licence_id)


@subscribe(OpenLicenceChanged)
def publish_change(event: OpenLicenceChanged) -> None:
    """Another state, perhaps of something public."""
    publish_state(event.open_licence_id)


@subscribe(OpenLicenceAnnounced)
def publish_announcement(event: OpenLicenceAnnounced) -> None:
    """It can be taken from now on."""
    publish_state(event.open_licence_id)


@subscribe(WithdrawalFiled)
def publish_withdrawal(event: WithdrawalFiled) -> None:
    """It can be taken until the withdrawal is announced."""
    publish_state(event.open_licence_id)


@subscribe(OpenLicenceEnded)
def publish_end(event: OpenLicenceEnded) -> None:
    """The record stays as a deleted one."""
    publish_state(event.open_licence_id)


@subscribe(PatentPublished)
def publish_declarations(event: PatentPublished) -> None:
    """A patent came into the portfolio, and with it what is declared of it."""
    _refresh_patent(event.patent_id)


@subscribe(PatentChanged)
def publish_facts(event: PatentChanged) -> None:
    """The feeds say other facts."""
    _refresh_patent(event.patent_id)


@subscribe(LicenceTookEffect)
def count_licence(event: LicenceTookEffect) -> None:
    """One licence more was taken."""
    open_licence_id = session.scalar(select(Licence.open_licence_id).where(Licence.id == event.licence_id))
    if open_licence_id is not None:
        publish_state(open_licence_id)


@subscribe(InterestRegistered)
def tell_office(event: InterestRegistered) -> None:
    """The transfer office learns of it."""
    tell_of_interest(event.interest_id)


def _refresh_patent(patent_id: UUID) -> None:
    refresh(session.scalars(select(OpenLicence.id).where(OpenLicence.patent_id == patent_id)).all())
