"""Put the browser's assets and the PDF fonts into `static/vendor`, from the npm lock file.

Run by itself: `python3 -m deploy.local.vendor`. The manifest it writes maps logical names to paths below
`static/vendor`, so that nothing else in Jishi knows a version.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from deploy.local.console import LaunchError, say, step
from deploy.local.layout import ROOT, STATIC, VAR, VENV, digest


class Asset(NamedTuple):
    """One file or folder out of an npm package."""

    name: str
    package: str
    path: str


ASSETS = (
    Asset("htmx", "htmx.org", "dist/htmx.min.js"),
    Asset("lucide", "lucide-static", "icons"),
    Asset("font_regular", "@expo-google-fonts/noto-sans-sc", "400Regular/NotoSansSC_400Regular.ttf"),
    Asset("font_bold", "@expo-google-fonts/noto-sans-sc", "700Bold/NotoSansSC_700Bold.ttf"),
    Asset("axe", "axe-core", "axe.min.js"),
)
LOCK = ROOT / "package-lock.json"
NPM_FILES = (LOCK, ROOT / "package.json", ROOT / ".npmrc")
TARGET = STATIC / "vendor"
STAMP = TARGET / ".lock"


def main() -> None:
    """Bring `static/vendor` up to date."""
    try:
        ensure_assets()
    except LaunchError as error:
        sys.exit(f"\n{error}")


def ensure_assets() -> None:
    """Install and copy the assets, unless the last copy was made from the same lock by the same code."""
    wanted = digest(*NPM_FILES, Path(__file__))
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    with step("Installing browser assets"):
        workshop = VAR / "vendor"
        shutil.rmtree(workshop, ignore_errors=True)
        packages, copy = workshop / "npm", workshop / "copy"
        copy.mkdir(parents=True)
        _install(packages)
        manifest = {asset.name: _copy(asset, packages / "node_modules", copy) for asset in ASSETS}
        (copy / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
        (copy / STAMP.name).write_text(wanted)
        shutil.rmtree(TARGET, ignore_errors=True)
        TARGET.parent.mkdir(exist_ok=True)
        copy.rename(TARGET)
        shutil.rmtree(workshop)


def _install(folder: Path) -> None:
    """Run `npm ci` aside, so that the big unpacked packages are gone afterwards."""
    folder.mkdir()
    for file in NPM_FILES:
        shutil.copy(file, folder)
    for npm in filter(None, (shutil.which("npm"), shutil.which("npm", path=VENV / "bin"))):
        path = f"{Path(npm).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        if subprocess.run([npm, "ci"], cwd=folder, env={**os.environ, "PATH": path}).returncode == 0:
            return
        say(f"  {npm} did not succeed.")
    raise LaunchError("The browser assets could not be installed with npm; the lines above say why.")


def _copy(asset: Asset, packages: Path, target: Path) -> str:
    """Copy one asset with its package's licences and return its path for the manifest."""
    source = packages / asset.package
    version = json.loads((source / "package.json").read_text())["version"]
    folder = target / f"{source.name}@{version}"
    folder.mkdir(exist_ok=True)
    for licence in source.glob("LICENSE*"):
        shutil.copyfile(licence, folder / licence.name)
    wanted = source / asset.path
    copied = folder / wanted.name
    if wanted.is_dir():
        shutil.copytree(wanted, copied, copy_function=shutil.copyfile)
    else:
        shutil.copyfile(wanted, copied)
    return copied.relative_to(target).as_posix()


if __name__ == "__main__":
    main()
