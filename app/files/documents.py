"""Documents made from data: PDF through Typst, workbooks, and amounts in Chinese capitals."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import typst

from app.config import ROOT
from app.core.i18n import DEFAULT_LOCALE, LOCALES
from app.core.money import Money
from app.files.amounts import amount_in_words_zh
from app.files.workbooks import Column, Sheet, workbook

__all__ = ["Column", "Sheet", "amount_in_words_zh", "render_pdf", "workbook"]

VENDOR = ROOT / "static" / "vendor"


def render_pdf(source: Path, data: Mapping[str, Any], locale: str | None) -> bytes:
    """The PDF of a Typst template below the project folder, filled with `data` (words included).

    `data["date"]` is the date of the document; the same data gives the same bytes on every machine. The template
    imports ``/app/files/typst/base.typ``, which offers ``data``, ``money(fen)``, ``figures`` and the page. Money
    becomes whole fen, dates and instants ISO text. Raises KeyError without a date, ValueError for a broken template.
    """
    dated = data["date"]
    day = dated if isinstance(dated, date) else date.fromisoformat(str(dated))
    inputs = {
        "data": json.dumps(dict(data), ensure_ascii=False, default=_plain),
        "locale": locale if locale in LOCALES else DEFAULT_LOCALE,
    }
    try:
        produced = typst.compile(
            str(source),
            root=str(ROOT),
            font_paths=[str(folder) for folder in _font_folders()],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs=inputs,
            timestamp=datetime.combine(day, time(0), UTC),
        )
    except (typst.TypstError, RuntimeError) as error:
        raise ValueError(f"{source.name}: {error}") from error
    return bytes(produced)


@cache
def _font_folders() -> tuple[Path, ...]:
    """Where the pinned fonts lie; none of the machine's own are used, so that documents look alike everywhere."""
    manifest = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    return tuple({(VENDOR / manifest[key]).parent for key in ("font_regular", "font_bold")})


def _plain(value: object) -> Any:
    if isinstance(value, Money):
        return value.minor
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a document")
