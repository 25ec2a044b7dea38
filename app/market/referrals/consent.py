"""What a partner is shown: exactly what the applicant ticked, copied when it was asked (个人信息保护法 art. 23)."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from app.accounts.models import Actor
from app.core.clock import today
from app.core.db import session
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.market.patents.models import Encumbrance, Patent
from app.market.referrals.queries import income_of

PARTS = {
    "patent": _l("Facts of the patent: number, title, dates, annuities, encumbrances"),
    "contact": _l("My name, e-mail address and telephone"),
    "income": _l("What the patent earns: number of licences, charges by year; no licensee is named"),
}


def consent_sentence(parts: Collection[str], partner: str) -> str:
    """What is agreed to by sending, in the reader's language."""
    who = partner or _("the partner that the operator finds")
    named = " / ".join(str(PARTS[name]) for name in PARTS if name in parts)
    what = named or _("nothing else")
    return _(
        "%(who)s and the operator read the name of my organisation, what I wrote, and: %(what)s."
        " It ends when the request is withdrawn, declined or lapses.",
        who=who, what=what,
    )  # fmt: skip


def copied(actor: Actor, parts: Collection[str], patent: Patent | None) -> dict[str, Any]:
    """What is ticked, as it is today; nothing else of the applicant."""
    shared: dict[str, Any] = {"on": today().isoformat()}
    if "contact" in parts and actor.user is not None:
        shared["contact"] = {"name": actor.user.name, "email": actor.user.email, "phone": actor.user.phone}
    if patent is not None and "patent" in parts:
        shared["patent"] = _facts(patent)
    if patent is not None and "income" in parts and actor.organisation_id is not None:
        shared["income"] = income_of(patent.id, actor.organisation_id)
    return shared


def _facts(patent: Patent) -> dict[str, Any]:
    burdens = session.scalars(select(Encumbrance).where(Encumbrance.patent_id == patent.id).order_by(Encumbrance.id))
    return {
        "number": patent.shown_number, "title": patent.title, "title_en": patent.title_en, "kind": patent.kind.value,
        "status": patent.legal_status.value, "filed_on": _iso(patent.filed_on), "granted_on": _iso(patent.granted_on),
        "expires_on": _iso(patent.expires_on), "annuity_paid_through": patent.annuity_paid_through,
        "report_no": patent.report_no, "conclusion": patent.conclusion.value, "ipc": list(patent.ipc),
        "encumbrances": [[one.kind.value, _iso(one.ends_on)] for one in burdens if one.is_active(today())],
    }  # fmt: skip


def _iso(day: Any) -> str:
    return day.isoformat() if day else ""
