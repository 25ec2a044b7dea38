"""What stands in the way of opening a patent, each with the way out (专利法 art. 42, 50; 实施细则 rules 85, 86)."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from app.core.i18n import LazyText
from app.core.i18n import lazy_gettext as _l
from app.market.open_licences.models import OpenLicence
from app.market.patents.models import WHOLE, Conclusion, Encumbrance, EncumbranceKind, LegalStatus, Patent
from app.market.patents.reliefs import Relief, next_due_with
from app.market.patents.terms import AnnuityState, annuity_state
from app.market.patents.words import due_words

PLEDGE = "pledge"
_BETWEEN = re.compile(r"[;；、，,\n]+")
_ENDED = {
    LegalStatus.LAPSED: _l("The patent has lapsed."),
    LegalStatus.EXPIRED: _l("The patent has expired."),
    LegalStatus.INVALID: _l("The patent was declared invalid."),
}


@dataclass(frozen=True, slots=True)
class Blocker:
    """One fact that bars the declaration: a code for machines, a sentence, the way out, and the article."""

    code: str
    sentence: LazyText
    way_out: LazyText
    article: LazyText


def blockers(
    patent: Patent,
    day: date,
    agreed: Collection[str] = (),
    elsewhere: Collection[Encumbrance] = (),
    reliefs: Collection[Relief] = (),
) -> list[Blocker]:
    """Every blocker of a patent on a day; none means that it may be opened.

    `patent` has owner, holders and encumbrances loaded; `agreed` names the pledgees whose consent is there;
    `elsewhere` is what co-owners have noted with their copies of the patent; `reliefs` lower its annuity.
    """
    return [
        *_grant(patent, day), *_encumbrances(patent, day, agreed), *_elsewhere(patent, day, agreed, elsewhere),
        *_annuities(patent, day, reliefs), *_report(patent), *_holders(patent),
    ]  # fmt: skip


def declared_blocker(other: OpenLicence) -> Blocker:
    """Another copy of the patent is filed or open: one declaration stands for all patentees (art. 50; art. 14)."""
    sentence = (
        _l("%(owner)s has opened this patent already: %(number)s.", owner=other.owner.name, number=other.number)
        if other.is_public
        else _l("A co-owner has filed a declaration of this patent with CNIPA already.")
    )
    way_out = _l(
        "One declaration stands for all patentees. Yours can be filed once that one is refused or withdrawn. "
        "If it is by none of the patentees, tell the operator."
    )
    return Blocker("declared_elsewhere", sentence, way_out, _l("Patent Law articles 14, 50"))


def _grant(patent: Patent, day: date) -> Iterator[Blocker]:
    """Only after the grant is announced (rule 85), and not once the right has ended (art. 42; Guidelines V 11)."""
    if patent.legal_status is LegalStatus.PENDING or patent.granted_on is None or day < patent.granted_on:
        yield Blocker(
            "not_granted", _l("The grant is not announced yet."), _l("Wait for the announcement of the grant."),
            _l("Rule 85"),
        )  # fmt: skip
    elif patent.legal_status in _ENDED:
        yield Blocker("ended", _ENDED[patent.legal_status], _l("It cannot be opened any more."), _l("Guidelines V 11"))
    elif day >= patent.expires_on:
        yield Blocker(
            "ended", _ENDED[LegalStatus.EXPIRED], _l("It cannot be opened any more."), _l("Patent Law article 42")
        )


def _encumbrances(patent: Patent, day: date, agreed: Collection[str]) -> Iterator[Blocker]:
    for one in patent.encumbrances:
        if one.is_active(day) and not (one.kind is EncumbranceKind.PLEDGE and one.holder in agreed):
            yield _encumbrance(one)


def _elsewhere(
    patent: Patent, day: date, agreed: Collection[str], elsewhere: Collection[Encumbrance]
) -> Iterator[Blocker]:
    """Facts of the register belong to the number: what a co-owner has noted bars as well (rule 86).

    A pledge stands with its registration (民法典 444), so its pledgee is named; of the rest only kind and end are told.
    """
    asked = {one.holder for one in patent.encumbrances if one.kind is EncumbranceKind.PLEDGE and one.is_active(day)}
    for one in elsewhere:
        if one.kind is not EncumbranceKind.PLEDGE:
            yield _noted(one)
        elif one.holder not in {*asked, *agreed}:
            asked.add(one.holder)
            yield _encumbrance(one)


def _noted(one: Encumbrance) -> Blocker:
    until = one.ends_on.isoformat() if one.ends_on else _l("an unknown day")
    sentences = {
        EncumbranceKind.EXCLUSIVE_LICENCE: _l(
            "A co-owner has noted an exclusive licence until %(until)s.", until=until
        ),
        EncumbranceKind.SOLE_LICENCE: _l("A co-owner has noted a sole licence until %(until)s.", until=until),
        EncumbranceKind.SUSPENSION: _l("A co-owner has noted that proceedings are suspended."),
        EncumbranceKind.PRESERVATION: _l("A co-owner has noted that a court has preserved the patent."),
        EncumbranceKind.OTHER: _l("A co-owner has noted that something stands in the way of using it."),
    }
    way_out = _l(
        "Have the co-owner record the day on which it ended. If none of the patentees has noted it, tell the operator."
    )
    own = _encumbrance(one)
    return Blocker(own.code, sentences[one.kind], way_out, own.article)


def _encumbrance(one: Encumbrance) -> Blocker:
    """Rule 86 (1), (2), (4) and (5)."""
    until = one.ends_on.isoformat() if one.ends_on else _l("an unknown day")
    words = {"holder": one.holder, "reference": one.reference or "–", "until": until}
    kinds: dict[EncumbranceKind, tuple[str, LazyText, LazyText, LazyText]] = {
        EncumbranceKind.EXCLUSIVE_LICENCE: (
            "exclusive_licence", _l("%(holder)s holds an exclusive licence until %(until)s.", **words),
            _l("Wait for its end, or end it by agreement and record the day."), _l("Rule 86 (1)"),
        ),
        EncumbranceKind.SOLE_LICENCE: (
            "sole_licence", _l("%(holder)s holds a sole licence until %(until)s.", **words),
            _l("Wait for its end, or end it by agreement and record the day."), _l("Rule 86 (1)"),
        ),
        EncumbranceKind.SUSPENSION: (
            "suspension", _l("Proceedings are suspended, case %(reference)s.", **words),
            _l("Wait until they go on; record the day on which the suspension ends."), _l("Rule 86 (2)"),
        ),
        EncumbranceKind.PRESERVATION: (
            "preservation", _l("A court has preserved the patent, case %(reference)s.", **words),
            _l("Wait until it is lifted; record the day on which it ends."), _l("Rule 86 (2)"),
        ),
        EncumbranceKind.PLEDGE: (
            PLEDGE, _l("Pledged to %(holder)s, who has not agreed yet.", **words),
            _l("Send the pledgee the link for its consent."), _l("Rule 86 (4)"),
        ),
        EncumbranceKind.OTHER: (
            "other", _l("Something stands in the way of using it: %(reference)s, %(holder)s.", **words),
            _l("Clear it and record the day on which it ended."), _l("Rule 86 (5)"),
        ),
    }  # fmt: skip
    return Blocker(*kinds[one.kind])


def _annuities(patent: Patent, day: date, reliefs: Collection[Relief]) -> Iterator[Blocker]:
    """The late period counts as unpaid (rule 86 (3)); after it the right has ended (rule 115)."""
    state, priced = annuity_state(patent, day), next_due_with(patent, reliefs, day)
    if priced is None or patent.legal_status is not LegalStatus.IN_FORCE:
        return
    due = priced.annuity
    if state is AnnuityState.LATE:
        yield Blocker(
            "annuity", _l("Annuity unpaid: %(amount)s today.", amount=due_words(priced)),
            _l("Pay year %(year)s and record the receipt, at the latest on %(day)s.", year=due.year,
               day=due.late_until.isoformat()),
            _l("Rule 86 (3)"),
        )  # fmt: skip
    elif state is AnnuityState.LAPSED:
        yield Blocker(
            "annuity_lapsed", _l("The annuity of year %(year)s was not paid in time.", year=due.year),
            _l("Record the receipt if it was paid; else the right has ended."), _l("Rule 86 (3)"),
        )  # fmt: skip


def _report(patent: Patent) -> Iterator[Blocker]:
    """Utility models and designs need an evaluation report, and none may speak against the grant (art. 50)."""
    if patent.conclusion is Conclusion.ADVERSE:
        yield Blocker(
            "report_adverse", _l("The evaluation report speaks against the grant."),
            _l("It cannot be opened with this report."), _l("Patent Law article 50"),
        )  # fmt: skip
    elif patent.kind.needs_report and patent.conclusion is Conclusion.NONE:
        yield Blocker(
            "report_missing", _l("A utility model or design needs an evaluation report."),
            _l("Ask CNIPA for it, then enter its number, day and conclusion."), _l("Patent Law article 50"),
        )  # fmt: skip


def _holders(patent: Patent) -> Iterator[Blocker]:
    """All patentees declare, under the names in the register, with shares that make a whole (rule 85 (2); art. 14)."""
    names = {one.name.strip() for one in patent.holders}
    if patent.owner.name not in names:
        yield Blocker(
            "owner", _l("%(name)s is not among the patentees.", name=patent.owner.name),
            _l("Enter all patentees with their shares."), _l("Rule 85 (2)"),
        )  # fmt: skip
    if sum(one.share for one in patent.holders) != WHOLE:
        yield Blocker(
            "shares", _l("The shares of the patentees do not add up to 100%."),
            _l("Enter all patentees with their shares."), _l("Patent Law article 14"),
        )  # fmt: skip
    registered = {name.strip() for name in _BETWEEN.split(patent.registered_holders) if name.strip()}
    if registered and registered != names:
        yield Blocker(
            "register", _l("The register names other patentees: %(names)s.", names="、".join(sorted(registered))),
            _l("Have the register changed first, then compare anew."), _l("Rule 85 (2)"),
        )  # fmt: skip
