"""What a file is: told by its content; the name must not say otherwise."""

import io
import struct
import unicodedata
import zipfile
from collections.abc import Iterator
from enum import StrEnum
from pathlib import PurePath

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l

MAX_PIXELS = 50_000_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_ENTRIES = 5_000
MAX_RATIO = 200
MAX_NAME = 150


class FileKind(StrEnum):
    """Kinds of files that can be kept."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    XLSX = "xlsx"
    DOCX = "docx"
    TEXT = "text"


DOCUMENTS = frozenset({FileKind.PDF, FileKind.PNG, FileKind.JPEG})
PICTURES = frozenset({FileKind.PNG, FileKind.JPEG, FileKind.WEBP})
MEDIA_TYPES = {
    FileKind.PDF: "application/pdf",
    FileKind.PNG: "image/png",
    FileKind.JPEG: "image/jpeg",
    FileKind.WEBP: "image/webp",
    FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.TEXT: "text/plain",
}
SUFFIXES = {
    FileKind.PDF: (".pdf",),
    FileKind.PNG: (".png",),
    FileKind.JPEG: (".jpg", ".jpeg"),
    FileKind.WEBP: (".webp",),
    FileKind.XLSX: (".xlsx",),
    FileKind.DOCX: (".docx",),
    FileKind.TEXT: (".txt", ".csv", ".tsv", ".md", ".log"),
}


def recognise(data: bytes) -> FileKind | None:
    """The kind of a file, or None for one that is not kept here. Raises Invalid for one that is damaged or a trap."""
    if data.startswith(b"%PDF-"):
        _insist(b"%%EOF" in data[-2048:], _l("This PDF is cut off. Save it anew."))
        return FileKind.PDF
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        check_pixels(*_png_size(data))
        return FileKind.PNG
    if data.startswith(b"\xff\xd8\xff"):
        check_pixels(*_jpeg_size(data))
        return FileKind.JPEG
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        _insist(len(data) >= int.from_bytes(data[4:8], "little") + 8, _l("This picture is damaged."))
        return FileKind.WEBP
    if data.startswith(b"PK\x03\x04"):
        return _office_kind(data)
    return FileKind.TEXT if _is_text(data) else None


def clean_name(name: str, kind: FileKind) -> str:
    """The name without folders, invisible or direction-changing signs, ending as its kind does.

    Raises Invalid when it ends like another kind of file.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    visible = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C")
    suffix = PurePath(visible).suffix.lower()
    stem = " ".join(visible.removesuffix(PurePath(visible).suffix).split()).strip(". ")[:MAX_NAME] or "file"
    if suffix in SUFFIXES[kind]:
        return stem + suffix
    if suffix and any(suffix in suffixes for suffixes in SUFFIXES.values()):
        sentence = _l("The file is not what its name says: the content is %(kind)s.", kind=kind.upper())
        raise Invalid(sentence, code="wrong_suffix", field="file")
    return f"{stem}{suffix if suffix[1:].isdigit() else ''}{SUFFIXES[kind][0]}"


def _insist(holds: bool, sentence: object) -> None:
    if not holds:
        raise Invalid(sentence, code="damaged_file", field="file")


def _png_size(data: bytes) -> tuple[int, int]:
    _insist(len(data) > 33 and data[12:16] == b"IHDR" and b"IEND" in data[-64:], _l("This picture is damaged."))
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int]:
    for marker, segment in _jpeg_segments(data):
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC} and len(segment) >= 5:
            height, width = struct.unpack(">HH", segment[1:5])
            return width, height
    raise Invalid(_l("This picture is damaged."), code="damaged_file", field="file")


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        yield marker, data[position + 4 : position + 2 + length]
        if marker == 0xDA or length < 2:
            return
        position += 2 + length


def check_pixels(width: int, height: int) -> None:
    """Refuse a picture without extent, and one that would fill the memory when decoded. Raises Invalid."""
    _insist(width > 0 and height > 0, _l("This picture is damaged."))
    if width * height > MAX_PIXELS:
        sentence = _l("This picture has more than %(n)s megapixels. Make it smaller.", n=MAX_PIXELS // 1_000_000)
        raise Invalid(sentence, code="picture_too_large", field="file")


def _office_kind(data: bytes) -> FileKind | None:
    """Which Office document a ZIP archive is; its declared sizes are checked before anybody unpacks it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Invalid(_l("This file is damaged. Save it anew."), code="damaged_file", field="file") from None
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED or len(entries) > MAX_ENTRIES or unpacked > MAX_RATIO * max(len(data), 10_000):
        raise Invalid(_l("This file unpacks to too much."), code="file_too_large", field="file")
    names = {entry.filename for entry in entries}
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Invalid(_l("This file contains macros. Save it without them."), code="macros", field="file")
    if "xl/workbook.xml" in names:
        return FileKind.XLSX
    return FileKind.DOCX if "word/document.xml" in names else None


def _is_text(data: bytes) -> bool:
    """Whether these are readable lines and neither a web page nor a script that a browser might run."""
    if b"\x00" in data:
        return False
    text = None
    for encoding in ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None:
        return False
    start = text.lstrip("\ufeff \t\r\n")[:64].lower()
    controls = any(unicodedata.category(sign) == "Cc" and sign not in "\t\r\n\f" for sign in text[:65_536])
    return not controls and not start.startswith(("<", "#!", "%!ps"))
