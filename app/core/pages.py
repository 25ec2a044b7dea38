"""Lists: pages of a query, cursors for the API, and CSV that spreadsheets cannot be tricked with."""

import base64
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, Any, Generic, TypeVar

from flask import Response, request
from sqlalchemy import Select, func, select

from app.core.db import session
from app.core.delimited import write_csv
from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.core.templating import page_url

Item = TypeVar("Item")

DEFAULT_PAGE_SIZE = 25
MAX_PAGE_SIZE = 100
MEMORY_BYTES = 1024 * 1024  # of a file that is being made; the rest goes to disk
CHUNK_BYTES = 64 * 1024
PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list, for people."""

    items: Sequence[Item]
    page: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def has_prev(self) -> bool:
        return self.page > 1

    @property
    def has_next(self) -> bool:
        return self.page < self.pages

    @property
    def first(self) -> int:
        """Number of the first row shown, from 1; 0 when the list is empty."""
        return 0 if not self.total else (self.page - 1) * self.size + 1

    @property
    def last(self) -> int:
        return min(self.total, self.page * self.size)

    def url(self, number: int) -> str:
        return page_url(page=number if number > 1 else None)


def paginate(statement: Select[Any], *, size: int = DEFAULT_PAGE_SIZE, scalars: bool = True) -> Page[Any]:
    """The page that the request's ``?page=`` names; a number beyond the end gives the last page."""
    wanted = request.args.get("page", 1, type=int)
    total = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    number = min(max(1, wanted), max(1, -(-total // size)))
    result = session.execute(statement.limit(size).offset((number - 1) * size))
    items: Sequence[Any] = result.scalars().unique().all() if scalars else result.all()
    return Page(items, number, size, total)


def encode_cursor(values: Sequence[Any]) -> str:
    """Opaque text for the position after a row."""
    return base64.urlsafe_b64encode(json.dumps([str(value) for value in values]).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, length: int) -> list[str] | None:
    """The values behind a cursor. Raises Invalid for one that was made up."""
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise bad_cursor() from None
    if not isinstance(values, list) or len(values) != length or not all(map(_is_line, values)):
        raise bad_cursor()
    return values


def _is_line(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()


def bad_cursor() -> Invalid:
    """The refusal of a cursor that names no position; the same at every list."""
    return Invalid(_l("This cursor is not one of ours. Start again without it."), field="cursor", code="bad_cursor")


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """A CSV download that Excel opens as UTF-8 and in which no cell is run as a formula."""
    return file_response(f"{name}.csv", "text/csv; charset=utf-8", write_csv(header, rows))


def file_response(name: str, media_type: str, parts: Iterable[bytes]) -> Response:
    """A download made of many parts, or of one."""
    response = spooled_response(media_type, parts)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def spooled_response(media_type: str, parts: Iterable[bytes]) -> Response:
    """A large answer made of many parts.

    All parts are made before the answer begins, while the database still belongs to the request; what is large
    waits on disk. So a fault half-way is an error page, not half a file.
    """
    with ExitStack() as closing:
        file = closing.enter_context(tempfile.SpooledTemporaryFile(MEMORY_BYTES))
        for part in parts:
            file.write(part)
        closing.pop_all()
    size = file.tell()
    response = Response(_chunks(file), content_type=media_type)
    response.content_length = size
    response.call_on_close(file.close)
    return response


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def wants_csv() -> bool:
    """Whether the list is asked for as a file."""
    return request.args.get("format") == "csv"


Columns = Sequence[tuple[str, Callable[[Any], Any]]]
