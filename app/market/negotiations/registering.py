"""技术合同认定登记: the seller registers a signed contract; the registrar's clock (domain.md C.2)."""

from dataclasses import dataclass
from datetime import date

from app.accounts.models import Actor
from app.core.audit import record
from app.core.clock import now, today
from app.core.db import guard, session
from app.core.errors import Conflict, Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.ids import uuid7
from app.core.policy import ensure
from app.core.wording import one_line, paragraphs
from app.core.workdays import add_working_days
from app.market.negotiations.models import Contract, ContractRegistration, RegistrationState, RegistrationStep
from app.market.negotiations.policy import ContractPolicy, RegistrationPolicy
from app.market.settings import settings

S = RegistrationState
NEXT: dict[RegistrationState, tuple[RegistrationState, ...]] = {
    S.DRAFT: (S.SUBMITTED,),
    S.SUBMITTED: (S.ACCEPTED, S.SUPPLEMENT, S.REFUSED),
    S.ACCEPTED: (S.SUPPLEMENT, S.REGISTERED, S.REFUSED),
    S.SUPPLEMENT: (S.ACCEPTED, S.REFUSED),
    S.REGISTERED: (S.CANCELLED,),
    S.REFUSED: (S.SUBMITTED,),
    S.CANCELLED: (),
}
LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Amounts:
    """What is registered, in fen: the whole price, and what of it is no technology."""

    total_minor: int
    equipment_minor: int = 0
    materials_minor: int = 0

    @property
    def technical_minor(self) -> int:
        """技术交易额."""
        return self.total_minor - self.equipment_minor - self.materials_minor


def start_registration(actor: Actor, contract: Contract) -> ContractRegistration:
    """A draft with the sums of the contract; the second press is the first result.

    `contract` has its offer and its negotiation with patent and both sides loaded. Raises Conflict for one that is
    not signed by both.
    """
    ensure(actor, ContractPolicy.register, contract, known_to=ContractPolicy.view)
    if contract.registration is not None:
        return contract.registration
    if contract.signed_on is None:
        raise Conflict(_l("Only a contract that both sides have signed is registered."), code="unsigned")
    negotiation = contract.negotiation
    patent, total = negotiation.patent, contract.offer.fixed_minor
    registration = ContractRegistration(
        id=uuid7(), contract_id=contract.id, seller_id=negotiation.owner_id, buyer_id=negotiation.asker_id,
        kind=negotiation.kind, field=(patent.industry or (patent.ipc[0][:4] if patent.ipc else ""))[:3],
        seller_region=negotiation.owner.region, buyer_region=negotiation.asker.region, state=S.DRAFT,
        total_minor=total, equipment_minor=0, materials_minor=0, technical_minor=total, is_disputed=False,
        note="", registration_no="", created_at=now(), changed_at=now(),
    )  # fmt: skip
    registration.steps = []
    with guard({"contract_registrations_contract_id_key": Conflict(_l("Somebody was faster. Look again."))}):
        session.add(registration)
    record(actor, "contract_registration.start", registration, {"total": [None, total]})
    return registration


def set_amounts(
    actor: Actor, registration: ContractRegistration, amounts: Amounts, *, is_disputed: bool = False
) -> ContractRegistration:
    """The sums before submitting, while a supplement is asked for, or after a refusal.

    Raises Invalid when a part is more than the whole, Conflict once the registrar has them.
    """
    ensure(actor, RegistrationPolicy.edit, registration, known_to=RegistrationPolicy.view)
    _lock(registration)
    if registration.state not in {S.DRAFT, S.SUPPLEMENT, S.REFUSED}:
        raise Conflict(_l("The registrar has it: wait for the answer."), code="state")
    if min(amounts.total_minor, amounts.equipment_minor, amounts.materials_minor) < 0:
        raise Invalid(_l("This amount cannot be."), field="total_minor")
    if amounts.technical_minor < 0:
        raise Invalid(_l("Equipment and materials are more than the whole price."), field="equipment_minor")
    before = registration.total_minor, registration.technical_minor
    registration.total_minor, registration.equipment_minor = amounts.total_minor, amounts.equipment_minor
    registration.materials_minor, registration.technical_minor = amounts.materials_minor, amounts.technical_minor
    registration.is_disputed, registration.changed_at = is_disputed, now()
    session.flush()
    changes = {"total": [before[0], amounts.total_minor], "technical": [before[1], amounts.technical_minor]}
    record(actor, "contract_registration.amounts", registration, changes)
    return registration


