"""Two cells of one upload that are mended at the same moment: both stay mended."""

import threading
from collections.abc import Iterator

import pytest

from app.accounts.models import OrganisationKind, Role
from app.core.db import session, unit_of_work
from app.core.web import App
from app.equipment.exchange.kind import INSTRUMENTS
from app.imports.drafts import create_draft, mend_cell
from app.imports.models import ImportDraft
from tests.accounts.factories import make_actor, make_organisation, sign_in
from tests.ledger.live import committed_application

pytestmark = pytest.mark.live

LIST = b"Equipment Name,Asset Number\nbalance,\noven,\n"


@pytest.fixture
def table() -> None:
    """No samples here: the instruments of the application itself."""


@pytest.fixture
def live(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with committed_application(postgres_url, tmp_path_factory.mktemp("files")) as application:
        application.config["WTF_CSRF_ENABLED"] = False
        yield application


def test_of_two_cells_mended_at_once_none_is_lost(live: App) -> None:
    browser = live.test_client()
    with unit_of_work():
        keeper = make_actor(make_organisation(OrganisationKind.INSTITUTION), Role.OWNER)
        assert keeper.organisation is not None
        identity = create_draft(INSTRUMENTS, keeper, keeper.organisation, "list.csv", LIST).id
    sign_in(browser, keeper)
    data = {"line": "3", "index": "1", "text": "A-2"}
    other = threading.Thread(target=lambda: browser.post(f"/instruments/import/{identity}/cell", data=data))
    with unit_of_work():
        mend_cell(INSTRUMENTS, keeper, session.get_one(ImportDraft, identity, with_for_update=True), 2, 1, "A-1")
        other.start()
        other.join(0.7)
    other.join()
    session.expire_all()
    assert session.get_one(ImportDraft, identity).corrections == {"2": {"1": "A-1"}, "3": {"1": "A-2"}}
