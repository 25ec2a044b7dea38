"""What stands in the way of a licence or a transfer by agreement, and words of a contract that would be void."""

from datetime import date

from sqlalchemy import select

from app.core.clock import today
from app.core.db import session
from app.core.errors import Conflict
from app.core.i18n import lazy_gettext as _l
from app.market.licences.models import LicenceKind
from app.market.licences.negotiated import BARRED_WHILE_OPEN
from app.market.licences.words import REASONS, Reason
from app.market.open_licences.queries import open_declaration
from app.market.patents.copies import lock_number, noted_elsewhere
from app.market.patents.models import Encumbrance, EncumbranceKind, LegalStatus, Patent

ENCUMBERS = {
    LicenceKind.EXCLUSIVE: EncumbranceKind.EXCLUSIVE_LICENCE,
    LicenceKind.SOLE: EncumbranceKind.SOLE_LICENCE,
}
# Terms that restrict competition or technical progress are void (民法典 850, 864)
RESTRICTING = (
    "不得研发", "不得改进", "不得改良", "不得竞争", "不得生产竞争", "独家采购", "指定采购", "搭售", "限制出口",
    "固定转售价", "无偿归许可方", "不得提出异议", "不得质疑", "不质疑", "限制产量", "no competing", "no-challenge",
    "grant back", "grant-back", "tie-in", "resale price",
)  # fmt: skip


def only_while_closed() -> Conflict:
    """The sentence of M12 (专利法 art. 51: 开放许可实施期间不得就该专利给予独占或者排他许可)."""
    return Conflict(REASONS[Reason.OPEN], code="open")


def bar(patent: Patent, kind: LicenceKind, day: date | None = None) -> Conflict | None:
    """Why this kind cannot be given on a day, or None. What co-owners have declared or noted counts as well.

    Sources: 专利法 art. 51 (open), 民法典 865 (no licence without a living patent); an exclusive or sole licence leaves
    no room for another licensee; what a court has preserved cannot be disposed of.
    """
    day = day or today()
    if patent.legal_status is not LegalStatus.IN_FORCE or patent.expires_on <= day:
        return Conflict(_l("This patent is not in force."), code="not_in_force")
    if kind in BARRED_WHILE_OPEN and open_declaration(patent.number) is not None:
        return only_while_closed()
    active = _active(patent, day)
    if EncumbranceKind.PRESERVATION in active or EncumbranceKind.SUSPENSION in active:
        return Conflict(_l("A court or CNIPA has frozen this patent for now."), code="frozen")
    taken = {EncumbranceKind.EXCLUSIVE_LICENCE, EncumbranceKind.SOLE_LICENCE} & active
    if taken and kind is not LicenceKind.TRANSFER:
        return Conflict(REASONS[Reason.TAKEN], code="taken")
    return None


def _active(patent: Patent, day: date) -> set[EncumbranceKind]:
    own = session.scalars(select(Encumbrance).where(Encumbrance.patent_id == patent.id))
    return {one.kind for one in (*own, *noted_elsewhere(patent, day)) if one.is_active(day)}


def lock_patent(patent_id: object) -> Patent:
    """The patent as it is now; nobody else changes what stands on it, with any copy, until the transaction ends."""
    patent = session.scalars(
        select(Patent).where(Patent.id == patent_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    lock_number(patent.number)
    return patent


def restricting_words(*texts: str) -> list[str]:
    """Words in the texts that point to a restriction of competition (民法典 864), for a warning."""
    whole = "\n".join(texts).lower()
    return [word for word in RESTRICTING if word in whole]
