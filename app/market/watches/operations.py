"""Saving, confirming, changing and stopping watches.

A visitor's watch counts only after the button behind the mailed link was pressed; opening a link changes nothing.
Tokens go by mail alone; here their digests are kept. What is stopped is deleted, and with the last watch the address.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import joinedload

from app.accounts.models import ANONYMOUS, Actor, User
from app.accounts.proofs import digest_of
from app.accounts.throttle import take_turn
from app.core.audit import record
from app.core.clock import now
from app.core.db import hold_key, session
from app.core.errors import Conflict, Invalid, Missing
from app.core.i18n import DEFAULT_LOCALE, LOCALES
from app.core.i18n import lazy_gettext as _l
from app.core.ids import secret_token, uuid7
from app.core.policy import ensure
from app.market.patents.models import Patent
from app.market.settings import settings
from app.market.watches.models import Rhythm, Watch, Watcher, WatchHit, WatchLink
from app.market.watches.policy import WatchPolicy
from app.market.watches.queries import count_watches, link_behind, watcher_with_watches
from app.market.watches.searches import canonical, search_of_patent
from app.notifications.operations import drop_mails

MOST_SIGNS = 2000
DAY = timedelta(days=1)
HITS_KEPT = timedelta(days=90)  # longer than any watch can lie unlooked at but for an outage of months


def target(search: str, patent: Patent | None = None) -> tuple[str, UUID | None]:
    """(kept search, patent) of what is to be watched. Raises Invalid for a search that is too long to be kept."""
    if patent is not None:
        return search_of_patent(patent.id), patent.id
    kept = canonical(search)
    if len(kept) > MOST_SIGNS:
        raise Invalid(_l("This search has too many conditions. Take some off."), field="search")
    return kept, None


def save_watch(
    actor: Actor, search: str, rhythm: Rhythm, *, locale: str | None = None, patent: Patent | None = None
) -> Watch:
    """A signed-in person watches a search or a patent from now on; saved again, it only takes the other rhythm.

    Raises Missing for visitors, Conflict when the person watches as much as the setting allows.
    """
    user = actor.user
    if user is None:
        raise Missing(_l("There is nothing here, or it is not yours to see."))
    kept, patent_id = target(search, patent)
    watcher_id = _watcher_id(user_id=user.id, email=None, locale=user.locale or locale)
    known = _known(watcher_id, kept)
    if known is not None and known.confirmed_at is not None:
        return change_rhythm(actor, known, rhythm)
    _ensure_room(watcher_id)
    watch = known or _add(watcher_id, kept, patent_id, rhythm)
    watch.rhythm, watch.confirmed_at = rhythm, now()
    session.flush()
    record(actor, "watch.save", watch, {"rhythm": [None, rhythm.value]})
    return watch


def ask_watch(
    email: str, search: str, rhythm: Rhythm, *, locale: str, address: str, patent: Patent | None = None
) -> tuple[Watch, str, WatchLink]:
    """(watch, token, link that confirms it) for a visitor: nothing counts before the link's button is pressed.

    Asked for what is confirmed already gives a link too, which changes nothing: nobody learns who watches what.
    Raises TooMany after a few links to one mail address a day, or many from one network address.
    """
    kept, patent_id = target(search, patent)
    most = settings.number("watch_links_day")
    take_turn(f"watch:{digest_of(email.lower())}", most, DAY)
    take_turn(f"watch:{address}", 4 * most, timedelta(hours=1))
    watcher_id = _watcher_id(user_id=None, email=email, locale=locale)
    watch = _known(watcher_id, kept) or _add(watcher_id, kept, patent_id, rhythm)
    if watch.confirmed_at is None:
        watch.rhythm = rhythm
    token, link = make_link(watcher_id, confirms=watch)
    return watch, token, link


def make_link(watcher_id: UUID, *, confirms: Watch | None = None) -> tuple[str, WatchLink]:
    """A new secret of a person and the row that knows its digest."""
    token = secret_token()
    link = WatchLink(
        id=uuid7(), watcher_id=watcher_id, confirms_id=confirms.id if confirms else None, day=None,
        token_hash=digest_of(token), created_at=now(),
    )  # fmt: skip
    session.add(link)
    session.flush()
    return token, link


def confirm_watch(token: str) -> Watch:
    """The visitor presses the button behind the mailed link: from now on mails go out, about what happened since the
    search was saved. Pressed again it changes nothing.

    Raises Missing for a link that is unknown or too old, Conflict when as much is watched as the setting allows.
    """
    watch = watch_to_confirm(token)
    if watch.confirmed_at is None:
        _ensure_room(watch.watcher_id)
        watch.confirmed_at = now()
        session.flush()
        record(ANONYMOUS, "watch.save", watch, {"rhythm": [None, watch.rhythm.value]})
    return watch


def watch_to_confirm(token: str) -> Watch:
    """What a link confirms, with patent and person. Raises Missing for a link that is unknown or too old."""
    link = link_behind(token)
    border = now() - timedelta(days=settings.number("watch_unconfirmed_days"))
    if link is None or link.confirms_id is None or link.created_at < border:
        raise Missing(_l("This link is unknown or too old. Watch the search again."))
    whole = joinedload(Watch.watcher), joinedload(Watch.patent)
    return session.scalars(select(Watch).options(*whole).where(Watch.id == link.confirms_id)).one()


def change_rhythm(actor: Actor, watch: Watch, rhythm: Rhythm) -> Watch:
    """Write weekly or daily from now on."""
    ensure(actor, WatchPolicy.edit, watch)
    if watch.rhythm is not rhythm:
        record(actor, "watch.rhythm", watch, {"rhythm": [watch.rhythm.value, rhythm.value]})
        watch.rhythm = rhythm
        session.flush()
    return watch


def stop_watch(actor: Actor, watch: Watch) -> None:
    """A signed-in person watches this no more."""
    ensure(actor, WatchPolicy.edit, watch)
    record(actor, "watch.stop", watch)
    _stop(watch.watcher_id, watch.id)


def stop_by_link(token: str, watch_id: UUID | None = None) -> int:
    """Stop one watch of the person who got a mail, or all; how many were stopped. Raises Missing for unknown links.

    Any link that was mailed to the person will do, also one that confirms: it went to the same mailbox.
    """
    link = link_behind(token)
    if link is None:
        raise Missing(_l("Nothing is sent under this link any more."))
    record(ANONYMOUS, "watch.stop_by_mail")
    return _stop(link.watcher_id, watch_id)


def _stop(watcher_id: UUID, watch_id: UUID | None) -> int:
    watcher = watcher_with_watches(watcher_id, lock=True)
    if watcher is None:
        return 0
    stopped = [watch for watch in watcher.watches if watch_id in (None, watch.id)]
    session.execute(delete(Watch).where(Watch.id.in_([watch.id for watch in stopped])))
    if len(stopped) == len(watcher.watches):
        _forget([watcher_id])
    return len(stopped)


def _forget(watcher_ids: list[UUID]) -> None:
    """Delete people who watch nothing any more, and the mails to them."""
    links = session.scalars(select(WatchLink).where(WatchLink.watcher_id.in_(watcher_ids))).all()
    drop_mails([link.mail_key for link in links])
    session.execute(delete(Watcher).where(Watcher.id.in_(watcher_ids)))


def sweep() -> int:
    """Delete what nobody confirmed in time, people without a watch, and old hits; how many watches went."""
    border = now() - timedelta(days=settings.number("watch_unconfirmed_days"))
    late = delete(Watch).where(Watch.confirmed_at.is_(None), Watch.created_at < border).returning(Watch.id)
    gone = session.scalars(late).all()
    without = select(Watcher.id).where(~select(Watch.id).where(Watch.watcher_id == Watcher.id).exists())
    _forget(list(session.scalars(without.where(Watcher.created_at < border))))
    session.execute(delete(WatchHit).where(WatchHit.told_at < now() - HITS_KEPT))
    return len(gone)


def adopt_visitors() -> int:
    """Visitors whose address has an account now get one mail with it: their watches become the account's."""
    rows = session.execute(
        select(Watcher.id, User.id.label("user_id"), User.locale)
        .join(User, User.email == Watcher.email)
        .where(User.email_confirmed_at.is_not(None), User.disabled_at.is_(None))
    ).all()
    for row in rows:
        _adopt(row.id, _watcher_id(user_id=row.user_id, email=None, locale=row.locale))
    return len(rows)


