"""The lock files: complete, in step with each other, and free of addresses."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from deploy.local import bootstrap, vendor
from deploy.local.layout import ROOT, STATIC

pytestmark = pytest.mark.nodb


PARTS = {"apispec", "blinker", "click", "dateutil", "jinja2", "kombu", "markupsafe", "webargs", "werkzeug"}
"""Packages that belong to the public interface of one that is declared."""


def locked(kind: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", bootstrap.LOCKS[kind].read_text(), re.MULTILINE))


def imports_of(file: Path) -> Iterator[str]:
    """The top-level packages that a module imports."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    return {re.split(r"[\[<>=]", line)[0] for line in setup["options"]["install_requires"].split()}


def test_everything_declared_is_locked() -> None:
    assert declared() <= locked("run").keys()


def test_everything_imported_is_declared() -> None:
    providers = packages_distributions()
    imported = {name for file in (ROOT / "app").rglob("*.py") for name in imports_of(file)}
    foreign = imported - sys.stdlib_module_names - {"app"}
    missing = {name for name in foreign if not declared() & {canonical(found) for found in providers.get(name, [])}}
    assert sorted(missing - PARTS) == []


def test_development_has_the_versions_that_serve() -> None:
    assert locked("run").items() <= locked("dev").items()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "package-lock.json"])
def test_locks_name_no_registry_and_no_place_on_a_machine(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"https?:|--index|--find-links|\"resolved\"|/(home|root|tmp|work)/", text)


def test_every_locked_package_carries_a_hash() -> None:
    for requirement in re.split(r"\n(?=\w)", bootstrap.LOCKS["dev"].read_text()):
        assert requirement.startswith("#") or "--hash=sha256:" in requirement


def test_uv_is_installed_from_the_lock_too() -> None:
    assert re.match(r"uv==[\d.]+ \\\n +--hash=sha256:", bootstrap.pinned_uv())


def test_manifest_leads_to_every_asset_and_each_package_keeps_its_licence() -> None:
    manifest = json.loads((STATIC / "vendor" / "manifest.json").read_text())
    assert manifest.keys() == {asset.name for asset in vendor.ASSETS}
    for path in manifest.values():
        place = STATIC / "vendor" / path
        assert place.exists()
        assert list(place.parent.glob("LICENSE*"))


def test_second_start_installs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap.ensure_environment("run")
    bootstrap.ensure_environment("dev")
    vendor.ensure_assets()
    assert capsys.readouterr().out == ""
