"""Whether a declaration can be taken, and what of it is frozen with the notice (专利法 art. 51)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.core.clock import today
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.wording import one_line
from app.market.licences.wording import NoticeFields
from app.market.open_licences.models import ENDED, OpenLicence
from app.market.patents.models import LegalStatus, Patent
from app.market.settings import settings

MAX_USE = 500
PRICE = (
    "price_form", "lump_minor", "upfront_minor", "instalments", "rate", "royalty_base", "rate_steps", "floor_minor",
    "cap_minor", "period_months", "currency",
)  # fmt: skip
TERMS = (
    "number", "announcement_no", "term_months", "territory", "use_text", "not_included", "other_terms",
    "inventors_share", "department_share",
)  # fmt: skip


def ensure_can_be_taken(declaration: OpenLicence, licensee_id: UUID | None, day: date) -> None:
    """Only what CNIPA has announced is open, to everybody but the patentee; a pilot never is (flows-market.md M6).

    Raises Conflict with codes pilot, not_open, own, patent_ended.
    """
    if declaration.state in ENDED:
        raise Conflict(_l("This open licence has ended."), code="not_open")
    if declaration.is_pilot:
        raise Conflict(_l("Pilot, not announced: interest only."), code="pilot")
    if not declaration.is_open or declaration.announced_on is None or declaration.announced_on > day:
        raise Conflict(_l("Not announced: nobody can take a licence yet."), code="not_open")
    if declaration.owner_id == licensee_id:
        raise Conflict(_l("This patent is your own."), code="own")
    if declaration.patent.legal_status is not LegalStatus.IN_FORCE or declaration.patent.expires_on <= day:
        raise Conflict(_l("This patent is not in force."), code="patent_ended")


def is_register_old(patent: Patent, day: date) -> bool:
    """Whether the facts of the register were checked too long ago to rely on them without a look."""
    checked_on = patent.register_checked_on
    return checked_on is None or checked_on < day - timedelta(days=settings.number("register_fresh_days"))


def checked(fields: NoticeFields, patent: Patent) -> NoticeFields:
    """The fields in order. Raises Invalid at the first that is missing, too long, or no day of the patent's term."""
    tidy = NoticeFields(
        product=" ".join(fields.product.split()),
        place=one_line(fields.place),
        starts_on=fields.starts_on,
        contact_name=one_line(fields.contact_name),
        contact_phone=one_line(fields.contact_phone),
        address=one_line(fields.address),
    )
    if not tidy.product or len(tidy.product) > MAX_USE:
        raise Invalid(_l("Say what you will make, use or sell, in at most %(most)s characters.", most=MAX_USE),
                      field="product")  # fmt: skip
    if not tidy.place or len(tidy.place) > 200:
        raise Invalid(_l("Say where, e.g. the city."), field="place")
    if not tidy.contact_name or len(tidy.contact_name) > 100:
        raise Invalid(_l("Name somebody who answers questions."), field="contact_name")
    if len(tidy.contact_phone) > 60 or len(tidy.address) > 200:
        raise Invalid(_l("This is too long."), field="address" if len(tidy.address) > 200 else "contact_phone")
    if not today() <= tidy.starts_on < patent.expires_on:
        raise Invalid(_l("A day from today until the patent expires."), field="starts_on")
    return tidy


def frozen_price(price: Any) -> dict[str, Any]:
    """The price as announced, copied so that nothing changes it."""
    values = {name: getattr(price, name) for name in PRICE}
    return {
        name: [dict(part) for part in value] if isinstance(value, list) else value for name, value in values.items()
    }


def terms_of(declaration: OpenLicence) -> dict[str, Any]:
    """Territory, use, term and shares as announced."""
    return {name: getattr(declaration, name) for name in TERMS}
