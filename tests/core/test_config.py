"""What a deployment must name, all of it said at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.config import Config, ConfigurationError
from deploy.local.layout import ROOT

pytestmark = pytest.mark.nodb
COMPLETE = {
    "DATABASE_URL": "postgres://jishi@/jishi",
    "JISHI_ENVIRONMENT": "production",
    "SECRET_KEY": "a" * 32,
    "CELERY_BROKER_URL": "redis://localhost",
    "PUBLIC_URL": "https://jishi.example/",
}


@pytest.fixture(autouse=True)
def nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("app.config.LOCAL_ENVIRONMENT", tmp_path / "absent.json")


def test_a_complete_environment_is_taken() -> None:
    config = Config.from_environment(COMPLETE)
    assert config.is_production
    assert config.is_secure
    assert (config.database_url, config.public_url) == ("postgresql+psycopg://jishi@/jishi", "https://jishi.example")


def test_everything_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(ConfigurationError) as refused:
        Config.from_environment({"JISHI_ENVIRONMENT": "production", "PASSWORD_PROFILE": "none"})
    for name in ("DATABASE_URL", "SECRET_KEY", "CELERY_BROKER_URL", "PUBLIC_URL", "PASSWORD_PROFILE"):
        assert f"- {name}" in str(refused.value)


@pytest.mark.parametrize("change", [{"SECRET_KEY": "short"}, {"JISHI_ENVIRONMENT": "staging"}])
def test_what_is_wrong_is_said(change: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(change))):
        Config.from_environment({**COMPLETE, **change})


def test_a_command_without_a_site_says_what_to_do_and_shows_no_trace() -> None:
    """`flask …` in a second terminal before `make run`: a sentence, not a traceback."""
    command = (sys.executable, "-m", "flask", "--app", "wsgi", "ledger", "verify")
    surroundings = {**os.environ, "DATABASE_URL": "", "JISHI_ENVIRONMENT": "development"}
    ended = subprocess.run(command, check=False, cwd=ROOT, env=surroundings, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "start `make run`" in ended.stderr
    assert "Traceback" not in ended.stderr
