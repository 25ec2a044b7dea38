"""The seven tasks of declaring and how far each is (flows-market.md §1 b)."""

from dataclasses import dataclass
from datetime import date, timedelta

from app.core.clock import today
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.templating import format_date
from app.market.open_licences.blockers import PLEDGE, Blocker
from app.market.open_licences.models import ConsentPurpose, DeclarationState, OpenLicence
from app.market.open_licences.operations import blockers_of, needs_publicity, unfinished
from app.market.open_licences.publicity import missing_consents
from app.market.open_licences.queries import open_objections
from app.market.open_licences.terms import holders_words, term_words
from app.market.open_licences.wording import price_words, territory_words
from app.market.patents.models import WHOLE
from app.market.settings import settings

S = DeclarationState
AFTER = (S.FILED, S.CORRECTION, S.REFUSED, S.ANNOUNCED, S.WITHDRAWING, S.WITHDRAWN, S.EXPIRED, S.LAPSED)


@dataclass(frozen=True, slots=True)
class Task:
    """One task; `state` is done, now, blocked, open or locked."""

    code: str
    name: object
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Progress:
    """The whole list with what stands in the way."""

    tasks: tuple[Task, ...]
    blockers: tuple[Blocker, ...]
    earliest: date | None

    @property
    def done(self) -> int:
        return sum(task.state == "done" for task in self.tasks)

    def state(self, code: str) -> str:
        """How far one task is."""
        return next(task.state for task in self.tasks if task.code == code)


def progress_of(declared: OpenLicence) -> Progress:
    """Where a declaration stands. Patent with people, and owner, are loaded."""
    found = tuple(blockers_of(declared))
    undone = {code for code, _sentence in unfinished(declared)}
    tasks = (
        _facts(declared, found), _blocked(declared, found), _price(declared, undone), _terms(declared, undone),
        _consents(declared), _publicity(declared), _filing(declared),
    )  # fmt: skip
    return Progress(tasks, found, earliest_filing(declared))


def earliest_filing(declared: OpenLicence) -> date | None:
    """The first day on which it can be filed if consents come in time; None once it is filed."""
    if declared.state in AFTER:
        return None
    if declared.publicity_until is not None:
        return max(declared.publicity_until, today())
    days = settings.number("publicity_days") if needs_publicity(declared) else 0
    return today() + timedelta(days=days + 1 if days else 0)


def _facts(declared: OpenLicence, found: tuple[Blocker, ...]) -> Task:
    wrong = any(one.code in {"owner", "shares"} for one in found)
    patent = declared.patent
    whole = sum(one.share for one in patent.inventors) == WHOLE
    text = _("%(holders)s; %(count)s inventors", holders=holders_words(declared), count=len(patent.inventors))
    if not whole:
        text += _("; the inventors’ shares do not add up to 100% yet")
    return Task("facts", _l("Patent and patentees"), "blocked" if wrong else "done", text)


def _blocked(declared: OpenLicence, found: tuple[Blocker, ...]) -> Task:
    hard = [one for one in found if one.code not in {"owner", "shares"}]
    if not hard:
        return Task("blockers", _l("Legal status"), "done", _("Nothing stands in the way today."))
    only_pledge = all(one.code == PLEDGE for one in hard)
    return Task("blockers", _l("Legal status"), "now" if only_pledge else "blocked",
                _("%(count)s things stand in the way.", count=len(hard)))  # fmt: skip


def _price(declared: OpenLicence, undone: set[str]) -> Task:
    done = not undone & {"price", "basis_note"}
    text = price_words(declared) if declared.price_set_at else _("One announced price; its basis is kept with it.")
    return Task("price", _l("Price"), "done" if done else "now", text)


def _terms(declared: OpenLicence, undone: set[str]) -> Task:
    done = not undone & {"terms", "promotion"}
    term, territory = term_words(declared.term_months), territory_words(declared.territory)
    text = _("Term %(term)s, %(territory)s", term=term, territory=territory)
    return Task("terms", _l("Terms"), "done" if done else "now", text)


def _consents(declared: OpenLicence) -> Task:
    missing = missing_consents(declared, ConsentPurpose.DECLARATION)
    name = _l("Consents")
    if declared.state is S.DRAFT:
        text = _("%(names)s must agree.", names="、".join(missing)) if missing else _("Nobody else needs to agree.")
        return Task("consents", name, "open", text)
    if missing and declared.state not in AFTER:
        return Task("consents", name, "now", _("Waits for %(names)s.", names="、".join(missing)))
    return Task("consents", name, "done", _("All have agreed."))


def _publicity(declared: OpenLicence) -> Task:
    name = _l("Publicity")
    if not needs_publicity(declared):
        return Task("publicity", name, "done", _("A firm needs none."))
    if declared.publicity_until is None:
        days = settings.number("publicity_days")
        return Task("publicity", name, "locked", _("%(days)s days, from the day on which consents are asked for.",
                                                  days=days))  # fmt: skip
    last = format_date(declared.publicity_until - timedelta(days=1))
    if declared.publicity_closed_at is not None:
        return Task("publicity", name, "done", _("Over since %(day)s.", day=last))
    count = open_objections(declared)
    if count:
        return Task("publicity", name, "blocked", _("%(count)s objections are open.", count=count))
    return Task("publicity", name, "now", _("Until %(day)s.", day=last))


def _filing(declared: OpenLicence) -> Task:
    name = _l("Sign and file with CNIPA")
    if declared.state in AFTER and declared.state is not S.CORRECTION:
        filed = format_date(declared.filed_on)
        text = _("Filed on %(day)s, no. %(number)s", day=filed, number=declared.accept_no)
        return Task("file", name, "done", text)
    if declared.state in {S.READY, S.CORRECTION}:
        return Task("file", name, "now", declared.correction_note or _("The forms are ready as PDF."))
    return Task("file", name, "locked", _("After consents and publicity. Declaration, commitment and consents come "
                                          "as one set of PDF."))  # fmt: skip
