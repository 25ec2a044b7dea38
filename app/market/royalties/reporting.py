"""Royalty reports: by the licensee, corrected, or the announced floor where none was sent."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import SYSTEM, Actor
from app.core.audit import AuditEntry, audit_row, record
from app.core.clock import DEFAULT_ZONE, Period, nearest_at_place, now, period, today
from app.core.db import guard, insert_rows, session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.money import Money
from app.core.policy import ensure
from app.core.workdays import add_working_days
from app.files.models import StoredFile
from app.ledger.operations import lock_books
from app.market.licences.models import Licence
from app.market.licences.pledges import hold_if_pledged
from app.market.open_licences.prices import Royalty, royalty_within
from app.market.patents.copies import pledges_on
from app.market.patents.models import Patent
from app.market.royalties.events import RoyaltyReported
from app.market.royalties.models import PeriodState, RoyaltyPeriod, RoyaltyReport
from app.market.royalties.policy import RoyaltyPolicy
from app.market.royalties.queries import credited_minor, live_notes, reports_of
from app.market.settings import settings
from app.settlement.corrections.lowering import can_be_lowered, lower_fee_note
from app.settlement.credits.models import CreditNote
from app.settlement.credits.operations import creditable, issue_credit_note
from app.settlement.fee_notes.bulk import Ask, issue_earned
from app.settlement.fee_notes.models import FeeNote
from app.settlement.fee_notes.operations import earn_fee_note, issue_fee_note
from app.settlement.models import Charge, ChargeKind

SUBJECT = "royalty_reports"
TAX_CATEGORY = "patent_licence"  # money.md §5.6
MOST_PRODUCTS, MOST_MINOR = 200, 10**15
MIDNIGHT = time(0)


def clean_products(products: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What was sold, checked and with its net: name, units, gross and deductions in fen. Empty for no sales.

    Raises Invalid (field ``products``) for a product without a name, for negative numbers and for deductions above
    the gross: what is to be taken back of an earlier period is a correction of that period.
    """
    if len(products) > MOST_PRODUCTS:
        raise Invalid(_l("At most %(count)s products in one report.", count=MOST_PRODUCTS), field="products")
    return [_clean(product) for product in products]


def _clean(product: Mapping[str, Any]) -> dict[str, Any]:
    name = str(product.get("name", "")).strip()
    units, gross, deductions = (int(product.get(key) or 0) for key in ("units", "gross_minor", "deductions_minor"))
    if not name or len(name) > 200:
        raise Invalid(_l("Name each product."), field="products")
    if min(units, gross, deductions) < 0 or max(units, gross, deductions) > MOST_MINOR:
        raise Invalid(_l("Units and amounts are zero or more."), field="products")
    if deductions > gross:
        raise Invalid(
            _l("%(name)s: the deductions are more than the gross. Correct the period they belong to.", name=name),
            field="products",
            code="deductions",
        )
    return {"name": name, "units": units, "gross_minor": gross, "deductions_minor": deductions,
            "net_minor": gross - deductions}  # fmt: skip


def quote(royalty_period: RoyaltyPeriod, licence: Licence, products: Sequence[Mapping[str, Any]]) -> Royalty:
    """What a report with these products would come to."""
    net = sum(product["net_minor"] for product in clean_products(products))
    return royalty_within(licence, net, royalty_period.floor_minor, royalty_period.cap_minor)


def report_royalty(
    actor: Actor,
    royalty_period: RoyaltyPeriod,
    products: Sequence[Mapping[str, Any]],
    evidence: StoredFile | None = None,
    *,
    reason: str = "",
) -> RoyaltyReport:
    """The licensee says what was sold in a period that is over (no products: no sales); its bill is issued at once.

    A second report corrects the one before: it needs a `reason`; what it asks for beyond that one has a fee note of
    its own that names the period. What it asks for less is taken off the fee notes that no statement shows yet, at
    once; of those that are stated it is taken back by credit notes (`credit_difference`).
    Raises Conflict before the period is over and for a correction that changes nothing, Invalid for bad products.
    """
    ensure(actor, RoyaltyPolicy.report, royalty_period, known_to=RoyaltyPolicy.view)
    if actor.user_id is None:
        raise Forbidden(_l("A person reports royalties."))
    lock(royalty_period)
    if royalty_period.ends_on > today():
        sentence = _l("This period runs until %(day)s.", day=royalty_period.ends_on.isoformat())
        raise Conflict(sentence, code="period_open")
    before = reports_of(royalty_period.id)
    last = before[-1] if before else None
    licence = licence_of(royalty_period)
    sold = clean_products(products)
    if last is not None and not last.is_floor_only:
        if not reason.strip():
            raise Invalid(_l("Say why the report is corrected."), field="reason")
        if last.products == sold:
            raise Conflict(_l("This is what is reported already."), code="reported")
    report = _new_report(royalty_period, licence, last, sold)
    report.reason = reason.strip()
    report.reported_by_id, report.evidence_id = actor.user_id, evidence.id if evidence else None
    return _keep(actor, royalty_period, licence, report, last)


