"""Two sides at a patent, and a negotiation brought to wherever a test begins."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.accounts.models import Actor, OrganisationKind, Role
from app.accounts.one_time import Outcome
from app.core.clock import today
from app.core.db import session
from app.core.events import relay
from app.core.money import Money
from app.market.licences.models import Licence, LicenceKind
from app.market.negotiations.models import Contract, Negotiation
from app.market.negotiations.operations import agree, ask
from app.market.negotiations.queries import contract_with_all, negotiation_with_all
from app.market.negotiations.signing import send_signing_code, sign_contract
from app.market.negotiations.terms import Terms
from app.market.open_licences.models import PriceForm
from app.market.patents.models import Patent
from app.notifications.models import Mail
from app.settlement.fee_notes.models import FeeNote, FeeNoteState
from app.settlement.payments.matching import match_transfer
from app.settlement.payments.operations import Transfer, record_transfer
from tests.accounts.factories import PASSWORD, make_actor, make_operator, make_organisation, make_person
from tests.market.factories import make_patent

LUMP = Terms(price_form=PriceForm.LUMP_SUM, lump_minor=8_000_000, use_text="生产光学胶。")
FREE = Terms(use_text="生产光学胶。")


@dataclass
class Case:
    """A patent, somebody who asks for it, and its owner; both with passwords."""

    patent: Patent
    asker: Actor
    owner: Actor

    def ask(self, kind: LicenceKind = LicenceKind.ORDINARY, terms: Terms = LUMP, message: str = "") -> Negotiation:
        return ask(self.asker, self.patent, kind, terms, message)

    def agreed(self, kind: LicenceKind = LicenceKind.ORDINARY, terms: Terms = LUMP) -> Contract:
        """The first proposal is accepted as it is."""
        return agree(self.owner, self.ask(kind, terms))

    def sign(self, actor: Actor, contract: Contract, **more: Any) -> Contract:
        """Ask for the code, read the mail, type it."""
        contract = contract_with_all(contract.id)
        shown = more.get("shown", contract.sha256)
        if "code" not in more:
            send_signing_code(actor, contract, shown=shown, password=PASSWORD)
        sign_contract(actor, contract, **{"shown": shown, "code": mailed_code(actor), **more})
        return contract_with_all(contract.id)

    def outcome(self, actor: Actor, contract: Contract, code: str) -> Outcome:
        """What becomes of a code."""
        contract = contract_with_all(contract.id)
        return sign_contract(actor, contract, shown=contract.sha256, code=code)

    def signed(self, kind: LicenceKind = LicenceKind.ORDINARY, terms: Terms = LUMP) -> Contract:
        """Both have signed."""
        contract = self.agreed(kind, terms)
        self.sign(self.asker, contract)
        return self.sign(self.owner, contract)


def mailed_code(actor: Actor) -> str:
    """The code in the latest mail to a person."""
    recipient = actor.user.email if actor.user else ""
    latest = select(Mail.subject).where(Mail.recipient == recipient, Mail.key.startswith("sign_code:"))
    subject = session.scalars(latest.order_by(Mail.id.desc()).limit(1)).first() or ""
    return "".join(sign for sign in subject if sign.isdecimal())


def make_case(**overrides: Any) -> Case:
    university = make_organisation(OrganisationKind.INSTITUTION)
    enterprise = make_organisation()
    owner = make_actor(university, Role.TRANSFER, user=make_person())
    asker = make_actor(enterprise, Role.OWNER, user=make_person())
    return Case(make_patent(university, **overrides), asker, owner)


def licence_of(contract: Contract) -> Licence:
    found = negotiation_with_all(contract.negotiation_id).licence_id
    assert found is not None
    return session.get_one(Licence, found)


def pay(contract: Contract) -> FeeNote:
    """The first payment comes in by bank and everything that follows is done."""
    note = session.get_one(FeeNote, licence_of(contract).fee_note_id)
    line, _new = record_transfer(
        make_operator(),
        Transfer(f"T-{contract.number}", today(), "付款人", "1", Money(note.total_minor), note.memo_code),
    )
    match_transfer(make_operator(), line)
    settle()
    session.refresh(note)
    assert note.state in {FeeNoteState.PAID, FeeNoteState.BILLED, FeeNoteState.REFUNDED}
    return note


def settle() -> None:
    """Deliver what was announced, and what that announces."""
    while relay():
        pass
    session.expire_all()
