"""One referral as its page shows it: what was shared, what has happened, what may be done."""

from datetime import date
from typing import Any

from app.accounts.models import Actor
from app.core.clock import now
from app.core.i18n import current_locale
from app.core.i18n import gettext as _
from app.core.templating import format_date, format_datetime, format_money
from app.market.patents.models import Conclusion, EncumbranceKind, LegalStatus, PatentKind
from app.market.patents.words import CONCLUSION_NAMES, ENCUMBRANCE_NAMES, KIND_NAMES, STATUS_NAMES
from app.market.referrals.models import NEXT, Referral, ReferralState
from app.market.referrals.policy import ReferralPolicy
from app.market.referrals.words import STATES

S = ReferralState
Pair = tuple[str, str]


def may_of(actor: Actor, referral: Referral) -> dict[str, bool]:
    """What this actor may do now."""
    late = referral.due_at is not None and referral.due_at <= now() and referral.state is not S.ASKED
    following = frozenset() if late else NEXT[referral.state]
    answers = ReferralPolicy.answer(actor, referral)
    passes = ReferralPolicy.pass_on(actor, referral)
    return {
        "pass_on": passes and S.PASSED in following,
        "talk": answers and S.TALKING in following,
        "agree": answers and S.AGREED in following,
        "decline": S.DECLINED in following and (passes if referral.state is S.ASKED else answers),
        "withdraw": ReferralPolicy.withdraw(actor, referral) and S.WITHDRAWN in NEXT[referral.state],
        "pledge": ReferralPolicy.confirm(actor, referral) and referral.lacks_pledge,
    }


def shown_facts(referral: Referral) -> dict[str, list[Pair]]:
    """What was shared, by part, as pairs of name and text; nothing that was not ticked is in it."""
    found, shared = {}, referral.shared
    if "patent" in shared:
        found["patent"] = _patent(shared["patent"])
    if "contact" in shared:
        contact = shared["contact"]
        found["contact"] = [(_("Contact"), contact["name"]), (_("E-mail"), contact["email"]),
                            (_("Telephone"), contact["phone"])]  # fmt: skip
    if "income" in shared:
        income = shared["income"]
        years = [(_("Charged in %(year)s", year=year), format_money(minor)) for year, minor in income["years"]]
        found["income"] = [(_("Licences in force"), str(income["licences"])), *years]
    return found


def _patent(facts: dict[str, Any]) -> list[Pair]:
    title = facts["title_en"] if current_locale() == "en" and facts["title_en"] else facts["title"]
    burdens = [
        f"{ENCUMBRANCE_NAMES[EncumbranceKind(kind)]} {_('until %(day)s', day=ends) if ends else ''}".strip()
        for kind, ends in facts["encumbrances"]
    ]
    report = f"{facts['report_no']} · {CONCLUSION_NAMES[Conclusion(facts['conclusion'])]}" if facts["report_no"] else ""
    return [
        (_("Patent"), title),
        (_("Patent no."), facts["number"]),
        (_("Patent kind"), str(KIND_NAMES[PatentKind(facts["kind"])])),
        (_("Legal status"), str(STATUS_NAMES[LegalStatus(facts["status"])])),
        (_("Filed on"), _day(facts["filed_on"])),
        (_("Granted on"), _day(facts["granted_on"])),
        (_("Expires on"), _day(facts["expires_on"])),
        (_("Annuity paid through year"), str(facts["annuity_paid_through"])),
        (_("Evaluation report no."), report),
        (_("IPC"), ", ".join(facts["ipc"])),
        (_("Encumbrances"), str(_(", ")).join(burdens) or _("None")),
    ]


def _day(text: str) -> str:
    return format_date(date.fromisoformat(text), "iso") if text else ""


def steps_of(referral: Referral) -> list[dict[str, Any]]:
    """The history, the newest last, as the timeline draws it."""
    last = len(referral.steps)
    return [
        {
            "name": str(STATES[one.state]), "when": format_datetime(one.created_at), "note": one.note,
            "state": "now" if one.position == last and referral.is_live else "done",
        }
        for one in referral.steps
    ]  # fmt: skip