def _new_report(
    royalty_period: RoyaltyPeriod, licence: Licence, last: RoyaltyReport | None, sold: list[dict[str, Any]]
) -> RoyaltyReport:
    net = sum(product["net_minor"] for product in sold)
    found = royalty_within(licence, net, royalty_period.floor_minor, royalty_period.cap_minor)
    return RoyaltyReport(
        id=uuid7(), period_id=royalty_period.id, licensor_id=royalty_period.licensor_id,
        licensee_id=royalty_period.licensee_id, revision=last.revision + 1 if last else 1,
        corrects_id=last.id if last else None, is_floor_only=False, products=sold, net_minor=net,
        slices=[{"base_minor": each.base_minor, "rate": each.rate} for each in found.slices],
        computed_minor=found.computed_minor, by_floor=found.by_floor, by_cap=found.by_cap,
        due_minor=found.due_minor, difference_minor=found.due_minor - (last.due_minor if last else 0),
        currency=licence.currency, reported_at=now(),
    )  # fmt: skip


def _keep(
    actor: Actor, royalty_period: RoyaltyPeriod, licence: Licence, report: RoyaltyReport, last: RoyaltyReport | None
) -> RoyaltyReport:
    if report.difference_minor > 0:
        words = describe(licence, royalty_period)
        note = issue_fee_note(
            actor, subject_kind=SUBJECT, subject_id=report.id, subject_number=_number(licence, royalty_period),
            provider_id=licence.licensor_id, payer_id=licence.licensee_id, description=words["zh_CN"],
            description_en=words["en"], total=Money(report.difference_minor, licence.currency),
            tax_category=TAX_CATEGORY, tax_rate=settings.number("licence_tax_percent"), due_on=_bill_due(),
            bears_interest=True,
        )  # fmt: skip
        charge = earn_fee_note(
            actor, note, kind=ChargeKind.ROYALTY, used_on=today(), service_period=_stretch(royalty_period)
        )
        hold_if_pledged(licence.patent_id, charge)
        report.fee_note_id = note.id
    with guard({"royalty_reports_period_id_revision_key": Conflict(_l("This is reported already."), code="reported")}):
        session.add(report)
    state = royalty_period.state
    if state is not PeriodState.QUESTIONED:
        until = add_working_days(today(), settings.number("question_days"))
        royalty_period.state, royalty_period.question_until = PeriodState.REPORTED, until
    royalty_period.changed_at = now()
    royalty_period.revision += 1
    session.flush()
    changes = {"state": [state.value, royalty_period.state.value],
               "amount": [last.due_minor if last else None, report.due_minor]}  # fmt: skip
    record(actor, "royalty.correct" if last else "royalty.report", royalty_period, changes)
    if report.difference_minor < 0:
        lower_unbilled(actor, royalty_period, report.reason)
    emit(RoyaltyReported(report.id))
    return report


def bill_floors(late: Sequence[RoyaltyPeriod]) -> int:
    """Bill the announced floor of periods for which nothing was reported in time, never a guess; returns how many.

    The period stays due: a report that comes later corrects it.
    """
    billed = [each for each in late if each.floor_minor]
    if not billed:
        return 0
    licences = {
        licence.id: (licence, patent)
        for licence, patent in session.execute(
            select(Licence, Patent).join(Patent, Patent.id == Licence.patent_id)
            .where(Licence.id.in_({each.licence_id for each in billed}))
        )
    }  # fmt: skip
    identities = [uuid7() for _each in billed]
    asks = [_ask(each, *licences[each.licence_id], identity) for each, identity in zip(billed, identities, strict=True)]
    notes = issue_earned(
        SYSTEM, asks, subject_kind=SUBJECT, kind=ChargeKind.ROYALTY, tax_category=TAX_CATEGORY,
        tax_rate=settings.number("licence_tax_percent"), bears_interest=True,
    )  # fmt: skip
    rows = [_floor_report(*each) for each in zip(billed, identities, notes, strict=True)]
    insert_rows(RoyaltyReport, rows)
    _hold_pledged([(licences[each.licence_id][0], note) for each, note in zip(billed, notes, strict=True)])
    insert_rows(
        AuditEntry,
        [audit_row(SYSTEM, "royalty.bill_floor", each, {"amount": [None, each.floor_minor]}) for each in billed],
    )
    emit(*(RoyaltyReported(identity) for identity in identities))
    return len(billed)


def _hold_pledged(asked: Sequence[tuple[Licence, UUID]]) -> None:
    """Hold the floors of pledged patents; one question for all of them."""
    pledged = pledges_on({licence.patent_id for licence, _note in asked}, today())
    for licence, note_id in asked:
        if licence.patent_id in pledged:
            charge_id = session.get_one(FeeNote, note_id).charge_id
            hold_if_pledged(licence.patent_id, session.get_one(Charge, charge_id))


