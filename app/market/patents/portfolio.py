"""An organisation's portfolio as a list: what is asked of it, how many are in each state, publishing many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from app.accounts.models import Actor, Organisation
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.filters import Check, one_of, words
from app.core.i18n import lazy_gettext as _l
from app.market.patents.annuities import dues
from app.market.patents.models import LegalStatus, Patent
from app.market.patents.operations import publish_patents
from app.market.patents.parts import listings
from app.market.patents.queries import patents_by_ids, patents_of
from app.search.queries import matches

MOST_AT_ONCE = 1000
STATES = ("", "incomplete", "no_use", "private", "public")
ANNUITIES = ("", "soon", "late", "over", "paid")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks the portfolio for; unknown values ask for nothing."""

    q: str = ""
    show: str = ""
    status: str = ""
    annuity: str = ""
    listing: str = ""


ASKED: dict[str, Check] = {
    "q": words,
    "show": one_of(STATES),
    "status": one_of(LegalStatus),
    "annuity": one_of(ANNUITIES),
    "listing": one_of(listings),
}


def asked(arguments: Mapping[str, str]) -> Asked:
    """The question in an address."""
    words = " ".join(arguments.get("q", "").replace("\x00", "").split())[:200]
    show, status, annuity, listing = (arguments.get(name, "") for name in ("show", "status", "annuity", "listing"))
    return Asked(
        words,
        show if show in STATES else "",
        status if status in set(LegalStatus) else "",
        annuity if annuity in ANNUITIES else "",
        listing if listing in listings() else "",
    )


def _shows() -> dict[str, ColumnElement[bool]]:
    lacking = or_(Patent.filed_on.is_(None), Patent.granted_on.is_(None), Patent.title == "")
    return {
        "incomplete": lacking,
        "no_use": Patent.use_text == "",
        "private": Patent.published_at.is_(None),
        "public": Patent.published_at.is_not(None),
    }


def owned_patents(owner: Organisation, wanted: Asked, day: date) -> Select[Patent]:
    """The patents of an owner that answer a question."""
    statement = patents_of(owner)
    if wanted.q:
        number = wanted.q.upper().removeprefix("CN").removeprefix("ZL").strip()
        statement = statement.where(or_(matches(Patent.search_words, wanted.q), Patent.number.startswith(number)))
    if wanted.show:
        statement = statement.where(_shows()[wanted.show])
    if wanted.status:
        statement = statement.where(Patent.legal_status == LegalStatus(wanted.status))
    if wanted.annuity:
        statement = statement.where(getattr(dues(day), wanted.annuity))
    if wanted.listing:
        statement = statement.where(listings()[wanted.listing].condition())
    return statement


def counts_of(owner: Organisation, day: date) -> dict[str, int]:
    """How many patents there are in all (under the empty name), in each `show`, and by annuity."""
    due = dues(day)
    conditions = {**_shows(), "soon": due.soon, "late": due.late, "over": due.over}
    columns = [func.count().filter(condition) for condition in conditions.values()]
    row = session.execute(select(func.count(), *columns).where(Patent.owner_id == owner.id)).one()
    return dict(zip(("", *conditions), row, strict=True))


def publish_many(actor: Actor, owner: Organisation, ids: Sequence[UUID]) -> tuple[int, int]:
    """(published, left because facts are missing) of the chosen patents."""
    if not ids:
        raise Invalid(_l("Choose at least one patent."), field="ids", code="none_chosen")
    if len(ids) > MOST_AT_ONCE:
        raise Conflict(_l("At most %(most)s patents at once.", most=MOST_AT_ONCE), field="ids", code="too_many")
    return publish_patents(actor, patents_by_ids(owner.id, list(dict.fromkeys(ids))))


def publishable(owner: Organisation) -> list[UUID]:
    """Private patents with all that the public is shown."""
    statement = select(Patent.id).where(
        Patent.owner_id == owner.id, Patent.published_at.is_(None), Patent.granted_on.is_not(None)
    )
    return list(session.scalars(statement.order_by(Patent.number).limit(MOST_AT_ONCE)))
