"""An application with pages for samples, and their table, which ends with the transaction of the test."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app import create_app
from app.core.db import db
from app.core.i18n import force_locale
from app.core.web import App
from tests.conftest import _forget_language, _see_everything_again
from tests.imports.samples import TABLE, pages


@pytest.fixture(scope="package")
def samples_app(app: App) -> App:
    """The whole application and the pages of samples, on the database of the application under test."""
    application = create_app(app.config["JISHI"])
    application.config["WTF_CSRF_ENABLED"] = False
    application.register_blueprint(pages())
    application.teardown_request(_see_everything_again)
    application.before_request_funcs.setdefault(None, []).insert(0, _forget_language)
    return application


@pytest.fixture(autouse=True)
def table(request: pytest.FixtureRequest, transaction: None) -> Iterator[None]:
    """The table of samples; sentences are compared in English."""
    if request.node.get_closest_marker("nodb"):
        yield
        return
    db.engines[None].execute(text(TABLE))  # type: ignore[attr-defined]
    with force_locale("en"):
        yield


@pytest.fixture
def client(samples_app: App, table: None) -> Iterator[FlaskClient]:
    """A browser of the application that has pages for samples, inside the transaction of the test."""
    connection = db.engines[None]
    with samples_app.app_context():
        engine = db.engine
        db._app_engines[samples_app][None] = connection
        try:
            yield samples_app.test_client()
        finally:
            db.session.remove()
            db._app_engines[samples_app][None] = engine
            engine.dispose()
