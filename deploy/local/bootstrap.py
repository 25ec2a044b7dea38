"""Build the virtual environment from the hashed lock files; a second start sees the same locks and skips it.

Run by itself: `python3 -m deploy.local.bootstrap [run|dev]`.
"""

import os
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from deploy.local.console import LaunchError, say, step
from deploy.local.layout import PYTHON, ROOT, VENV, digest

LOCKS = {"run": ROOT / "requirements.txt", "dev": ROOT / "requirements-dev.txt"}
STAMP = VENV / "jishi.lock"


def main() -> None:
    """Install what `run` (the default) or `dev` needs."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if kind not in LOCKS:
        sys.exit(f"usage: python3 -m deploy.local.bootstrap [{'|'.join(LOCKS)}]")
    try:
        ensure_environment(kind)
    except LaunchError as error:
        sys.exit(f"\n{error}")


def ensure_environment(kind: str) -> None:
    """Make `.venv` hold exactly what the lock of `kind` names; everything that serves is also in `dev`."""
    wanted = {name: _stamp(lock) for name, lock in LOCKS.items()}
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text() in {wanted[kind], wanted["dev"]}:
        return
    if VENV.exists() and not os.access(VENV, os.W_OK):
        raise LaunchError(f"{VENV} was made by another user; start Jishi as that user, or remove the folder.")
    with step("Installing Python packages"):
        if not _works(PYTHON):
            _create()
        STAMP.unlink(missing_ok=True)
        _install(LOCKS[kind])
        STAMP.write_text(wanted[kind])


def _stamp(lock: Path) -> str:
    """Scripts in a virtual environment know their own path, so a moved clone is installed anew."""
    return f"{digest(lock)} {VENV}\n"


def _works(python: Path) -> bool:
    return python.exists() and not subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode


def _create() -> None:
    try:
        venv.create(VENV, clear=True, with_pip=True, symlinks=True)
    except subprocess.CalledProcessError as error:
        raise LaunchError("This Python cannot build virtual environments; on Debian install python3-venv.") from error


def _install(lock: Path) -> None:
    """Prefer uv, which is several times faster and also removes what the lock no longer names."""
    if _install_uv() and _succeeds(VENV / "bin" / "uv", "pip", "sync", "--python", PYTHON, "--require-hashes", lock):
        return
    say("  uv is not to be had here; going on with pip, which takes longer.")
    if not _succeeds(PYTHON, "-m", "pip", "install", "--require-hashes", "--no-deps", "-r", lock):
        raise LaunchError("The Python packages could not be installed; the lines above say why.")


def _install_uv() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        requirement = Path(folder) / "uv.txt"
        requirement.write_text(pinned_uv())
        return _succeeds(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", requirement)


def pinned_uv() -> str:
    """Return the one version of uv that the development lock names, with its hashes."""
    found = re.search(r"^uv==(?:.*\\\n)*.*\n", LOCKS["dev"].read_text(), re.MULTILINE)
    if found is None:
        raise LaunchError("requirements-dev.txt names no uv; write it anew with `make lock`.")
    return found[0]


def _succeeds(*command: str | Path) -> bool:
    try:
        return subprocess.run(command, cwd=ROOT).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    main()
