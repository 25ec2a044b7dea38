"""Where the machine of declarations lives: people, a patent, a calendar; and what holds after every deed."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

from hypothesis.stateful import initialize, invariant
from sqlalchemy import func, select

from app.accounts.models import Role
from app.core.audit import AuditEntry
from app.core.db import savepoint, session
from app.core.errors import DomainError
from app.market.open_licences.models import (
    ENDED,
    Consent,
    ConsentPurpose,
    ConsentState,
    OpenLicence,
    StateChange,
)
from app.market.open_licences.queries import WITH_PATENT, declaration
from app.market.patents.models import LegalStatus, Patent
from app.market.patents.queries import WITH_PEOPLE
from tests.accounts.factories import make_actor, make_operator
from tests.market.licences.world import heard
from tests.market.machines import Dated
from tests.market.open_licences.declaration_model import (
    FOLLOWS,
    OPEN,
    Declared,
    Model,
    Right,
)
from tests.market.open_licences.declaring import own_patent, share_with

# The seventh year's annuity is due on Monday 3 June 2041 and can be paid late until Tuesday 3 December.
FILED, BEGIN = date(2035, 6, 3), datetime(2041, 5, 6, 4, tzinfo=UTC)


class DeclarationWorld(Dated):
    """A university with a co-owner, sometimes a bank, the operator, and a calendar that runs on."""

    begins = BEGIN

    @initialize()
    def begin(self) -> None:
        patent = own_patent(filed_on=FILED, granted_on=date(2037, 6, 3), expires_on=date(2055, 6, 3),
                            annuity_paid_through=6)  # fmt: skip
        share_with(patent)
        self.patent_id, self.owner_id = patent.id, patent.owner_id
        self.officer, self.second = make_actor(patent.owner, Role.TRANSFER), make_actor(patent.owner, Role.OWNER)
        self.verifier = make_operator(Role.VERIFIER)
        self.model = Model(Right(date(2041, 6, 3), date(2041, 12, 3)))

    # How things are found anew for every deed

    def patent(self) -> Patent:
        statement = select(Patent).options(*WITH_PEOPLE).where(Patent.id == self.patent_id)
        return session.scalars(statement.execution_options(populate_existing=True)).unique().one()

    def current(self) -> OpenLicence | None:
        statement = select(OpenLicence.id).where(OpenLicence.patent_id == self.patent_id)
        found = session.scalar(statement.order_by(OpenLicence.number.desc()).limit(1))
        session.expire_all()
        return None if found is None else declaration(found)

    def consent(self, party: str, purpose: ConsentPurpose) -> Consent | None:
        one = self.current()
        if one is None:
            return None
        wanted = (Consent.open_licence_id == one.id, Consent.purpose == purpose, Consent.role == party)
        return session.scalars(select(Consent).where(*wanted, Consent.state != ConsentState.VOID)).one_or_none()

    def attempt(self, expected: bool, deed: Callable[[], Any]) -> Any:
        """A deed that must go through or be refused in words; what is refused leaves no trace."""
        try:
            with savepoint():
                result, refusal = deed(), ""
                session.flush()
        except DomainError as refused:
            result, refusal = None, str(refused)
            session.expire_all()
        assert (refusal == "") == expected, refusal or "this should have been refused"
        if refusal:
            return None
        heard()
        return result

    def with_current(self, expected: Callable[[Declared], bool], deed: Callable[[OpenLicence], Any]) -> bool:
        """Try a deed on the last declaration; whether it was to go through."""
        one, model = self.current(), self.model.last
        if one is None or model is None:
            return False
        self.attempt(expected(model), lambda: deed(one))
        return expected(model)

    # What always holds

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        session.expire_all()
        rows = session.scalars(
            select(OpenLicence).options(*WITH_PATENT).where(OpenLicence.patent_id == self.patent_id)
            .order_by(OpenLicence.number)
        ).unique().all()  # fmt: skip
        assert sum(one.state not in ENDED for one in rows) <= 1
        assert [one.state.value for one in rows] == [model.state for model in self.model.all]
        for one, model in zip(rows, self.model.all, strict=True):
            assert (one.pilot_at is not None) == model.is_pilot
            assert (one.terms_hash != "") == (model.state != "draft")
            assert one.publicity_until == model.publicity_until
            self.written_down(one, model)
            if model.state in OPEN:
                assert one.patent.legal_status is LegalStatus.IN_FORCE

    def written_down(self, one: OpenLicence, model: Declared) -> None:
        """Every step is in the history and in the log, none of them against the law."""
        found = session.execute(
            select(StateChange.position, StateChange.state).where(StateChange.open_licence_id == one.id)
            .order_by(StateChange.position)
        ).all()  # fmt: skip
        assert [position for position, _state in found] == list(range(1, len(found) + 1))
        states = [state.value for _position, state in found]
        assert states == model.steps
        changes = [(first, then) for first, then in pairwise(states) if first != then]
        assert all(then in FOLLOWS[first] for first, then in changes)
        actions = [f"open_licence.{then}" for _first, then in changes]
        logged = session.scalar(
            select(func.count()).where(AuditEntry.subject_id == one.id, AuditEntry.action.in_(set(actions) or {""}))
        )
        assert logged == len(actions)

    @invariant()
    def consents_are_those_that_stand(self) -> None:
        one, model = self.current(), self.model.last
        if one is None or model is None:
            return
        for purpose, wanted in (("declaration", model.consents), ("withdrawal", model.withdrawal)):
            rows = [each for each in one.consents if each.purpose == purpose and each.state is not ConsentState.VOID]
            assert {row.role.value: row.state.value for row in rows} == {
                party: asked.answer for party, asked in wanted.items()
            }
