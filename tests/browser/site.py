"""The site as people have it: a database with the demonstration, gunicorn, a worker with its clock and a broker."""

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import StorageState, StorageStateCookie
from sqlalchemy import select

from app.accounts.models import User
from app.accounts.sessions.operations import open_session
from app.core.db import session
from app.core.i18n import force_locale, gettext
from app.core.web import App
from deploy.local.layout import PYTHON, ROOT
from deploy.local.services import temporary_redis
from tests.databases import MIGRATED, own_database
from tests.live.servers import (
    held_port,
    own_application,
    program_environment,
    task_worker,
    web_server,
)
from tests.live.world import committed

PASSWORD = "jishi-demo-2026"
Result = TypeVar("Result")


@dataclass(frozen=True)
class Site:
    """A running site. `application` stands on the same database, for preparing and looking."""

    url: str
    application: App
    environment: Mapping[str, str]
    pages: dict[str, list[str]] = field(default_factory=dict)

    def signed_in(self, email: str) -> StorageState:
        """The cookies of somebody who has signed in, made without the sign-in page."""

        def sign_in() -> str:
            user = session.scalars(select(User).where(User.email == email)).one()
            return open_session(user, user_agent="Chromium", address="127.0.0.1")[0]

        token = self.prepare(sign_in)
        signer = self.application.session_interface.get_signing_serializer(self.application)
        assert signer is not None
        cookie: StorageStateCookie = {
            "name": "jishi", "value": signer.dumps({"_user_id": token, "_fresh": True}), "domain": "127.0.0.1",
            "path": "/", "expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax",
        }  # fmt: skip
        return {"cookies": [cookie], "origins": []}

    def flask(self, *command: str) -> str:
        """What a `flask` command prints, run in a program of its own as an administrator does."""
        done = subprocess.run(
            [str(PYTHON), "-m", "flask", "--app", "wsgi", *command],
            cwd=ROOT, env=dict(self.environment), capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, f"flask {' '.join(command)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def look(self, question: Callable[[], Result]) -> Result:
        """The answer of the database at this moment."""
        with self.application.app_context():
            try:
                return question()
            finally:
                session.expunge_all()
                session.rollback()

    def prepare(self, work: Callable[[], Result]) -> Result:
        """Do something for good, as if it had happened before."""
        with committed(self.application):
            return work()

    def say(self, text: str, locale: str, **values: Any) -> str:
        """A text of the site in a language."""
        with self.application.app_context(), force_locale(locale):
            said = str(gettext(text, **values))
        assert locale == "en" or said != text, f"the site never says {text!r}, or only in English"
        return said

    def pattern(self, text: str, locale: str) -> re.Pattern[str]:
        """Matches a whole text of the site in a language, whatever its parameters are."""
        with self.application.app_context(), force_locale(locale):
            said = str(gettext(text))
        parts = re.split(r"%\(\w+\)[sd]", said.replace("%%", "%"))
        return re.compile(f"^\\s*{'.*'.join(re.escape(part) for part in parts)}\\s*$")


@contextmanager
def running_site(postgres_url: str, folder: Path) -> Iterator[Site]:
    """A site on a database of its own with the demonstration in it; everything ends with the context."""
    with ExitStack() as stack:
        port = stack.enter_context(held_port())
        own = {"JISHI_ENVIRONMENT": "development", "PUBLIC_URL": f"http://127.0.0.1:{port}"}
        broker = stack.enter_context(temporary_redis()).url
        url = stack.enter_context(own_database(postgres_url, MIGRATED))
        application = stack.enter_context(own_application(url, folder / "files", connections=4))
        environment = {**program_environment(url, folder / "files", broker), **own}
        site = Site(own["PUBLIC_URL"], application, environment)
        site.flask("demo", "load")
        stack.enter_context(task_worker(url, folder, broker, extra=own))
        stack.enter_context(web_server(url, folder, broker=broker, port=port, extra=own))
        yield site