def _floor_report(each: RoyaltyPeriod, identity: UUID, note_id: UUID) -> dict[str, Any]:
    return {
        "id": identity, "period_id": each.id, "licensor_id": each.licensor_id, "licensee_id": each.licensee_id,
        "revision": 1, "is_floor_only": True, "products": [], "net_minor": 0, "slices": [], "computed_minor": 0,
        "by_floor": True, "by_cap": False, "due_minor": each.floor_minor, "difference_minor": each.floor_minor,
        "fee_note_id": note_id, "reported_at": now(),
    }  # fmt: skip


def _ask(each: RoyaltyPeriod, licence: Licence, patent: Patent, identity: UUID) -> Ask:
    words = describe(licence, each, patent)
    return Ask(
        identity, _number(licence, each), each.licensor_id, each.licensee_id, words["zh_CN"], words["en"],
        each.floor_minor or 0, _stretch(each), _bill_due(),
    )  # fmt: skip


def to_credit(period_id: UUID) -> int:
    """What corrections have taken off a period and neither a lower fee note nor a credit note takes back, in fen."""
    reports = reports_of(period_id)
    if not reports:
        return 0
    asked = sum(note.total_minor for note in live_notes(reports))
    return asked - credited_minor(charges_of(reports)) - reports[-1].due_minor


def charges_of(reports: Sequence[RoyaltyReport]) -> list[UUID]:
    """The charges of the reports' fee notes that still ask for something."""
    return [note.charge_id for note in live_notes(reports) if note.charge_id]


def lower_unbilled(actor: Actor, royalty_period: RoyaltyPeriod, reason: str) -> int:
    """Take what corrections have taken off a period from the notes that no statement shows yet, the newest first;
    returns how much that was, in fen. The rest needs credit notes (`credit_difference`)."""
    left = owed = to_credit(royalty_period.id)
    for note in reversed(live_notes(reports_of(royalty_period.id))):
        if left > 0 and can_be_lowered(note):
            part = min(left, note.total_minor)
            lower_fee_note(actor, note, note.total_minor - part, reason)
            left -= part
    return owed - left


def credit_difference(actor: Actor, royalty_period: RoyaltyPeriod) -> list[CreditNote]:
    """Issue credit notes for what corrections have taken off a period, from the newest bill back; a second person
    approves each. Raises Conflict when nothing is to be taken back or the month's bill is not issued yet."""
    ensure(actor, RoyaltyPolicy.credit, royalty_period, known_to=RoyaltyPolicy.view)
    lock(royalty_period)
    left = to_credit(royalty_period.id)
    if left <= 0:
        raise Conflict(_l("Nothing is to be taken back of this period."), code="nothing")
    reports = reports_of(royalty_period.id)
    reason = next(each.reason for each in reversed(reports) if each.difference_minor < 0)
    notes = []
    for charge_id in reversed(charges_of(reports)):
        charge = session.get_one(Charge, charge_id)
        part = min(left, creditable(charge).minor)
        if part > 0:
            notes.append(issue_credit_note(actor, charge, Money(part, charge.currency), reason))
            left -= part
    return notes


def lock(royalty_period: RoyaltyPeriod) -> None:
    """Books before rows, everywhere."""
    lock_books()
    session.refresh(royalty_period, with_for_update={"of": RoyaltyPeriod})


def licence_of(royalty_period: RoyaltyPeriod) -> Licence:
    """The licence of a period, with nothing else loaded."""
    return session.get_one(Licence, royalty_period.licence_id)


def describe(licence: Licence, royalty_period: RoyaltyPeriod, patent: Patent | None = None) -> dict[str, str]:
    """What a bill says of a period, by language: the patent and the period's first and last day."""
    patent = patent or session.get_one(Patent, licence.patent_id)
    days = f"{royalty_period.starts_on.isoformat()}—{royalty_period.last_day.isoformat()}"
    return {"zh_CN": f"专利许可提成 {patent.shown_number} {days}", "en": f"Royalty {patent.shown_number} {days}"}


def _number(licence: Licence, royalty_period: RoyaltyPeriod) -> str:
    return f"{licence.number}-{royalty_period.position:02d}"


def _bill_due() -> date:
    return today() + timedelta(days=settings.number("royalty_due_days"))


def _stretch(royalty_period: RoyaltyPeriod) -> Period:
    midnight = nearest_at_place(royalty_period.starts_on, MIDNIGHT, DEFAULT_ZONE)
    return period(midnight, nearest_at_place(royalty_period.ends_on, MIDNIGHT, DEFAULT_ZONE))


def note_of(report: RoyaltyReport) -> FeeNote | None:
    """The fee note of a report, if it asks for anything."""
    return session.get(FeeNote, report.fee_note_id) if report.fee_note_id else None
