"""Collect the texts of every module into its own catalogue: `make messages`."""

import subprocess
import sys
from pathlib import Path

from deploy.local.console import say
from deploy.local.layout import ROOT, VAR, VENV

BABEL = str(VENV / "bin" / "pybabel")
EXTRACT = ["extract", "--mapping-file=../../pyproject.toml", "--keyword=_l", "--add-comments=Translators:"]
TIDY = ["--no-wrap", "--sort-by-file"]
HEADER = ["--project=Jishi", "--version=1", "--copyright-holder=the authors of Jishi"]
UPDATE = ["--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date", "--no-wrap"]


def main() -> None:
    """Extract, then begin or update the catalogue of each module that has texts."""
    locale = sys.argv[1] if len(sys.argv) > 1 else "zh_CN"
    for module in sorted(path for path in (ROOT / "app").iterdir() if (path / "__init__.py").exists()):
        template = VAR / "messages" / f"{module.name}.pot"
        template.parent.mkdir(parents=True, exist_ok=True)
        _babel(module, *EXTRACT, *TIDY, f"--output-file={template}", *HEADER, ".")
        if template.read_text().count("\nmsgid ") > 1:  # the first is the header
            _merge(module, template, locale)


def _merge(module: Path, template: Path, locale: str) -> None:
    catalogue = module / "translations" / locale / "LC_MESSAGES" / "messages.po"
    place = [f"--input-file={template}", "--output-dir=translations", f"--locale={locale}"]
    if catalogue.exists():
        _babel(module, "update", *UPDATE, *place)
    else:
        _babel(module, "init", "--no-wrap", *place)
    missing = catalogue.read_text().count('msgstr ""\n\n')
    say(f"  {module.name}: {missing} without a translation")


def _babel(module: Path, *arguments: str) -> None:
    subprocess.run([BABEL, "--quiet", *arguments], cwd=module, check=True)


if __name__ == "__main__":
    main()
