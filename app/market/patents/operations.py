"""Keeping patents: register facts, people, annuities, encumbrances, and the public portfolio (flows-market.md §1a)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.accounts.members.queries import people_in
from app.accounts.models import Actor, Organisation, OrganisationKind, Role
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import guard, session
from app.core.errors import Conflict, DomainError, Forbidden, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import one_line, paragraphs
from app.market.patents.copies import lock_number
from app.market.patents.events import PatentChanged, PatentLapsed, PatentPublished
from app.market.patents.facts import (
    PROSE,
    SCALARS,
    HolderValues,
    InventorValues,
    PatentValues,
    completed,
    equal_shares,
    faults,
    folded,
    merged,
)
from app.market.patents.models import (
    Encumbrance,
    EncumbranceKind,
    Holder,
    Inventor,
    LegalStatus,
    Patent,
)
from app.market.patents.numbers import PatentNumber, ipc_symbol, locarno_class, parse_number
from app.market.patents.policy import OFFICERS, PatentPolicy
from app.market.patents.queries import WITH_PEOPLE, locked
from app.market.patents.reliefs import due_of
from app.market.patents.search_words import index
from app.market.patents.terms import annuity, years_of
from app.search.operations import put

__all__ = ["WITH_PEOPLE", "HolderValues", "InventorValues", "PatentValues", "equal_shares"]

OWNERS = frozenset({OrganisationKind.INSTITUTION, OrganisationKind.ENTERPRISE})
ENDED = frozenset({LegalStatus.LAPSED, LegalStatus.EXPIRED, LegalStatus.INVALID})

EncumbranceCheck = Callable[[Patent, EncumbranceKind], None]
_encumbrance_checks: list[EncumbranceCheck] = []


@dataclass(frozen=True, slots=True)
class EncumbranceValues:
    """What is said of an encumbrance; it ends before `ends_on`, or nobody knows when."""

    kind: EncumbranceKind
    holder: str
    starts_on: date
    ends_on: date | None = None
    reference: str = ""
    holder_email: str = ""
    note: str = ""


def register_encumbrance_check(check: EncumbranceCheck) -> None:
    """Let a slice above refuse an encumbrance (raise Conflict), e.g. an exclusive licence beside an open one."""
    if check not in _encumbrance_checks:
        _encumbrance_checks.append(check)


def create_patent(actor: Actor, owner: Organisation, values: PatentValues) -> Patent:
    """Keep a patent privately, with what follows from its number and dates.

    Raises Forbidden, Invalid with the first field at fault, Conflict when the owner has the number already.
    """
    if owner.kind not in OWNERS or not (actor.is_system or actor.acts_for(owner.id, *OFFICERS)):
        raise Forbidden(_l("Your role does not allow this."), details={"needs": PatentPolicy.edit.needs})
    number = parse_number(values.get("number", ""))
    full = completed(_tidied(values), number, owner.name, today())
    _refuse_faults(full, number, owner)
    _refuse_strangers(owner, full)
    patent = Patent(id=uuid7(), owner_id=owner.id, number=number.canonical, owner=owner, changed_at=now())
    for name in SCALARS:
        if name in full:
            setattr(patent, name, full[name])
    patent.region = patent.region or owner.region
    patent.encumbrances = []
    _set_people(patent, full)
    put(index, patent)
    with guard(_taken(number)):
        session.add(patent)
    record(actor, "patent.create", patent, {"number": patent.number, "title": patent.title})
    return patent


def change_patent(actor: Actor, patent: Patent, values: PatentValues, *, revision: int | None = None) -> bool:
    """Change what `values` names and leave the rest; says whether anything differed.

    `revision` is the one the person looked at. The expiry follows kind and filing where it is not stated. Raises
    Forbidden or Missing, Invalid with the field at fault, Conflict when a colleague was faster or the number taken.
    """
    ensure(actor, PatentPolicy.edit, patent, known_to=PatentPolicy.view)
    patent = locked(patent)
    before = values_of(patent)
    number = parse_number(values.get("number", patent.number))
    full = merged(before, _tidied(values), number, patent.owner.name, today())
    changes = {
        name: [_plain(before[name]), _plain(full[name])]
        for name in before
        if name in full and before[name] != full[name]
    }
    if number.canonical != patent.number:
        changes["number"] = [patent.number, number.canonical]
    if not changes:
        return False
    if revision is not None and patent.revision != revision:
        raise Conflict(_l("A colleague has changed this patent meanwhile. Look again."), code="changed_meanwhile")
    _refuse_faults(full, number, patent.owner)
    if patent.is_published and not full.get("filed_on"):
        raise Invalid(_l("A published patent has a day of filing."), code="filing", field="filed_on")
    _refuse_strangers(patent.owner, full, before["inventors"])
    _write(patent, number, full, changes)
    for name in ("holders", "inventors"):  # the log is no place for persons
        if name in changes:
            changes[name] = [len(before[name]), len(full[name])]
    record(actor, "patent.update", patent, changes)
    _announce(patent, before["legal_status"])
    return True


def publish_patents(actor: Actor, patents: Sequence[Patent]) -> tuple[int, int]:
    """(published, left because facts are missing): put patents into the public portfolio. `patents` need their people.

    Raises Forbidden or Missing for the first one that the actor may not publish.
    """
    published = left = 0
    for patent in patents:
        ensure(actor, PatentPolicy.publish, patent, known_to=PatentPolicy.view)
        if patent.is_published:
            continue
        if gaps(patent):
            left += 1
            continue
        make_public(actor, patent)
        published += 1
    return published, left


def make_public(actor: Actor, patent: Patent) -> bool:
    """Put one patent into the public portfolio, for whoever has checked that it may be; whether it was private.

    A declaration takes its patent along: CNIPA announces both (专利法 art. 50), and a pilot is listed for everybody.
    """
    if patent.is_published:
        return False
    patent.published_at = patent.changed_at = now()
    session.flush()
    record(actor, "patent.publish", patent)
    emit(PatentPublished(patent.id))
    return True


def gaps(patent: Patent) -> list[str]:
    """Fields without which a patent is not shown to the public."""
    return [name for name in ("title", "filed_on", "granted_on") if not getattr(patent, name)]


def record_annuity(actor: Actor, patent: Patent, year: int, paid_on: date) -> int:
    """Note that the annuity of a year was paid; returns what was due on that day in fen.

    That is the annuity less the best relief, with the late surcharge.

    A right that ended because nobody had noted a payment made in time is in force again. Raises Forbidden or Missing,
    Conflict when another year is next or the late period was over (专利法实施细则 rules 114, 115), Invalid for a day
    that has not come.
    """
    ensure(actor, PatentPolicy.record_annuity, patent, known_to=PatentPolicy.view)
    patent = locked(patent)
    if patent.lacks_dates or patent.legal_status is LegalStatus.PENDING:
        raise Conflict(_l("Annuities are due once the patent is granted."), code="pending")
    if paid_on > today():
        raise Invalid(_l("This day lies in the future."), field="paid_on", code="future")
    if year != patent.annuity_paid_through + 1:
        raise Conflict(
            _l("Year %(year)s is next.", year=patent.annuity_paid_through + 1), code="annuity_order", field="year"
        )
    if year > years_of(patent.kind, patent.filed_on):
        raise Conflict(_l("The term has no further year."), code="annuity_over", field="year")
    due = annuity(patent, year)
    if paid_on > due.late_until:
        sentence = _l("The late period ended on %(day)s: the right has ended.", day=due.late_until)
        raise Conflict(sentence, code="annuity_lapsed", field="paid_on")
    before = patent.legal_status
    patent.annuity_paid_through, patent.changed_at = year, now()
    patent.revision += 1
    if before is LegalStatus.LAPSED:
        patent.legal_status = LegalStatus.IN_FORCE
    session.flush()
    amount = due_of(patent, year, paid_on).total_minor
    record(actor, "patent.annuity", patent, {"year": year, "paid_on": paid_on.isoformat(), "amount_minor": amount})
    _announce(patent, before)
    return amount


def add_encumbrance(actor: Actor, patent: Patent, values: EncumbranceValues) -> Encumbrance:
    """Note what stands in the way of a patent. Raises Forbidden or Missing, Invalid, and Conflict from above."""
    ensure(actor, PatentPolicy.edit, patent, known_to=PatentPolicy.view)
    holder = one_line(values.holder)
    if not holder:
        raise Invalid(_l("Say who holds it."), field="holder")
    if values.ends_on is not None and values.ends_on <= values.starts_on:
        raise Invalid(_l("It ends after it begins."), field="ends_on")
    locked(patent)
    lock_number(patent.number)
    for check in _encumbrance_checks:
        check(patent, values.kind)
    encumbrance = Encumbrance(
        id=uuid7(),
        patent_id=patent.id,
        kind=values.kind,
        holder=holder,
        holder_email=one_line(values.holder_email),
        reference=one_line(values.reference),
        starts_on=values.starts_on,
        ends_on=values.ends_on,
        note=paragraphs(values.note),
        created_at=now(),
    )
    patent.encumbrances.append(encumbrance)
    patent.changed_at = now()
    session.flush()
    record(
        actor,
        "patent.encumber",
        patent,
        {"encumbrance": values.kind.value, "starts_on": _plain(values.starts_on), "ends_on": _plain(values.ends_on)},
    )
    emit(PatentChanged(patent.id))
    return encumbrance


def end_encumbrance(actor: Actor, encumbrance: Encumbrance, ended_on: date) -> None:
    """Note on which day an encumbrance holds no more. Its patent must be loaded.

    Raises Forbidden or Missing, Invalid for a day to come or before it began.
    """
    patent = encumbrance.patent
    ensure(actor, PatentPolicy.edit, patent, known_to=PatentPolicy.view)
    if ended_on > today():
        raise Invalid(_l("This day lies in the future."), field="ended_on", code="future")
    if ended_on <= encumbrance.starts_on:
        raise Invalid(_l("It ends after it begins."), field="ended_on")
    before, encumbrance.ends_on = encumbrance.ends_on, ended_on
    patent.changed_at = now()
    session.flush()
    ends = [_plain(before), _plain(ended_on)]
    record(actor, "patent.release", patent, {"encumbrance": encumbrance.kind.value, "ends_on": ends})
    emit(PatentChanged(patent.id))


def end_patent(actor: Actor, patent: Patent, status: LegalStatus) -> None:
    """Note that the right has ended: lapsed, expired or invalid; done twice it changes nothing. `patent` is locked."""
    before = patent.legal_status
    if before is status:
        return
    patent.legal_status, patent.changed_at = status, now()
    patent.revision += 1
    session.flush()
    record(actor, "patent.end", patent, {"legal_status": [before.value, status.value]})
    _announce(patent, before)


def values_of(patent: Patent) -> dict[str, Any]:
    """What is said of a patent now; holders and inventors must be loaded."""
    return {
        **{name: getattr(patent, name) for name in SCALARS},
        "holders": [HolderValues(one.name, one.share, one.code, one.email) for one in patent.holders],
        "inventors": [InventorValues(one.name, one.share, one.department, one.user_id) for one in patent.inventors],
    }


def _tidied(values: Mapping[str, Any]) -> dict[str, Any]:
    """Texts without stray blanks, symbols in their usual form. Raises Invalid for a symbol that is none."""
    tidy = {
        name: (paragraphs if name in PROSE else one_line)(value) if type(value) is str else value
        for name, value in values.items()
        if name != "number"
    }
    for name, read in (("ipc", ipc_symbol), ("locarno", locarno_class)):
        if name in tidy:
            tidy[name] = [_symbol(name, read, text) for text in tidy[name]]
    for name in ("holders", "inventors"):
        if name in tidy:
            tidy[name] = list(tidy[name])
    return tidy


def _symbol(name: str, read: Callable[[str], str], text: str) -> str:
    try:
        return read(text)
    except ValueError:
        example = "G06F16/36" if name == "ipc" else "06-01"
        sentence = _l("“%(value)s” is no such symbol, e.g. %(example)s.", value=text[:40], example=example)
        raise Invalid(sentence, field=name, code="symbol") from None


def _refuse_faults(full: Mapping[str, Any], number: PatentNumber, owner: Organisation) -> None:
    for fault in faults(full, number, (owner.name, owner.name_en), today()):
        raise Invalid(fault.sentence, code=fault.code, field=fault.field)


def _refuse_strangers(owner: Organisation, full: Mapping[str, Any], before: Sequence[InventorValues] = ()) -> None:
    """Only somebody who is an inventor in the owner's organisation is linked anew; who has left stays linked."""
    linked = {one.user_id for one in full.get("inventors") or ()} - {one.user_id for one in before} - {None}
    if linked and not linked <= {each.id for each in people_in(owner.id, Role.INVENTOR)}:
        raise Invalid(_l("Only a member in the role of an inventor can be linked."), field="inventors", code="account")


