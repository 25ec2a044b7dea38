"""Licences by agreement: one in counter-offer, one signed by both and registered, one by one side."""

from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import Actor
from app.core.clock import today
from app.core.db import session
from app.demo.cast import UNIVERSITY, company
from app.demo.people import actor_of
from app.market.licences.models import LicenceKind
from app.market.negotiations.models import Contract, Negotiation, RegistrationState
from app.market.negotiations.operations import agree, ask, counter_offer
from app.market.negotiations.queries import contract_with_all
from app.market.negotiations.registering import Amounts, set_amounts, start_registration, take_step
from app.market.negotiations.signing import send_signing_code, sign_contract
from app.market.negotiations.terms import Terms
from app.market.open_licences.models import OpenLicence, PriceForm, RoyaltyBase
from app.market.patents.models import LegalStatus, Patent
from app.notifications.models import Mail

WISH = Terms(
    price_form=PriceForm.UPFRONT_ROYALTY, upfront_minor=2_000_000, rate=200, royalty_base=RoyaltyBase.NET_SALES,
    term_months=36, use_text="用于本公司检测服务中使用的前处理装置。",
)  # fmt: skip
ANSWER = Terms(
    price_form=PriceForm.UPFRONT_ROYALTY, upfront_minor=3_000_000, rate=300, royalty_base=RoyaltyBase.NET_SALES,
    floor_minor=500_000, term_months=36, use_text="用于本公司检测服务中使用的前处理装置。",
    other_terms="许可方提供两天现场培训。",
)  # fmt: skip
FREE = Terms(term_months=24, use_text="用于教学设备的小批量试制。")


def are_there() -> bool:
    """Whether anything is signed; what is only negotiated comes with the open licences."""
    return session.scalar(select(Contract.id).limit(1)) is not None


def load_dealings(password: str) -> str:
    """Ask and answer; agree, sign and register. The patents are those nobody has declared."""
    officer, customer = actor_of("transfer@jishi.example"), actor_of("sme@jishi.example")
    declared = select(OpenLicence.id).where(OpenLicence.patent_id == Patent.id).exists()
    talked_about = select(Negotiation.id).where(Negotiation.patent_id == Patent.id).exists()
    patents = session.scalars(
        select(Patent)
        .where(
            Patent.owner_id == company(UNIVERSITY).id, Patent.published_at.is_not(None), ~declared,
            ~talked_about,
            Patent.legal_status == LegalStatus.IN_FORCE, Patent.expires_on > today() + timedelta(days=1500),
        )
        .order_by(Patent.number.desc())
        .limit(3)
    ).all()  # fmt: skip
    talked, signed, half_signed = patents
    counter_offer(officer, ask(customer, talked, LicenceKind.EXCLUSIVE, WISH, "希望独家使用三年。"), ANSWER)
    _register(officer, _agreed_and_signed(officer, customer, signed, password))
    _agreed_and_signed(officer, customer, half_signed, password, signers=1)
    return "3"


def _agreed_and_signed(officer: Actor, customer: Actor, patent: Patent, password: str, *, signers: int = 2) -> Contract:
    """A contract that the customer has signed first, then the officer; `signers` says how many have so far."""
    contract = agree(officer, ask(customer, patent, LicenceKind.ORDINARY, FREE))
    for actor in (customer, officer)[:signers]:
        send_signing_code(actor, contract_with_all(contract.id), shown=contract.sha256, password=password)
        code = _mailed_code(actor)
        sign_contract(actor, contract_with_all(contract.id), shown=contract.sha256, code=code)
    return contract_with_all(contract.id)


def _mailed_code(actor: Actor) -> str:
    """The code in the latest mail to a person."""
    recipient = actor.user.email if actor.user else ""
    latest = select(Mail.subject).where(Mail.recipient == recipient).order_by(Mail.created_at.desc(), Mail.id.desc())
    return "".join(sign for sign in session.scalars(latest.limit(1)).one() if sign.isdecimal())


def _register(officer: Actor, contract: Contract) -> None:
    registration = start_registration(officer, contract)
    set_amounts(officer, registration, Amounts(6_000_000, 800_000, 200_000))
    take_step(officer, registration, RegistrationState.SUBMITTED, today())
    take_step(officer, registration, RegistrationState.ACCEPTED, today())
    number = f"{today().year}220101000001"
    take_step(officer, registration, RegistrationState.REGISTERED, today(), registration_no=number)
