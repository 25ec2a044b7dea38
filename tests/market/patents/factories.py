"""Patents for tests: plain typed functions, every value overridable."""

import itertools
from datetime import date
from typing import Any

from app.accounts.models import SYSTEM, Organisation, OrganisationKind
from app.core.db import session
from app.market.patents.models import Patent, PatentKind
from app.market.patents.numbers import KIND_DIGITS, check_character
from app.market.patents.operations import create_patent
from tests.accounts.factories import make_organisation

_serial = itertools.count(1)
_KINDS = {kind: digit for digit, kind in KIND_DIGITS.items()}


def patent_number(kind: PatentKind = PatentKind.INVENTION, year: int = 2020, serial: int | None = None) -> str:
    """A number that holds; no register knows it."""
    digits = f"{year}{_KINDS[kind.value]}{next(_serial) if serial is None else serial:07d}"
    return f"{digits}.{check_character(digits)}"


def make_patent(owner: Organisation | None = None, **overrides: Any) -> Patent:
    """An invention in force, annuities paid through year 8, private unless `published_at` is given."""
    owner = owner or make_organisation(OrganisationKind.INSTITUTION)
    published_at = overrides.pop("published_at", None)
    kind = overrides.get("kind", PatentKind.INVENTION)
    values: dict[str, Any] = {
        "number": patent_number(kind),
        "title": "一种测试方法",
        "filed_on": date(2020, 3, 10),
        "granted_on": date(2022, 5, 6),
        "annuity_paid_through": 8,
        **overrides,
    }
    patent = create_patent(SYSTEM, owner, values)  # type: ignore[arg-type]
    patent.published_at = published_at
    session.flush()
    return patent
