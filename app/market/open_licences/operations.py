"""Writing a declaration: start it, choose the one price, word the terms, list it as a pilot.

The later steps stand beside: `consenting`, `publicity`, `filing`, `announcing`, `withdrawing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.accounts.models import Actor, OrganisationKind
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import guard, session
from app.core.errors import Conflict, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import one_line, paragraphs
from app.core.workdays import add_months
from app.market.open_licences.blockers import Blocker, blockers, declared_blocker
from app.market.open_licences.events import OpenLicenceListed
from app.market.open_licences.models import DeclarationState, OpenLicence, PriceForm, RoyaltyBase
from app.market.open_licences.policy import OpenLicencePolicy
from app.market.open_licences.prices import limit_exceeded
from app.market.open_licences.promotion import marked_words
from app.market.open_licences.queries import agreed_pledgees, open_declaration
from app.market.open_licences.states import change_state, lock, note_step
from app.market.patents.copies import noted_elsewhere
from app.market.patents.models import Patent
from app.market.patents.operations import gaps, make_public
from app.market.patents.reliefs import reliefs_of
from app.market.settings import settings
from app.settlement.operations import paper_number, take_numbers

__all__ = [
    "Price", "Terms", "change_state", "ensure_unblocked", "list_pilot", "set_price", "set_terms", "start_declaration",
    "unfinished", "unlist_pilot",
]  # fmt: skip

MAX_NOTE = 2000
PILOT_STATES = (DeclarationState.READY, DeclarationState.FILED, DeclarationState.CORRECTION)


@dataclass(frozen=True)
class Price:
    """The one announced price. Amounts in fen, rates in basis points; what does not belong to the form is dropped."""

    form: PriceForm
    lump_minor: int = 0
    upfront_minor: int = 0
    instalments: Sequence[tuple[int, int]] = ()  # (months after taking effect, fen)
    rate: int = 0
    base: RoyaltyBase | None = None
    rate_steps: Sequence[tuple[int, int]] = ()  # (from fen, basis points)
    floor_minor: int | None = None
    cap_minor: int | None = None
    period_months: int = 12
    basis_note: str = ""
    limit_reason: str = ""
    calculation: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Terms:
    """What is announced besides the price; shares in basis points of the net income."""

    use_text: str
    notice_name: str
    notice_email: str
    term_months: int | None = None
    not_included: str = ""
    other_terms: str = ""
    notice_phone: str = ""
    notice_address: str = ""
    inventors_share: int = 5000
    department_share: int = 0
    promotion_answer: str = ""


def start_declaration(actor: Actor, patent: Patent) -> OpenLicence:
    """Begin to declare a patent (its owner is loaded). Raises Conflict when it has a live declaration already."""
    year = today().year
    open_licence = OpenLicence(
        id=uuid7(), number="", patent_id=patent.id, patent_number=patent.number, owner_id=patent.owner_id,
        state=DeclarationState.DRAFT, price_form=PriceForm.FREE, use_text=patent.use_text,
        notice_name=patent.contact_name or patent.owner.name,
        notice_email=patent.contact_email, notice_phone=patent.contact_phone, notice_address=patent.owner.address,
        inventors_share=settings.number("inventors_share"), created_by_id=actor.user_id, created_at=now(),
        changed_at=now(), revision=0,
    )  # fmt: skip
    ensure(actor, OpenLicencePolicy.edit, open_licence)
    open_licence.number = paper_number("OL", year, take_numbers("open_licence", year))
    live = Conflict(_l("This patent has a declaration already."), code="declared")
    with guard({"open_licences_one_live": live}):
        session.add(open_licence)
    open_licence.patent, open_licence.owner = patent, patent.owner
    note_step(actor, open_licence, today())
    record(actor, "open_licence.start", open_licence, {"state": [None, open_licence.state.value]})
    return open_licence


def set_price(actor: Actor, open_licence: OpenLicence, price: Price) -> OpenLicence:
    """Choose the one announced price (rule 85 (3)).

    Raises Invalid for amounts that do not fit the form, for a price above the usual limits without a reason (CNIPA's
    estimate guide), and for a note of more than 2,000 characters; Conflict once the text is locked.
    """
    _ensure_draft(actor, open_licence)
    before = open_licence.price_form.value
    _fill(open_licence, price)
    _check_price(open_licence)
    open_licence.price_set_at = open_licence.changed_at = now()
    session.flush()
    record(actor, "open_licence.price", open_licence, {"price_form": [before, price.form.value]})
    return open_licence


def _fill(open_licence: OpenLicence, price: Price) -> None:
    form = price.form
    open_licence.price_form = form
    open_licence.lump_minor = price.lump_minor if form is PriceForm.LUMP_SUM else 0
    open_licence.upfront_minor = price.upfront_minor if form is PriceForm.UPFRONT_ROYALTY else 0
    parts = sorted(price.instalments) if form is PriceForm.INSTALMENTS else []
    open_licence.instalments = [{"months": months, "minor": amount} for months, amount in parts]
    steps = sorted(price.rate_steps) if form.has_royalty else []
    open_licence.rate_steps = [{"from_minor": start, "rate": rate} for start, rate in steps]
    open_licence.rate = price.rate if form.has_royalty and not steps else 0
    open_licence.royalty_base = price.base if form.has_royalty else None
    open_licence.floor_minor = price.floor_minor if form.has_royalty else None
    open_licence.cap_minor = price.cap_minor if form.has_royalty else None
    open_licence.period_months = price.period_months if form.has_royalty else 12
    open_licence.basis_note = paragraphs(price.basis_note)
    open_licence.limit_reason = paragraphs(price.limit_reason)
    open_licence.calculation = dict(price.calculation)


def _check_price(priced: OpenLicence) -> None:
    """Each form has its amounts, and no others; the database says the same once more."""
    form = priced.price_form
    with session.no_autoflush:
        _insist(form is not PriceForm.LUMP_SUM or priced.lump_minor > 0, "lump", _l("Enter the lump sum."))
        _insist(
            form is not PriceForm.UPFRONT_ROYALTY or priced.upfront_minor > 0, "upfront", _l("Enter the upfront fee.")
        )
        parts = priced.instalments
        months = [part["months"] for part in parts]
        fits = len(parts) > 1 and all(part["minor"] > 0 for part in parts) and len(set(months)) == len(months)
        _insist(
            form is not PriceForm.INSTALMENTS or (fits and min(months) == 0), "instalments",
            _l("Enter at least two instalments, the first one due at once (0 months)."),
        )  # fmt: skip
        if form.has_royalty:
            _check_royalty(priced)
        _insist(len(priced.basis_note) <= MAX_NOTE, "basis_note", _l("Use at most %(max)d characters.", max=MAX_NOTE))
        usual = {"lump": "usual_lump_minor", "sales": "usual_sales_rate", "profit": "usual_profit_rate"}
        above = limit_exceeded(priced, {name: settings.number(key) for name, key in usual.items()})
        _insist(
            above is None or priced.limit_reason != "", "limit_reason",
            _l("This is above what is usual. Say why, or license by contract."),
        )  # fmt: skip


def _check_royalty(priced: OpenLicence) -> None:
    _insist(priced.royalty_base is not None, "base", _l("Say what the royalty is a share of."))
    rates = [step["rate"] for step in priced.rate_steps] or [priced.rate]
    _insist(all(0 < rate <= 10_000 for rate in rates), "rate", _l("Enter a rate above 0 and up to 100%."))
    starts = [step["from_minor"] for step in priced.rate_steps]
    _insist(not starts or starts[0] == 0, "rate", _l("The first rate begins at 0."))
    _insist(len(set(starts)) == len(starts), "rate", _l("Two rates begin at the same amount."))
    floor, cap = priced.floor_minor, priced.cap_minor
    _insist(floor is None or floor >= 0, "floor", _l("Enter an amount of 0 or more."))
    _insist(cap is None or cap > 0, "cap", _l("Enter an amount above 0."))
    _insist(floor is None or cap is None or floor <= cap, "cap", _l("The most is below the least."))
    _insist(priced.period_months in {1, 3, 6, 12}, "period", _l("A period has 1, 3, 6 or 12 months."))


def _insist(holds: bool, name: str, sentence: object) -> None:
    if not holds:
        raise Invalid(sentence, code=name, field=name)


def set_terms(actor: Actor, open_licence: OpenLicence, terms: Terms) -> OpenLicence:
    """Word what is announced besides the price (rule 85 (4), (5)); patent and owner are loaded.

    Raises Invalid for a missing use or address of notices, a term beyond the expiry (art. 42) and shares below the
    least of the inventors (成果转化法 art. 45); Conflict once the text is locked.
    """
    _ensure_draft(actor, open_licence)
    patent = open_licence.patent
    _insist(paragraphs(terms.use_text) != "", "use_text", _l("Say in two plain sentences what it is for."))
    _insist(one_line(terms.notice_email) != "", "notice_email", _l("Enter the mailbox in which notices count."))
    months = terms.term_months
    _insist(months is None or months > 0, "term_months", _l("Enter a number of months, or leave it to the expiry."))
    _insist(
        months is None or patent.lacks_dates or add_months(today(), months) <= patent.expires_on, "term_months",
        _l("The patent expires on %(day)s, before such a licence would end.", day=str(patent.expires_on)),
    )  # fmt: skip
    least = settings.number("inventors_share") if needs_publicity(open_licence) else 0
    _insist(
        terms.inventors_share >= least, "inventors_share",
        _l("The inventors get at least %(share)s%% of the net income.", share=least // 100),
    )  # fmt: skip
    whole = terms.department_share >= 0 and terms.inventors_share + terms.department_share <= 10_000
    _insist(whole, "department_share", _l("The shares come to more than 100%."))
    for name in ("use_text", "not_included", "other_terms", "promotion_answer"):
        setattr(open_licence, name, paragraphs(getattr(terms, name)))
    for name in ("notice_name", "notice_email", "notice_phone", "notice_address"):
        setattr(open_licence, name, one_line(getattr(terms, name)))
    open_licence.term_months = months
    open_licence.inventors_share, open_licence.department_share = terms.inventors_share, terms.department_share
    open_licence.changed_at = now()
    session.flush()
    record(actor, "open_licence.terms", open_licence, {"term_months": [None, months]})
    return open_licence


def needs_publicity(open_licence: OpenLicence) -> bool:
    """Universities and institutes publish an agreed price inside first (成果转化法 art. 18); firms need not."""
    return open_licence.owner.kind is OrganisationKind.INSTITUTION


def unfinished(open_licence: OpenLicence) -> list[tuple[str, object]]:
    """What must be written before consents are asked for: a code and a sentence each."""
    found: list[tuple[str, object]] = []
    if open_licence.price_set_at is None:
        found.append(("price", _l("Choose the price.")))
    elif not open_licence.basis_note:
        found.append(("basis_note", _l("Say in a few words how the price was found.")))
    if not open_licence.use_text or not open_licence.notice_email:
        found.append(("terms", _l("Word the terms.")))
    if marked_words(open_licence) and not open_licence.promotion_answer:
        found.append(("promotion", _l("Take the marked words out, or say why they are facts.")))
    return found


def ensure_unblocked(open_licence: OpenLicence, *, besides: Sequence[str] = ()) -> None:
    """Raise Conflict with the first blocker of today; codes in `besides` do not count. Patent and people loaded."""
    for one in blockers_of(open_licence):
        if one.code not in besides:
            raise Conflict(one.sentence, code=one.code, details={"article": str(one.article)})


def blockers_of(open_licence: OpenLicence) -> list[Blocker]:
    """What stands in the way of a declaration today, with the consents that are there; other copies count too."""
    patent, day = open_licence.patent, today()
    found = blockers(
        patent, day, agreed_pledgees(open_licence), noted_elsewhere(patent, day), reliefs_of(patent)
    )  # fmt: skip
    filed = open_declaration(patent.number)
    return found if filed is None or filed.patent_id == patent.id else [declared_blocker(filed), *found]


def list_pilot(actor: Actor, open_licence: OpenLicence) -> OpenLicence:
    """Show it as a pilot 试点 before it is announced: interest only, no effect of art. 51.

    What is listed everybody may read, so its patent is in the public portfolio from then on. Raises Conflict before
    all consents and the publicity are there, while a blocker holds, once announced, or where facts are missing.
    """
    ensure(actor, OpenLicencePolicy.edit, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    if open_licence.state not in PILOT_STATES:
        raise Conflict(_l("It can be listed once all have agreed and the publicity is over."), code="state")
    ensure_unblocked(open_licence)
    if open_licence.pilot_at is None:
        if gaps(open_licence.patent):
            raise Conflict(_l("Title, day of filing and day of grant are shown with it. Add them first."), code="gaps")
        make_public(actor, open_licence.patent)
        open_licence.pilot_at = now()
        note_step(actor, open_licence, today())
        record(actor, "open_licence.list", open_licence)
        emit(OpenLicenceListed(open_licence.id))
    return open_licence


def unlist_pilot(actor: Actor, open_licence: OpenLicence) -> OpenLicence:
    """Take a pilot off the list."""
    ensure(actor, OpenLicencePolicy.edit | OpenLicencePolicy.check, open_licence, known_to=OpenLicencePolicy.view)
    if open_licence.pilot_at is not None:
        open_licence.pilot_at = None
        note_step(actor, open_licence, today())
        record(actor, "open_licence.unlist", open_licence)
    return open_licence


def _ensure_draft(actor: Actor, open_licence: OpenLicence) -> None:
    ensure(actor, OpenLicencePolicy.edit, open_licence, known_to=OpenLicencePolicy.view)
    lock(open_licence)
    if open_licence.state is not DeclarationState.DRAFT:
        raise Conflict(_l("The text is locked since consents were asked for."), code="locked")
