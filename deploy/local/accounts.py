"""The account that runs PostgreSQL, which refuses to be root, and what that account can reach."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deploy.local.console import LaunchError
from deploy.local.layout import CLONE
from deploy.local.processes import identity

Account = pwd.struct_passwd | None
"""None stands for ourselves."""

OWN_ACCOUNT = "jishi-postgres"
STATE = Path("/var/lib/jishi")
SOCKET_PATH_LIMIT = 80
"""A socket's whole path must stay below 108 bytes; `/.s.PGSQL.5432.lock` comes on top of the folder."""


def database_account(*folders: Path) -> Account:
    """Choose ourselves; as root the owner of an existing database, `postgres`, or an account made for it."""
    if os.geteuid() != 0:
        return None
    for folder in folders:
        if folder.exists() and folder.stat().st_uid != 0:
            return pwd.getpwuid(folder.stat().st_uid)
    return _known("postgres") or _known(OWN_ACCOUNT) or _made(OWN_ACCOUNT)


def can_enter(account: Account, folder: Path) -> bool:
    """Tell whether `account` gets through all the parents into the nearest existing folder on the path."""
    while not folder.exists():
        folder = folder.parent
    return _may(account, "-x", folder)


def can_read(account: Account, file: Path) -> bool:
    """Tell whether `account` may read `file`."""
    return _may(account, "-r", file)


def within_reach(account: Account, folder: Path) -> Path:
    """Return `folder`, or its stand-in if `account` cannot come near it."""
    if can_enter(account, folder.parent):
        return folder
    place = stand_in(folder)
    _open_folder(STATE)
    _open_folder(place.parent)
    return place


def stand_in(folder: Path) -> Path:
    """Name the place that serves instead of `folder` where an account cannot enter the clone."""
    return STATE / CLONE / folder.name


def can_run(account: Account, program: Path) -> bool:
    """Tell whether `account` may start `program`, which includes loading its libraries."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, cwd="/", **identity(account)).returncode == 0
    except PermissionError:
        return False


def readable_copy(folders: Sequence[Path]) -> Path:
    """Copy installed programs to where every account may run them, rather than open what lies above them.

    `folders` are siblings and stay so: programs look for their libraries along a relative path.
    """
    target = STATE / f"{folders[0].name}-{CLONE}-{int(folders[0].stat().st_mtime)}"
    if not target.exists():
        _open_folder(STATE)
        fresh = Path(tempfile.mkdtemp(dir=STATE))
        for folder in folders:
            shutil.copytree(folder, fresh / folder.name, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        fresh.rename(target)
    return target


def private_folder(folder: Path, account: Account) -> Path:
    """Make `folder` with mode 0700 for `account`; refuse one that somebody else put there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = account.pw_uid if account else os.geteuid()
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
        raise LaunchError(f"{folder} belongs to another user; start Jishi as that user, or remove the folder.")
    if account and found.st_uid != owner:
        os.chown(folder, account.pw_uid, account.pw_gid)
    folder.chmod(0o700)
    return folder


def socket_folder(folder: Path, account: Account) -> Path:
    """Make a private folder for a socket: `folder`, or a temporary one if that is long or out of reach."""
    if len(os.fsencode(folder)) > SOCKET_PATH_LIMIT or not can_enter(account, folder.parent):
        folder = Path(tempfile.gettempdir()) / f"jishi-{os.geteuid()}-{CLONE}-{folder.name}"
    return private_folder(folder, account)


def _open_folder(folder: Path) -> None:
    """Make a folder of ours that every account may pass through, whatever the umask."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)


def _known(name: str) -> Account:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _made(name: str) -> pwd.struct_passwd:
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    try:
        made = subprocess.run([*command, "--shell", "/usr/sbin/nologin", name], capture_output=True, text=True)
    except FileNotFoundError:
        raise LaunchError(
            "PostgreSQL cannot run as root and there is no useradd: start Jishi as another user."
        ) from None
    account = _known(name)  # another process may have been quicker, which is as good
    if account is None:
        raise LaunchError(f"The account {name} for PostgreSQL could not be made: {made.stderr.strip()}")
    return account


def _may(account: Account, permission: str, path: Path) -> bool:
    return subprocess.run(["test", permission, path], cwd="/", **identity(account)).returncode == 0
