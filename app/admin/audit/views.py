"""Pages of the audit log: filters in the address, pages, a file."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.accounts.codes import normal_code
from app.accounts.policy import OperatorPolicy
from app.admin.access import operators
from app.admin.audit.queries import Filters, audit_entries, usual_days
from app.admin.audit.words import ACTION_NAMES, THING_NAMES
from app.core.audit import AuditEntry
from app.core.audit_words import field_words, value_words
from app.core.clock import today
from app.core.db import session
from app.core.filters import asks, words
from app.core.i18n import gettext as _
from app.core.pages import csv_response, paginate, wants_csv
from app.core.settings import Settings
from app.core.templating import render

bp = Blueprint("admin_audit", __name__, url_prefix="/admin/audit", template_folder="../templates")

MOST_ROWS = 100_000
PAGE_SIZE = 50
UNPAIRED = {"fields"}  # lists that are no pair of old and new


@bp.get("", endpoint="list")
@operators(OperatorPolicy.audit)
@asks(action=words, person=words, organisation=words)
def entries() -> ResponseReturnValue:
    """Who did what, the latest first; ``?format=csv`` gives what the filters leave as a file."""
    filters, faults = _filters()
    statement = audit_entries(filters)
    if wants_csv():
        return csv_response("audit", _header(), _rows(statement))
    return render(
        "admin/audit/list.html",
        page=paginate(statement, size=PAGE_SIZE, scalars=False),
        filters=filters,
        faults=faults,
        days=usual_days(today()),
        changes_in_words=_changes,
        action_names=ACTION_NAMES,
        thing_names=THING_NAMES,
    )


def _filters() -> tuple[Filters, list[str]]:
    """The filters of the address; what cannot be read is left out and named."""
    faults = []
    days: dict[str, date | None] = {"from": None, "to": None}
    for name in days:
        try:
            days[name] = _day(_argument(name)) if _argument(name) else None
        except ValueError:
            faults.append(_("“%(value)s” is no date, e.g. 2026-11-24.", value=_argument(name)))
    subject = None
    try:
        subject = UUID(_argument("subject")) if _argument("subject") else None
    except ValueError:
        faults.append(_("“%(value)s” is no identifier of a thing.", value=_argument("subject")))
    filters = Filters(
        action=_argument("action"),
        person=_argument("person"),
        organisation=normal_code(_argument("organisation")),
        subject=subject,
        request_id=_argument("request"),
        first_day=days["from"],
        last_day=days["to"],
    )
    return filters, faults


def _day(text: str) -> date:
    """A calendar day whose ends are instants everywhere on earth. Raises ValueError for anything else."""
    day = date.fromisoformat(text)
    if not 1900 <= day.year < 2200:
        raise ValueError("out of reach")
    return day


def _argument(name: str) -> str:
    return request.args.get(name, "").replace("\0", "").strip()[:200]


def _header() -> tuple[str, ...]:
    return (
        _("Time"), _("Person"), _("Organisation"), _("Action"), _("Thing"), _("Changes"), _("Request"),
        _("Network address"),
    )  # fmt: skip


def _rows(statement: Any) -> Iterator[tuple[Any, ...]]:
    """Read a thousand at a time, so that memory stays flat."""
    with session.execute(statement.limit(MOST_ROWS).execution_options(yield_per=1000)) as result:
        for row in result:
            yield _row(*row)


def _row(entry: Any, user: Any, organisation: Any) -> tuple[Any, ...]:
    return (
        entry.at.isoformat(),
        user.email if user else "",
        organisation.code if organisation else "",
        entry.action,
        f"{entry.subject_kind} {entry.subject_id or ''}".strip(),
        json.dumps(entry.changes, ensure_ascii=False, sort_keys=True) if entry.changes else "",
        entry.request_id or "",
        entry.address or "",
    )


def _changes(entry: AuditEntry) -> list[str]:
    """Each change as ``field: old → new``, in the reader's language."""
    kind = entry.subject_kind
    return [
        _("%(field)s: %(change)s", field=_field(kind, field), change=_change(kind, field, value))
        for field, value in entry.changes.items()
    ]


def _change(kind: str, field: str, value: Any) -> str:
    if isinstance(value, list) and len(value) == 2 and (field not in UNPAIRED):
        return " → ".join(value_words(kind, field, one) for one in value)
    return value_words(kind, field, value)


def _field(kind: str, field: str) -> str:
    """The name of a field; settings are named by their own labels."""
    known = field_words(kind, field)
    if known is None and not kind:
        module, _dot, name = field.partition(".")
        group = Settings.registry.get(module)
        known = group.declared[name].meaning if group and name in group.declared else None
    return str(known or field)
