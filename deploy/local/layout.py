"""Where things lie: the repository, its virtual environment, and `var` with all that a run leaves behind."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STATIC = ROOT / "static"
VAR = Path(os.environ.get("JISHI_VAR") or ROOT / "var").resolve()
LOGS = VAR / "log"
RUN = VAR / "run"

CLONE = hashlib.sha256(f"{ROOT} {VAR}".encode()).hexdigest()[:10]
"""Tells this clone from others on the machine wherever a name outside of it is needed."""


def digest(*files: Path) -> str:
    """Name the contents of `files`, so that a stamp can tell whether anything changed."""
    total = hashlib.sha256()
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()
