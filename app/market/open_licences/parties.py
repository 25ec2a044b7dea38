"""Whose consent a declaration needs: all co-owners (专利法 art. 14, CNIPA FAQ 3) and the pledgees (rule 86 (4))."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, select

from app.accounts.models import Membership, User
from app.core.db import session
from app.market.open_licences.models import Consent, ConsentPurpose, ConsentRole, OpenLicence
from app.market.patents.copies import noted_elsewhere
from app.market.patents.models import EncumbranceKind
from app.notifications.telephones import same_number


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who must agree, and where the link goes."""

    role: ConsentRole
    name: str
    email: str
    phone: str = ""  # E.164, where codes go as text messages


def parties(open_licence: OpenLicence, purpose: ConsentPurpose, day: date) -> list[Party]:
    """Who must agree on a day; a withdrawal needs the patentees only. Patent with holders, encumbrances loaded."""
    patent, owner = open_licence.patent, open_licence.owner
    others = [
        Party(ConsentRole.CO_OWNER, one.name, one.email)
        for one in patent.holders
        if one.organisation_id != owner.id and one.name != owner.name and (not one.code or one.code != owner.code)
    ]
    if purpose is ConsentPurpose.WITHDRAWAL:
        return others
    pledges = [
        Party(ConsentRole.PLEDGEE, one.holder, one.holder_email)
        for one in patent.encumbrances
        if one.kind is EncumbranceKind.PLEDGE and one.is_active(day)
    ]
    # Of a pledge that a co-owner has noted the register tells the pledgee, not where its mail goes.
    noted = noted_elsewhere(patent, day, EncumbranceKind.PLEDGE)
    elsewhere = [Party(ConsentRole.PLEDGEE, one.holder, "") for one in noted]
    return others + list({one.name: one for one in (*elsewhere, *pledges)}.values())


def own_addresses(open_licence: OpenLicence, addresses: Sequence[str]) -> set[str]:
    """Which of the addresses belong to members of the patentee that asks: nobody answers for another party."""
    found = session.scalars(
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organisation_id == open_licence.owner_id,
            func.lower(User.email).in_([address.lower() for address in addresses]),
        )
    )
    return {address.lower() for address in found}


def is_own_number(open_licence: OpenLicence, number: str) -> bool:
    """Whether a telephone is the one at which the patentee itself takes notices or questions."""
    return any(same_number(number, one) for one in (open_licence.notice_phone, open_licence.patent.contact_phone))


def with_phones(open_licence: OpenLicence, found: Sequence[Party]) -> list[Party]:
    """The same parties, each with the telephone that was last named for it on this declaration."""
    asked = select(Consent.party_name, Consent.phone).where(
        Consent.open_licence_id == open_licence.id, Consent.phone != ""
    )
    phones = dict(session.execute(asked.order_by(Consent.created_at, Consent.id)).all())
    return [replace(one, phone=phones.get(one.name, "")) for one in found]
