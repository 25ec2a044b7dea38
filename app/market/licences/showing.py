"""What the page of a licence shows: clocks, timeline, papers."""

from collections.abc import Sequence
from typing import Any

from app.accounts.models import Actor
from app.core.clock import today
from app.core.i18n import gettext as _
from app.core.templating import format_date, format_datetime
from app.market.licences.clocks import filing_deadline, is_filing_late
from app.market.licences.disputes import last_proposal, may_settle
from app.market.licences.models import Dispute, DisputeState, Licence, LicenceInstalment, LicenceState
from app.market.licences.policy import LicencePolicy
from app.market.licences.words import reason_word

TONES = {
    LicenceState.NOTICED: "pending",
    LicenceState.EFFECTIVE: "waiting",
    LicenceState.FILED: "active",
    LicenceState.ENDED: "closed",
    LicenceState.VOID: "cancelled",
}


def clocks_of(licence: Licence, parts: Sequence[LicenceInstalment]) -> list[dict[str, Any]]:
    """What runs out, the nearest first: name, day, days left."""
    found: list[dict[str, Any]] = []
    if licence.state is LicenceState.NOTICED and licence.void_on:
        found.append({"name": _("Pay, or the notice is void"), "day": licence.void_on})
    if licence.state is LicenceState.EFFECTIVE and licence.filing_due_on:
        found.append({"name": _("File with CNIPA"), "day": licence.filing_due_on, "note": _("Either side may.")})
    found += [{"name": _("Instalment %(number)s", number=part.number), "day": part.due_on, "amount": part.amount_minor}
              for part in parts if not part.is_closed]  # fmt: skip
    if licence.is_live and licence.ends_on:
        found.append({"name": _("The term ends"), "day": licence.ends_on})
    for clock in found:
        clock.update({"amount": 0, "note": "", "left": (clock["day"] - today()).days} | clock)
    return sorted(found, key=lambda clock: clock["day"])


def timeline_of(licence: Licence) -> list[dict[str, Any]]:
    """What has happened and what comes next."""
    events = [
        {"name": _("Notice given"), "when": format_datetime(licence.noticed_at), "state": "done",
         "note": licence.licensee_party.get("name", "")},
        {"name": _("Notice received"), "when": format_date(licence.received_on), "state": "done",
         "note": licence.licensor.name},
    ]  # fmt: skip
    if licence.paid_on:
        events.append({"name": _("Payment cleared"), "when": format_date(licence.paid_on), "state": "done"})
    elif licence.state is LicenceState.NOTICED:
        events.append({"name": _("Payment"), "when": format_date(licence.void_on), "state": "now"})
    if licence.effective_on:
        events.append({"name": _("Takes effect"), "when": format_date(licence.effective_on), "state": "done",
                       "note": licence.number})  # fmt: skip
    if licence.filed_on:
        events.append({"name": _("Filed with CNIPA"), "when": format_date(licence.filed_on), "state": "done",
                       "note": licence.filing_no})  # fmt: skip
    elif licence.state is LicenceState.EFFECTIVE:
        events.append({"name": _("Filing with CNIPA"), "when": format_date(licence.filing_due_on), "state": "now"})
    if licence.ended_on:
        events.append({"name": _("Ended"), "when": format_date(licence.ended_on), "state": "failed",
                       "note": str(reason_word(licence.end_reason))})  # fmt: skip
    return events


def filing_of(licence: Licence) -> dict[str, Any]:
    """The filing clock: shown without the roll to a working day, late only after it."""
    return {"deadline": filing_deadline(licence), "is_late": is_filing_late(licence, today())}


def dispute_ways(actor: Actor, dispute: Dispute | None) -> dict[str, bool]:
    """What a side may still do in an open dispute: answer the last proposal, once, and end what it has begun."""
    if dispute is None:
        return {"answer": False, "settle": False}
    proposal, answers = last_proposal(dispute.entries)
    has_answered = any(one.organisation_id == actor.organisation_id for one in answers)
    return {
        "answer": dispute.state is DisputeState.MEDIATING and proposal is not None and not has_answered,
        "settle": may_settle(actor, dispute),
    }


def may_of(actor: Actor, licence: Licence) -> dict[str, bool]:
    """What the buttons of the page allow."""
    has_effect = licence.state not in {LicenceState.NOTICED, LicenceState.VOID}
    return {
        "file": licence.state is LicenceState.EFFECTIVE and LicencePolicy.file(actor, licence),
        "pay": licence.state is LicenceState.NOTICED and actor.acts_for(licence.licensee_id),
        "dispute": has_effect and LicencePolicy.dispute(actor, licence),
        "review": licence.awaits_review and LicencePolicy.mediate(actor, licence),
        "mediate": LicencePolicy.mediate(actor, licence),
    }
