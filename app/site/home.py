"""What the home page shows."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy import func, select

from app.accounts.models import Actor, Organisation, OrganisationKind
from app.core.clock import today
from app.core.db import session
from app.core.i18n import current_locale, ngettext
from app.core.i18n import gettext as _
from app.core.i18n import lazy_gettext as _l
from app.core.money import Money
from app.core.templating import format_money, format_number, format_time
from app.core.tenancy import everybody
from app.equipment.catalogue.filters import Filters
from app.equipment.catalogue.queries import count_instruments, list_instruments
from app.equipment.catalogue.showing import owner_title, two_names
from app.equipment.instruments.classes import class_icon, class_name
from app.equipment.statistics.showing import large_money
from app.market.portal.filters import Filters as LicenceFilters
from app.market.portal.queries import list_patents
from app.market.portal.showing import list_rows as licence_rows
from app.settlement.models import Charge, ChargeKind, ChargeState

STEPS = (
    {"title": _l("Choose a time"), "text": _l("Drag it out in the week calendar and see the quote line by line.")},
    {"title": _l("Wait for the answer"), "text": _l("Most bookings are confirmed at once, requests within two days.")},
    {"title": _l("Use it"), "text": _l("Scan the code on the instrument to start and to finish.")},
    {"title": _l("Settle what was used"), "text": _l("The fee follows the hours really used; one bill a month.")},
)
OFTEN = {
    "zh_CN": ("质谱", "ICP-MS", "扫描电镜", "核磁", "XRD"),
    "en": ("mass spectrometer", "ICP-MS", "electron microscope", "NMR", "X-ray"),
}
ABREAST = 8
NEWEST = LicenceFilters(statuses=("announced",))


def home_page(actor: Actor) -> dict[str, Any]:
    """Context of the home page: what is free, the figures, the classes."""
    rows = list_instruments(actor, Filters(when="today"), limit=5)
    counts = count_instruments(actor, Filters())
    count = counts.matching
    return {
        "count": count,
        "owners": len(counts.owners),
        "free_today": [_row(row) for row in rows],
        "classes": _classes(counts.classes),
        "figures": _figures(count, len(counts.owners)),
        "steps": STEPS,
        "often": OFTEN[current_locale()],
        "licences": [
            {
                **licence,
                "name": licence["title"],
                "second": f"{licence['owner']} · {licence['number']}",
                "end": licence["line"],
            }
            for licence in licence_rows(list_patents(NEWEST, limit=4), NEWEST)
        ],
        "today": today(),
    }


def _row(row: Any) -> dict[str, Any]:
    title, second, language = two_names(row)
    price = _("from %(amount)s an hour", amount=format_money(Money(row.price_minor))) if row.price_minor else ""
    return {
        "name": title,
        "second": " ·\u00a0".join(filter(None, (second, owner_title(row)))),
        "second_lang": language,
        "url": url_for("instruments.show", instrument_id=row.id),
        "end": format_time(row.next_free_at, ZoneInfo(row.zone)),
        "end_note": price,
    }


def _classes(counts: dict[str, int]) -> list[dict[str, Any]]:
    """The largest middle classes as tiles."""
    largest = sorted(counts.items(), key=lambda item: -item[1])[:ABREAST]
    return [
        {
            "label": class_name(code),
            "count": count,
            "icon": class_icon(code),
            "url": f"{url_for('instruments.list')}?class={code}",
        }
        for code, count in largest
    ]


def _figures(instruments: int, owners: int) -> list[dict[str, Any]]:
    """This year's public figures: nobody is named, so everybody's charges count."""
    with everybody():
        minutes, customers, paid = session.execute(
            select(
                func.coalesce(func.sum(Charge.minutes), 0),
                func.count(func.distinct(Charge.payer_id)).filter(Organisation.kind == OrganisationKind.ENTERPRISE),
                func.coalesce(func.sum(Charge.total_minor).filter(Organisation.kind == OrganisationKind.ENTERPRISE), 0),
            )
            .join(Organisation, Organisation.id == Charge.payer_id)
            .where(
                Charge.kind == ChargeKind.USE,
                Charge.state.not_in((ChargeState.VOID, ChargeState.SUPERSEDED)),
                Charge.payer_id != Charge.provider_id,
                Charge.used_on >= today().replace(month=1, day=1),
            )
        ).one()
    amount, unit = large_money(int(paid))
    return [
        {
            "label": _("Open instruments"),
            "value": format_number(instruments),
            "note": ngettext("%(num)s institution", "%(num)s institutions", owners),
        },
        {"label": _("Hours for others this year"), "value": format_number(minutes / 60), "unit": _("h")},
        {"label": _("Enterprises served"), "value": format_number(customers)},
        {"label": _("Fees of enterprises"), "value": amount, "unit": unit},
    ]
