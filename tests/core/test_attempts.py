"""An operation that says no half-way leaves nothing, whoever goes on after it."""

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from app.accounts.models import SYSTEM, Organisation
from app.core.attempts import attempt
from app.core.audit import AuditEntry, record
from app.core.db import on_commit, session
from app.core.errors import Conflict, DomainError, Forbidden, Invalid, Missing
from app.core.events import OutboxMessage, emit
from app.core.forms import Form
from app.core.web import App
from app.settlement.events import BillIssued
from tests.accounts.factories import make_organisation

HEARD: list[str] = []


def half_done(error: DomainError, organisation: Organisation) -> None:
    """Writes, announces, notes and promises, then says no."""
    organisation.name = "half"
    session.flush()
    record(SYSTEM, "test.half", organisation)
    emit(BillIssued(organisation.id))
    on_commit(lambda: HEARD.append("told"))
    raise error


def left_behind() -> tuple[int, int]:
    entries = session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "test.half"))
    announced = session.scalar(
        select(func.count()).select_from(OutboxMessage).where(OutboxMessage.kind == "BillIssued")
    )
    return int(entries or 0), int(announced or 0)


@pytest.mark.parametrize("error", [Conflict("no"), Invalid("no")])
def test_what_a_refused_operation_did_is_undone_and_the_page_goes_on(transaction: None, error: DomainError) -> None:
    HEARD.clear()
    organisation = make_organisation(name="whole")
    with attempt() as tried:
        half_done(error, organisation)
    assert (tried.ok, tried.refusal) == (False, error)
    organisation.name_en = "Whole"  # the page goes on and is kept
    session.commit()
    session.expire_all()
    assert (organisation.name, organisation.name_en) == ("whole", "Whole")
    assert left_behind() == (0, 0)
    assert HEARD == []


@pytest.mark.parametrize("error", [Forbidden("no"), Missing("no")])
def test_denials_go_on_to_their_page_unless_asked_for(transaction: None, error: DomainError) -> None:
    organisation = make_organisation(name="whole")
    with pytest.raises(type(error)), attempt():
        half_done(error, organisation)
    with attempt(even_denied=True) as tried:
        half_done(error, organisation)
    assert tried.refusal is error
    session.refresh(organisation)
    assert organisation.name == "whole"
    assert left_behind() == (0, 0)


def test_other_kinds_are_not_caught(transaction: None) -> None:
    with pytest.raises(Conflict), attempt(Invalid):
        raise Conflict("no")
    with attempt(Invalid) as tried:
        raise Invalid("no")
    assert not tried.ok
    with attempt() as fine:
        make_organisation()
    assert fine.ok


def test_a_form_that_is_refused_keeps_nothing(app: App, transaction: None) -> None:
    organisation = make_organisation(name="whole")
    with app.test_request_context(method="POST"):
        form = Form(MultiDict(), meta={"csrf": False})
        with form.attempt():
            half_done(Conflict("no"), organisation)
        assert (form.ok, form.form_errors) == (False, ["no"])
    session.refresh(organisation)
    assert organisation.name == "whole"
    assert left_behind() == (0, 0)
