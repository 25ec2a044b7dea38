"""What a second terminal reads: private, complete, and gone once nothing answers any more."""

import json
from pathlib import Path

import pytest

from deploy.local import environment

pytestmark = pytest.mark.nodb


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "SHARED", tmp_path / "run" / "environment.json")
    monkeypatch.setattr(environment, "SECRET", tmp_path / "secret_key")


def test_shared_addresses_are_private_and_withdrawn() -> None:
    environment.publish({"DATABASE_URL": "postgresql://here"})
    environment.publish({"DATABASE_URL": "postgresql://there"})
    assert json.loads(environment.SHARED.read_text()) == {"DATABASE_URL": "postgresql://there"}
    assert environment.SHARED.stat().st_mode & 0o777 == 0o600
    environment.withdraw()
    environment.withdraw()
    assert not environment.SHARED.exists()


def test_secret_key_is_made_once_and_long_enough() -> None:
    key = environment.secret_key()
    assert len(key) >= 32
    assert environment.secret_key() == key
    assert environment.SECRET.stat().st_mode & 0o777 == 0o600


def test_programs_get_the_shared_addresses_whatever_was_set_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    assert environment.for_programs({"PORT": "2"})["PORT"] == "2"
