"""Where the bytes of files lie."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}")


class FileStore(Protocol):
    """Keeps bytes under keys. A key is written once and never changed."""

    def write(self, key: str, content: bytes) -> None: ...
    def open(self, key: str) -> BinaryIO: ...
    def remove(self, key: str) -> None: ...
    def keys(self) -> Iterator[tuple[str, float]]: ...


@dataclass(frozen=True)
class LocalFileStore:
    """A folder outside the web root; files are readable only by the owner of the process."""

    root: Path

    def write(self, key: str, content: bytes) -> None:
        """Write and flush to the disk; the file appears whole or not at all."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_suffix(".part")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        temporary.replace(path)

    def open(self, key: str) -> BinaryIO:
        """The bytes as a stream. Raises FileNotFoundError."""
        return self._path(key).open("rb")

    def remove(self, key: str) -> None:
        """Delete; a key that is gone already is no error."""
        self._path(key).unlink(missing_ok=True)

    def keys(self) -> Iterator[tuple[str, float]]:
        """Every key with the time it was written (seconds since 1970)."""
        for path in self.root.glob("[0-9a-f][0-9a-f]/*"):
            key = path.relative_to(self.root).as_posix()
            if _KEY.fullmatch(key):
                yield key, path.stat().st_mtime

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("this is no key of the file store")
        return self.root / key


_store: list[FileStore] = []


def use_store(store: FileStore) -> None:
    """Name the store of this process."""
    _store[:] = [store]


def file_store() -> FileStore:
    """The store of this process."""
    return _store[0]