def _write(patent: Patent, number: PatentNumber, full: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    with guard(_taken(number)):
        patent.number = number.canonical
        for name in SCALARS:
            setattr(patent, name, full[name])
        if "holders" in changes or "inventors" in changes:
            patent.holders, patent.inventors = [], []
            session.flush()
            _set_people(patent, full)
        patent.revision += 1
        patent.changed_at = now()
        put(index, patent)


def _set_people(patent: Patent, full: Mapping[str, Any]) -> None:
    owner = patent.owner
    patent.holders = [
        Holder(
            id=uuid7(),
            position=place,
            name=one.name,
            share=one.share,
            code=one.code or (owner.code if folded(one.name) == folded(owner.name) else ""),
            email=one.email,
            organisation_id=owner.id if folded(one.name) == folded(owner.name) else None,
        )
        for place, one in enumerate(full["holders"], 1)
    ]
    patent.inventors = [
        Inventor(
            id=uuid7(), position=place, name=one.name, share=one.share, department=one.department, user_id=one.user_id
        )
        for place, one in enumerate(full.get("inventors") or (), 1)
    ]  # fmt: skip


def _announce(patent: Patent, before: LegalStatus) -> None:
    emit(PatentChanged(patent.id))
    if patent.legal_status in ENDED and before not in ENDED:
        emit(PatentLapsed(patent.id))


def _taken(number: PatentNumber) -> dict[str, DomainError]:
    sentence = _l("You keep %(number)s already.", number=number.shown)
    declared = _l("With this number it would stand beside an open licence. Ask the operator.")
    dateless = _l("A granted patent has a day of filing and a day of grant.")
    return {
        "patents_owner_id_number_key": Conflict(sentence, field="number", code="taken"),
        "open_licences_one_filed": Conflict(declared, field="number", code="declared"),
        "open_licences_no_exclusive": Conflict(declared, field="number", code="declared"),
        "patents_number_check": Invalid(_l("This is no patent number."), field="number", code="number_form"),
        "patents_granted_check": Invalid(_l("A patent is granted after it is filed."), field="granted_on"),
        "patents_expires_check": Invalid(_l("The term ends after the day of filing."), field="expires_on"),
        "patents_report_check": Invalid(_l("Give the number of the evaluation report."), field="report_no"),
        "patents_status_check": Invalid(dateless, field="filed_on"),
        "patents_published_check": Invalid(_l("A published patent has a day of filing."), field="filed_on"),
        "patents_annuity_check": Invalid(_l("A year of the patent, 0 to 20."), field="annuity_paid_through"),
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
