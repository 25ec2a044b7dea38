"""Rows that tests of instruments start from."""

import itertools
from typing import Any

from app.accounts.models import Actor, Membership, Organisation, OrganisationKind, Role, User, Verification
from app.core.db import session
from app.equipment.instruments.models import Instrument, InstrumentState, OperationMode, ShareMode

_numbers = itertools.count(1)
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def valid_code(number: int, start: str = "12220000") -> str:
    """A 统一社会信用代码 with a correct check character (GB 32100-2015)."""
    body = f"{start}{number:09d}"
    total = sum(_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + _ALPHABET[-total % 31]


def make_institution(**overrides: Any) -> Organisation:
    """A verified university in Changchun."""
    number = next(_numbers)
    values = {
        "code": valid_code(number),
        "name": f"北松大学{number}",
        "name_en": f"Beisong University {number}",
        "kind": OrganisationKind.INSTITUTION,
        "region": "220100",
        "verification": Verification.VERIFIED,
    }
    organisation = Organisation(**(values | overrides))
    session.add(organisation)
    session.flush()
    return organisation


def make_enterprise(**overrides: Any) -> Organisation:
    """A verified enterprise."""
    number = next(_numbers)
    return make_institution(
        **{
            "kind": OrganisationKind.ENTERPRISE,
            "name": f"晶澜光电{number}",
            "name_en": f"Jinglan Opto {number}",
            "code": valid_code(number, "91220101"),
        }
        | overrides
    )


def make_actor(organisation: Organisation | None, *roles: Role) -> Actor:
    """A person who acts for an organisation in some roles."""
    user = User(email=f"person{next(_numbers)}@example.org", name="刘敏", password_hash="-")
    session.add(user)
    session.flush()
    if organisation is not None:
        session.add(Membership(user_id=user.id, organisation_id=organisation.id, roles=list(roles)))
        session.flush()
    return Actor(user=user, organisation=organisation, roles=frozenset(roles))


def make_instrument(owner: Organisation, **overrides: Any) -> Instrument:
    """A published instrument."""
    number = next(_numbers)
    values = {
        "owner_id": owner.id,
        "asset_no": f"A{number}",
        "name": f"Scanning electron microscope {number}",
        "name_zh": f"扫描电子显微镜{number}",
        "class_code": "0101",
        "region": owner.region,
        "share_mode": ShareMode.EXTERNAL,
        "operation_mode": OperationMode.BOTH,
        "state": InstrumentState.PUBLISHED,
        "extra": {},
    }
    instrument = Instrument(**(values | overrides))
    instrument.owner = owner
    session.add(instrument)
    session.flush()
    return instrument
