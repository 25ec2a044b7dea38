"""Pictures of an instrument: adding, describing, ordering and removing them, and who sees them."""

from collections.abc import Iterable, Sequence
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Actor
from app.core.audit import record
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ActorLike, ensure
from app.core.wording import one_line
from app.equipment.instruments.models import Instrument, InstrumentPicture
from app.equipment.instruments.policy import InstrumentPolicy
from app.files.models import StoredFile
from app.files.operations import MAX_BYTES, remove_file, store_file
from app.files.pictures import PICTURE_NAME, WRITTEN, Rendition, Renditions, render_picture
from app.files.policy import register_subject
from app.files.store import file_store

SUBJECT = "instrument_picture"
MOST_PICTURES = 8
LONGEST_DESCRIPTION = 200


def pictures_of(instrument_id: UUID) -> Sequence[InstrumentPicture]:
    """The pictures of an instrument in their order."""
    statement = select(InstrumentPicture).where(InstrumentPicture.instrument_id == instrument_id)
    return session.scalars(statement.order_by(InstrumentPicture.position, InstrumentPicture.id)).all()


def add_pictures(actor: Actor, instrument: Instrument, uploads: Iterable[bytes]) -> list[InstrumentPicture]:
    """Keep what was uploaded, made anew in two sizes, after the pictures that are there: all of them or none.

    Raises Invalid (field `file`) for none, too many, too large, or what is no picture.
    """
    ensure(actor, InstrumentPolicy.edit, instrument, known_to=InstrumentPolicy.view)
    contents = [content for content in uploads if content]
    if not contents:
        raise Invalid(_l("Choose a file."), code="empty_file", field="file")
    if sum(map(len, contents)) > MAX_BYTES:
        raise Invalid(
            _l("These pictures are larger than %(size)s MB together.", size=MAX_BYTES >> 20),
            code="file_too_large",
            field="file",
        )
    there = _locked(instrument)
    if len(there) + len(contents) > MOST_PICTURES:
        raise Invalid(_l("At most %(most)s pictures.", most=MOST_PICTURES), code="too_many", field="file")
    made = [render_picture(content) for content in contents]  # all of them, before the first is kept
    last = there[-1].position if there else 0
    added = [_add(actor, instrument, each, last + number) for number, each in enumerate(made, start=1)]
    session.flush()
    record(actor, "instrument.add_pictures", instrument, {"pictures": [len(there), len(there) + len(added)]})
    return added


def describe_picture(actor: Actor, instrument: Instrument, picture: InstrumentPicture, text: str) -> None:
    """Say what is to be seen on a picture. Raises Invalid when it is too long."""
    ensure(actor, InstrumentPolicy.edit, instrument, known_to=InstrumentPolicy.view)
    said = one_line(text)
    if len(said) > LONGEST_DESCRIPTION:
        raise Invalid(_l("At most %(most)s characters.", most=LONGEST_DESCRIPTION), field="text")
    if said != picture.text:
        record(actor, "instrument.describe_picture", instrument, {"text": [picture.text, said]})
        picture.text = said
        session.flush()


def move_picture(actor: Actor, instrument: Instrument, picture: InstrumentPicture, by: int) -> None:
    """Exchange a picture with the one before (`by` −1) or after it (+1); at the end nothing happens."""
    ensure(actor, InstrumentPolicy.edit, instrument, known_to=InstrumentPolicy.view)
    there = _locked(instrument)
    place = next((index for index, each in enumerate(there) if each.id == picture.id), None)
    if place is None:
        raise Conflict(_l("A colleague has changed this instrument meanwhile. Look again."), code="changed_meanwhile")
    if not 0 <= place + by < len(there):
        return
    other = there[place + by]
    picture.position, other.position = other.position, picture.position
    session.flush()
    record(actor, "instrument.move_picture", instrument, {"place": [place + 1, place + 1 + by]})


def remove_picture(actor: Actor, instrument: Instrument, picture: InstrumentPicture) -> None:
    """Forget a picture; its files go after the commit."""
    ensure(actor, InstrumentPolicy.edit, instrument, known_to=InstrumentPolicy.view)
    record(actor, "instrument.remove_picture", instrument, {"text": [picture.text, None]})
    files = [session.get_one(StoredFile, identity) for identity in (picture.small_id, picture.large_id)]
    session.delete(picture)
    session.flush()
    for stored in files:
        remove_file(actor, stored)


def open_picture(actor: Actor, instrument: Instrument, picture: InstrumentPicture, size: str) -> BinaryIO:
    """The bytes of a picture of an instrument that the actor may see; `size` is small or large."""
    ensure(actor, InstrumentPolicy.view, instrument)
    stored = session.get_one(StoredFile, picture.small_id if size == "small" else picture.large_id)
    return file_store().open(stored.storage_key)


def register_pictures() -> None:
    """Let those who see an instrument read the files of its pictures."""
    register_subject(SUBJECT, _may_read)


def _may_read(actor: ActorLike, instrument_id: UUID | None) -> bool:
    instrument = session.get(Instrument, instrument_id) if instrument_id else None
    return instrument is not None and isinstance(actor, Actor) and InstrumentPolicy.view(actor, instrument)


def _locked(instrument: Instrument) -> Sequence[InstrumentPicture]:
    session.execute(select(Instrument.id).where(Instrument.id == instrument.id).with_for_update(key_share=True))
    return pictures_of(instrument.id)


def _add(actor: Actor, instrument: Instrument, made: Renditions, position: int) -> InstrumentPicture:
    picture = InstrumentPicture(
        id=uuid7(),
        instrument_id=instrument.id,
        position=position,
        small_id=_store(actor, instrument, "small", made.small),
        small_width=made.small.width,
        small_height=made.small.height,
        large_id=_store(actor, instrument, "large", made.large),
        large_width=made.large.width,
        large_height=made.large.height,
    )
    session.add(picture)
    return picture


def _store(actor: Actor, instrument: Instrument, size: str, rendition: Rendition) -> UUID:
    stored = store_file(
        actor, PICTURE_NAME[size], rendition.content,
        subject_kind=SUBJECT, subject_id=instrument.id, allowed=WRITTEN,
    )  # fmt: skip
    return stored.id
