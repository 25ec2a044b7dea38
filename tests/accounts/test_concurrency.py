"""What two presses, or two people, do at the same moment: neither a fault of ours nor a change that is lost."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.accounts.members.operations import invite_member
from app.accounts.models import Membership, Organisation, Role, SignUp, Verification
from app.accounts.one_time import Outcome, try_code
from app.accounts.organisations.operations import verify_organisation
from app.accounts.people.operations import resend_code, start_sign_up
from app.accounts.people.queries import waiting_sign_up
from app.core.clock import now
from app.core.db import session, unit_of_work
from app.core.web import App
from app.notifications.models import Mail
from tests.accounts.factories import make_actor, make_operator, make_organisation, make_user, sign_in
from tests.ledger.live import committed_application

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def live(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with committed_application(postgres_url, tmp_path_factory.mktemp("files")) as application:
        application.config["WTF_CSRF_ENABLED"] = False
        yield application


def beside(live: App, work: Callable[[], object]) -> threading.Thread:
    """Do something in another thread, which may have to wait for a lock that is held here."""

    def run() -> None:
        with live.app_context():
            try:
                work()
            finally:
                session.remove()  # type: ignore[attr-defined]

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(0.7)
    return thread


def test_a_code_that_is_sent_again_twice_at_once_works(live: App) -> None:
    with unit_of_work():
        begun = start_sign_up(
            email="twice@corp.example", name="Li Hua", password="a pine in the yard", locale="en", address="127.0.0.1"
        ).id
        session.execute(update(SignUp).values(sent_at=now() - timedelta(minutes=2)))

    def again() -> None:
        with unit_of_work():
            started = waiting_sign_up(begun)
            assert started is not None
            resend_code(started)

    refused = []

    def pressed_again() -> None:
        try:
            again()
        except Exception as refusal:
            refused.append(type(refusal).__name__)

    with unit_of_work():
        first = waiting_sign_up(begun)
        assert first is not None
        resend_code(first)
        second = beside(live, pressed_again)
    second.join()
    assert refused == ["Conflict"]
    session.expire_all()
    mail = session.scalars(select(Mail).order_by(Mail.created_at.desc()).limit(1)).one()
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", mail.body)
    started = session.get_one(SignUp, begun)
    assert try_code(started, code, started.email) is Outcome.DONE
    session.rollback()


def test_an_invitation_that_is_accepted_twice_at_once_is_no_fault(live: App) -> None:
    browser = live.test_client()
    with unit_of_work():
        owner, guest = make_actor(), make_user()
        assert owner.organisation is not None
        invite_member(owner, owner.organisation, email=guest.email, roles=[Role.BOOKER], locale="en")
        body = session.scalars(select(Mail.body).where(Mail.recipient == guest.email)).one()
        organisation_id = owner.organisation.id
    sign_in(browser, make_actor(user=guest))
    (path,) = re.findall(r"/invitations/\S+", body)
    statuses: list[int] = []
    barrier = threading.Barrier(2)

    def accept() -> None:
        barrier.wait()
        statuses.append(browser_with_cookie(live, browser).post(path).status_code)

    threads = [threading.Thread(target=accept) for _press in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [302, 410]
    joined = select(func.count()).where(Membership.user_id == guest.id, Membership.organisation_id == organisation_id)
    assert session.scalar(joined) == 1


def browser_with_cookie(live: App, other: FlaskClient) -> FlaskClient:
    """Another window of the same browser."""
    window = live.test_client()
    cookie = other.get_cookie("jishi")
    assert cookie is not None
    window.set_cookie("jishi", cookie.value)
    return window


def test_a_name_that_is_just_being_verified_is_not_changed_any_more(live: App) -> None:
    browser = live.test_client()
    with unit_of_work():
        organisation = make_organisation(verification=Verification.WAITING, verified_at=None, phone="0431 8888 0000")
        owner, desk = make_actor(organisation), make_operator()
        identity, name = organisation.id, organisation.name
    sign_in(browser, owner)
    statuses: list[int] = []
    data = {"name": "Another name", "name_en": "", "address": "", "phone": "0431 8888 0000"}
    with unit_of_work():
        looked_at = session.get_one(Organisation, identity, with_for_update=True)
        verify_organisation(desk, looked_at)
        changing = beside(
            live, lambda: statuses.append(browser.post(f"/organisations/{identity}/edit", data=data).status_code)
        )
    changing.join()
    session.expire_all()
    kept = session.get_one(Organisation, identity)
    assert statuses == [422]
    assert (kept.name, kept.verification) == (name, Verification.VERIFIED)
