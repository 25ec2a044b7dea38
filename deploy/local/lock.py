"""Write the lock files: `make lock`. No address of a registry and no path of this machine gets into them."""

import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local.bootstrap import LOCKS
from deploy.local.layout import ROOT, VENV

RESOLVE = "pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate"
TITLES = {
    "run": "# What is installed to serve Jishi. Written from setup.cfg by `make lock`.\n",
    "dev": "# What is installed to develop and test Jishi. Written from setup.cfg by `make lock`.\n",
}


def main() -> None:
    """Resolve for every platform; what serves gets the same versions in both files."""
    choices = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        for name in ("setup.cfg", "pyproject.toml", "LICENSE"):
            (source / name).write_bytes((ROOT / name).read_bytes())
        (source / "README.md").touch()
        _resolve(source, LOCKS["run"], *choices)
        _resolve(source, LOCKS["dev"], *choices, "--extra", "dev", "--constraints", str(LOCKS["run"]))
    for kind, lock in LOCKS.items():
        lock.write_text(TITLES[kind] + lock.read_text())
    subprocess.run(["npm", "install", "--package-lock-only"], cwd=ROOT, check=True)


def _resolve(source: Path, lock: Path, *options: str) -> None:
    """Resolve in a copy, since setuptools leaves a folder of metadata beside what it reads."""
    command = [str(VENV / "bin" / "uv"), *RESOLVE.split(), "setup.cfg", "--output-file", str(lock), *options]
    subprocess.run(command, cwd=source, check=True)


if __name__ == "__main__":
    main()
