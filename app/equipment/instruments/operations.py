"""Describing instruments, and putting them into the catalogue."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import select

from app.accounts.models import Actor, Organisation, OrganisationKind, Role
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import guard, session
from app.core.errors import Conflict, Forbidden, Invalid
from app.core.events import emit
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import one_line, paragraphs
from app.equipment.instruments.classes import class_of
from app.equipment.instruments.events import InstrumentDescribed, InstrumentPublished, InstrumentWithdrawn
from app.equipment.instruments.models import Instrument, InstrumentState, OperationMode, ShareMode
from app.equipment.instruments.policy import InstrumentPolicy
from app.equipment.instruments.search_words import search_words

LONGEST_LINE = 300
LONGEST_TEXT = 20_000
_PROSE = {"description", "functions", "specifications", "services", "sharing_rule", "fee_note"}


@dataclass(frozen=True)
class Description:
    """Everything a person says of an instrument. Amounts in fen."""

    asset_no: str
    name: str
    name_zh: str = ""
    model: str = ""
    manufacturer: str = ""
    country: str = ""
    class_code: str = ""
    technique: str = ""
    description: str = ""
    functions: str = ""
    specifications: str = ""
    services: str = ""
    subjects: str = ""
    sharing_rule: str = ""
    fee_note: str = ""
    value_minor: int | None = None
    in_service_on: date | None = None
    region: str = ""
    site: str = ""
    building: str = ""
    room: str = ""
    zone: str = "Asia/Shanghai"
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    share_mode: ShareMode = ShareMode.EXTERNAL
    operation_mode: OperationMode = OperationMode.BOTH
    is_customs_supervised: bool = False


DESCRIBED = tuple(field.name for field in fields(Description))


def may_add(actor: Actor, owner: Organisation) -> bool:
    """Whether somebody may add instruments to an organisation: owners and managers of an institution."""
    return owner.kind is OrganisationKind.INSTITUTION and actor.acts_for(owner.id, Role.OWNER, Role.MANAGER)


def ensure_may_add(actor: Actor, owner: Organisation) -> None:
    """Raises Forbidden for everybody who may not add instruments to an organisation."""
    if not may_add(actor, owner):
        raise Forbidden(_l("Your role does not allow this."), details={"needs": "owner / manager"})


def create_instrument(actor: Actor, owner: Organisation, description: Description) -> Instrument:
    """Add a draft to an institution.

    Raises Forbidden, Invalid with the field at fault, Conflict when the asset number is taken.
    """
    ensure_may_add(actor, owner)
    values = _checked(description)
    instrument = Instrument(
        id=uuid7(),
        owner_id=owner.id,
        state=InstrumentState.DRAFT,
        extra={},
        search_words=search_words(values),
        **{**values, "region": values["region"] or owner.region},
    )
    instrument.owner = owner
    with guard(_taken(values["asset_no"])):
        session.add(instrument)
    record(actor, "instrument.create", instrument, {"asset_no": instrument.asset_no, "name": instrument.name})
    return instrument


def update_instrument(actor: Actor, instrument: Instrument, description: Description, *, revision: int) -> bool:
    """Describe an instrument anew; says whether anything changed.

    `revision` is the one the person looked at. Raises Forbidden or Missing, Invalid with the field at fault, Conflict
    when a colleague has changed it meanwhile or the asset number is taken.
    """
    ensure(actor, InstrumentPolicy.edit, instrument, known_to=InstrumentPolicy.view)
    values = _checked(description)
    session.refresh(instrument, [*DESCRIBED, "revision"], with_for_update=True)
    changes = {
        name: [_plain(getattr(instrument, name)), _plain(value)]
        for name, value in values.items()
        if getattr(instrument, name) != value
    }
    if not changes:
        return False
    if instrument.revision != revision:
        raise Conflict(_l("A colleague has changed this instrument meanwhile. Look again."), code="changed_meanwhile")
    with guard(_taken(values["asset_no"])):
        for name, value in values.items():
            setattr(instrument, name, value)
        instrument.search_words = search_words(values)
        instrument.revision += 1
        instrument.changed_at = now()
    record(actor, "instrument.update", instrument, changes)
    emit(InstrumentDescribed(instrument.id))
    return True


def gaps(instrument: Instrument) -> list[str]:
    """Fields that a published description must not leave empty."""
    wanted = ("name", "class_code", "site")
    return [name for name in wanted if not getattr(instrument, name) and not (name == "site" and instrument.building)]


def publish_instrument(actor: Actor, instrument: Instrument) -> None:
    """Put an instrument into the catalogue. Raises Invalid when its description has gaps."""
    ensure(actor, InstrumentPolicy.publish, instrument, known_to=InstrumentPolicy.view)
    if instrument.is_published:
        return
    missing = gaps(instrument)
    if missing:
        raise Invalid(_l("Describe the instrument first."), code="gaps", field=missing[0], details={"gaps": missing})
    instrument.state = InstrumentState.PUBLISHED
    instrument.published_at = now()
    instrument.changed_at = now()
    session.flush()
    record(actor, "instrument.publish", instrument)
    emit(InstrumentPublished(instrument.id))


def withdraw_instrument(actor: Actor, instrument: Instrument) -> None:
    """Take an instrument out of the catalogue; bookings that were made stay."""
    ensure(actor, InstrumentPolicy.publish, instrument, known_to=InstrumentPolicy.view)
    if not instrument.is_published:
        return
    instrument.state = InstrumentState.WITHDRAWN
    instrument.changed_at = now()
    session.flush()
    record(actor, "instrument.withdraw", instrument)
    emit(InstrumentWithdrawn(instrument.id))


def instruments_by_ids(owner_id: UUID, ids: list[UUID]) -> list[Instrument]:
    """Those of the given instruments that belong to an institution, locked in order, for a change of many at once."""
    statement = select(Instrument).where(Instrument.owner_id == owner_id, Instrument.id.in_(ids))
    return list(session.scalars(statement.order_by(Instrument.id).with_for_update()))


def _checked(description: Description) -> dict[str, Any]:
    """The values as they are stored. Raises Invalid for the first that cannot be."""
    values = {
        name: (paragraphs if name in _PROSE else one_line)(value) if type(value) is str else value
        for name, value in asdict(description).items()
    }
    for name, value in values.items():
        most = LONGEST_TEXT if name in _PROSE else LONGEST_LINE
        if type(value) is str and len(value) > most:
            raise Invalid(_l("At most %(most)s characters.", most=most), field=name)
    _check_meaning(values)
    return values


def _check_meaning(values: Mapping[str, Any]) -> None:
    for name in ("asset_no", "name"):
        if not values[name]:
            raise Invalid(_l("This cannot be empty."), field=name)
    if values["class_code"] and class_of(values["class_code"]) is None:
        raise Invalid(_l("Choose a class from the list."), field="class_code")
    if values["value_minor"] is not None and not 0 <= values["value_minor"] <= 10**13:
        raise Invalid(_l("An amount between 0 and 100 billion yuan."), field="value_minor")
    if values["zone"] not in available_timezones():
        raise Invalid(_l("Choose a time zone from the list."), field="zone")
    opened = values["in_service_on"]
    if opened is not None and not date(1900, 1, 1) <= opened <= today() + timedelta(days=366):
        raise Invalid(_l("A date between 1900 and a year from now."), field="in_service_on")


def _taken(asset_no: str) -> dict[str, Conflict]:
    sentence = _l("The asset number %(number)s is taken.", number=asset_no)
    return {"instruments_owner_id_asset_no_key": Conflict(sentence, field="asset_no", code="taken")}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