def _adopt(visitor_id: UUID, watcher_id: UUID) -> None:
    has = select(Watch.search).where(Watch.watcher_id == watcher_id)
    theirs = Watch.watcher_id == visitor_id, Watch.search.not_in(has)
    session.execute(update(Watch).where(*theirs).values(watcher_id=watcher_id))
    links = update(WatchLink).where(WatchLink.watcher_id == visitor_id)
    session.execute(links.values(watcher_id=watcher_id, day=None))
    told = select(WatchHit.key).where(WatchHit.watcher_id == watcher_id)
    session.execute(
        update(WatchHit).where(WatchHit.watcher_id == visitor_id, WatchHit.key.not_in(told))
        .values(watcher_id=watcher_id)
    )  # fmt: skip
    session.execute(delete(Watcher).where(Watcher.id == visitor_id))


def _watcher_id(*, user_id: UUID | None, email: str | None, locale: str | None) -> UUID:
    """The person, made when new and locked until the transaction ends."""
    known = locale if locale in LOCALES else DEFAULT_LOCALE
    values = {"id": uuid7(), "user_id": user_id, "email": email, "locale": known}
    made = insert(Watcher).values(**values)
    element = Watcher.user_id if user_id else Watcher.email
    statement = made.on_conflict_do_update(index_elements=[element], set_={"locale": Watcher.locale})
    return session.scalars(statement.returning(Watcher.id)).one()


def _known(watcher_id: UUID, search: str) -> Watch | None:
    statement = select(Watch).options(joinedload(Watch.watcher))
    return session.scalars(
        statement.where(Watch.watcher_id == watcher_id, Watch.search == search)
    ).one_or_none()  # fmt: skip


def _add(watcher_id: UUID, search: str, patent_id: UUID | None, rhythm: Rhythm) -> Watch:
    at = now()
    watch = Watch(
        id=uuid7(), watcher_id=watcher_id, search=search, patent_id=patent_id, rhythm=rhythm, created_at=at,
        confirmed_at=None, told_until=at,
    )  # fmt: skip
    watch.watcher = session.get_one(Watcher, watcher_id)
    session.add(watch)
    session.flush()
    return watch


def _ensure_room(watcher_id: UUID) -> None:
    most = settings.number("watches_most")
    hold_key(f"watches:{watcher_id}")
    if count_watches(watcher_id) >= most:
        raise Conflict(_l("You watch %(count)s searches and patents already. Stop one first.", count=most), code="full")
