"""The mails of the watches: the link that confirms, and the one mail for everything somebody watches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.core.db import session
from app.core.i18n import force_locale
from app.core.templating import format_date
from app.market.open_licences.models import ENDED, OpenLicence
from app.market.open_licences.wording import price_words
from app.market.patents.models import Patent
from app.market.portal.showing import name_of, two_titles
from app.market.settings import settings
from app.market.watches.happenings import Event, Happening
from app.market.watches.models import Watch, Watcher, WatchLink
from app.market.watches.searches import Owners, name_of_search, owners_in
from app.market.watches.words import EVENTS, RHYTHMS
from app.notifications.links import absolute_link, path_to, public_url
from app.notifications.operations import queue_mail
from app.notifications.rendering import render_mail

WEIGHT = {event: weight for weight, event in enumerate(Event)}


@dataclass(frozen=True)
class Told:
    """One patent of a mail: what happened to it, and which watches it meets."""

    patent_id: UUID
    happenings: Sequence[Happening]
    watches: Sequence[Watch]

    @property
    def weight(self) -> int:
        """The weightiest thing that happened."""
        return max(WEIGHT[one.event] for one in self.happenings)


def language_of(watcher: Watcher) -> str:
    """The language in which a person is written to."""
    return (watcher.user.locale if watcher.user else None) or watcher.locale


def title_of(watch: Watch, owners: Owners) -> str:
    """What is watched, in the present language; a patent by its title."""
    return two_titles(watch.patent)[0] if watch.patent else name_of_search(watch.search, owners)


def address_of(watch: Watch) -> str:
    """The path of what is watched."""
    if watch.patent_id is not None:
        return path_to("portal.show", patent_id=watch.patent_id)
    return path_to("portal.list") + (f"?{watch.search}" if watch.search else "")


def send_confirmation(watch: Watch, link_key: str, token: str, *, email: str, locale: str) -> None:
    """The first mail to a visitor: what would be sent, and the link; nothing else is sent before its button."""
    with force_locale(locale):
        title = title_of(watch, owners_in([watch.search]))
        subject, body = render_mail(
            "market/watches/mail/confirm.txt", locale, title=title, rhythm=RHYTHMS[watch.rhythm],
            url=absolute_link("watch_links.confirming", token=token),
            days=settings.number("watch_unconfirmed_days"),
        )  # fmt: skip
    queue_mail(key=link_key, recipient=email, locale=locale, subject=subject, body=body)


def send_news(watcher: Watcher, told: Sequence[Told], link: WatchLink, token: str, *, email: str) -> bool:
    """The one mail for all that a person watches, each patent once; whether it is new. `told` in any order."""
    locale = language_of(watcher)
    ordered = sorted(told, key=lambda one: (-one.weight, str(one.patent_id)))
    shown = ordered[: settings.number("watch_mail_patents")]
    stop = absolute_link("watch_links.leaving", token=token)
    watches = _unique(watch for one in ordered for watch in one.watches)
    with force_locale(locale):
        owners = owners_in(watch.search for watch in watches)
        names = {watch.id: title_of(watch, owners) for watch in watches}
        subject, body = render_mail(
            "market/watches/mail/news.txt", locale, entries=_entries(shown, names), count=len(ordered),
            more=len(ordered) - len(shown), stop_url=stop, has_account=watcher.user_id is not None,
            mine_url=absolute_link("watches.list"),
            watches=[
                {"name": names[one.id], "url": public_url(address_of(one)), "stop": f"{stop}?watch={one.id}"}
                for one in watches
            ],
        )  # fmt: skip
    return queue_mail(
        key=link.mail_key, recipient=email, locale=locale, subject=subject, body=body, unsubscribe_url=stop
    )


def _unique(watches: Any) -> list[Watch]:
    return list({watch.id: watch for watch in watches}.values())


def _entries(told: Sequence[Told], names: dict[UUID, str]) -> list[dict[str, Any]]:
    ids = [one.patent_id for one in told]
    patents = {
        patent.id: patent
        for patent in session.scalars(select(Patent).options(joinedload(Patent.owner)).where(Patent.id.in_(ids)))
    }
    live = select(OpenLicence).where(OpenLicence.patent_id.in_(ids), OpenLicence.state.not_in(ENDED))
    priced = {one.patent_id: one for one in session.scalars(live) if one.is_open or one.is_pilot}
    return [_entry(one, patents[one.patent_id], priced.get(one.patent_id), names) for one in told]


def _entry(one: Told, patent: Patent, priced: OpenLicence | None, names: dict[UUID, str]) -> dict[str, Any]:
    return {
        "title": two_titles(patent)[0],
        "number": patent.shown_number,
        "owner": name_of(patent.owner),
        "happened": [_happened(each, patent) for each in sorted(one.happenings, key=lambda each: WEIGHT[each.event])],
        "price": price_words(priced) if priced else "",
        "is_asked": priced is not None and not priced.is_open,
        "matched": [names[watch.id] for watch in one.watches],
        "url": absolute_link("portal.show", patent_id=patent.id),
    }


def _happened(one: Happening, patent: Patent) -> dict[str, Any]:
    day = patent.expires_on - timedelta(days=1) if one.event is Event.EXPIRING else one.at
    return {"words": EVENTS[one.event], "day": format_date(day, "iso")}