def clock_days(registration: ContractRegistration) -> int:
    """Working days for the decision: 15, or 30 from 5,000,000 yuan of technology value on or when disputed."""
    large = registration.technical_minor >= settings.number("registration_large_minor")
    return settings.number("registration_days_large" if large or registration.is_disputed else "registration_days")


def take_step(
    actor: Actor,
    registration: ContractRegistration,
    state: RegistrationState,
    day: date,
    *,
    note: str = "",
    registration_no: str = "",
) -> ContractRegistration:
    """Record what the registrar has done on a day: accepted (the clock starts; after a supplement anew), asked for a
    supplement, registered under a number, refused, cancelled; or that the seller has submitted.

    The same again changes nothing. Raises Conflict for a step that cannot follow, Invalid for a day to come or
    before the last step, a missing number or reason.
    """
    ensure(actor, RegistrationPolicy.edit, registration, known_to=RegistrationPolicy.view)
    _lock(registration)
    if registration.state is state:
        return registration
    if state not in NEXT[registration.state]:
        raise Conflict(_l("This step cannot follow the last one."), code="step")
    note, number = paragraphs(note)[:LONGEST_NOTE], one_line(registration_no)
    _check_step(registration, state, day, note, number)
    before = registration.state
    registration.state, registration.note, registration.changed_at = state, note, now()
    if state is S.SUBMITTED:
        registration.submitted_on = day
    if state is S.ACCEPTED:
        registration.accepted_on, registration.due_on = day, add_working_days(day, clock_days(registration))
    if state in {S.SUPPLEMENT, S.REFUSED}:
        registration.due_on = None
    if state is S.REGISTERED:
        registration.registration_no, registration.registered_on = number, day
        registration.due_on = None
    _note_step(actor, registration, state.value, day, note or number)
    record(actor, f"contract_registration.{state.value}", registration, {"state": [before.value, state.value]})
    return registration


def report_change(actor: Actor, registration: ContractRegistration, day: date, note: str) -> ContractRegistration:
    """A change of a registered contract is reported to the registrar; it is kept with the registration."""
    ensure(actor, RegistrationPolicy.edit, registration, known_to=RegistrationPolicy.view)
    _lock(registration)
    if registration.state is not S.REGISTERED:
        raise Conflict(_l("Changes are reported for a registered contract."), code="state")
    note = paragraphs(note)[:LONGEST_NOTE]
    _check_step(registration, S.CANCELLED, day, note, "")
    _note_step(actor, registration, "change", day, note)
    record(actor, "contract_registration.change", registration, {"day": [None, day.isoformat()]})
    return registration


def _check_step(
    registration: ContractRegistration, state: RegistrationState, day: date, note: str, number: str
) -> None:
    if day > today():
        raise Invalid(_l("This day is still to come."), field="day")
    last = registration.steps[-1].happened_on if registration.steps else registration.contract.signed_on
    if last is not None and day < last:
        raise Invalid(_l("This day lies before the last step."), field="day")
    if state in {S.SUPPLEMENT, S.REFUSED, S.CANCELLED} and not note:
        raise Invalid(_l("Say what the registrar wrote."), field="note")
    if state is S.REGISTERED and not number:
        raise Invalid(_l("Write down the registration number."), field="registration_no")


def _note_step(actor: Actor, registration: ContractRegistration, what: str, day: date, note: str) -> None:
    step = RegistrationStep(
        id=uuid7(), registration_id=registration.id, position=len(registration.steps) + 1, what=what, happened_on=day,
        note=note, made_by_id=actor.user_id, created_at=now(),
    )  # fmt: skip
    registration.steps.append(step)
    session.flush()


def _lock(registration: ContractRegistration) -> None:
    session.flush()
    session.refresh(registration, with_for_update={"of": ContractRegistration})
    session.refresh(registration, attribute_names=["steps"])
