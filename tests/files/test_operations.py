"""Uploads: known by content, refused when damaged, disguised or traps; downloads that no browser runs."""

import io
import os
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import g
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.models import ANONYMOUS, Actor
from app.core.audit import AuditEntry
from app.core.db import session, unit_of_work
from app.core.errors import Forbidden, Invalid
from app.core.ids import uuid7
from app.core.policy import ActorLike
from app.core.web import App
from app.files import policy, store
from app.files.kinds import FileKind, clean_name
from app.files.models import FeedKind, StoredFile
from app.files.operations import create_feed, open_file, remove_file, revoke_feed, store_file
from app.files.policy import register_subject
from app.files.queries import feed_of, files_of, find_feed
from app.files.store import LocalFileStore, file_store
from tests.notifications.factories import make_person

SUBJECT = uuid7()
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"


def png(width: int = 2, height: int = 2) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + head + b"\0" * 12 + b"IEND\xaeB`\x82"


def jpeg(width: int = 2, height: int = 2) -> bytes:
    frame = b"\xff\xc0\x00\x08\x08" + struct.pack(">HH", height, width) + b"\x01"
    return b"\xff\xd8\xff\xe0\x00\x04ab" + frame + b"\xff\xda\x00\x02\xff\xd9"


def archive(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in entries.items():
            target.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def subject(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_store", [LocalFileStore(app.config["JISHI"].files_root)])
    monkeypatch.setattr(policy, "_subjects", {})
    register_subject("thing", lambda actor, subject_id: actor.user_id is not None and subject_id == SUBJECT)


@pytest.fixture
def actor() -> Actor:
    with unit_of_work():
        return Actor(user=make_person())


def keep(actor: ActorLike, name: str = "licence.pdf", content: Any = PDF, **changes: Any) -> StoredFile:
    values: dict[str, Any] = {"subject_kind": "thing", "subject_id": SUBJECT, **changes}
    return store_file(actor, name, content, **values)


def test_an_upload_is_kept_with_its_digest_outside_the_web_root(app: App, actor: Actor) -> None:
    stored = keep(actor, "C:\\papers\\营业执照.PDF", io.BytesIO(PDF))
    assert (stored.name, stored.media_type, stored.size) == ("营业执照.pdf", "application/pdf", len(PDF))
    path = Path(app.config["JISHI"].files_root) / stored.storage_key
    assert path.stat().st_mode & 0o777 == 0o600
    assert "licence" not in stored.storage_key
    with open_file(actor, stored) as stream:
        assert stream.read() == PDF
    assert files_of("thing", SUBJECT) == [stored]
    assert session.scalars(select(AuditEntry.action)).all() == ["file.store"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"", "empty_file"),
        ("a.pdf", b" \n ", "empty_file"),
        ("a.pdf", b"MZ\x90\x00\x03", "wrong_kind"),
        ("a.pdf", b"<html><script>alert(1)</script>", "wrong_kind"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "wrong_kind"),
        ("a.gif", b"GIF89a\x01\x00", "wrong_kind"),
        ("a.pdf", png(), "wrong_suffix"),
        ("a.pdf", b"%PDF-1.7 cut", "damaged_file"),
        ("a.png", png()[:30], "damaged_file"),
        ("a.png", png(0, 5), "damaged_file"),
        ("a.png", png(100_000, 100_000), "picture_too_large"),
        ("a.jpg", jpeg(60_000, 60_000), "picture_too_large"),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"x" * 50, "damaged_file"),
        ("a.txt", b"plain words", "wrong_kind"),
        ("a.pdf", b"%PDF-" + b"x" * 2000, "file_too_large"),
    ],
)
def test_what_is_not_a_sound_document_is_refused(actor: Actor, name: str, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        keep(actor, name, content, max_bytes=1500)
    assert (refusal.value.code, refusal.value.field) == (code, "file")
    assert files_of("thing", SUBJECT) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (archive(**{"xl/workbook.xml": b"<x/>", "xl/big.xml": b"0" * 30_000_000}), "file_too_large"),
        (archive(**{"xl/workbook.xml": b"<x/>", "xl/vbaProject.bin": b"x"}), "macros"),
        (archive(**{"evil.exe": b"x"}), "wrong_kind"),
        (b"PK\x03\x04 not an archive", "damaged_file"),
    ],
)
def test_office_files_are_measured_before_anybody_unpacks_them(actor: Actor, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        keep(actor, "a.xlsx", content, allowed={FileKind.XLSX})
    assert refusal.value.code == code


def test_sound_pictures_office_files_and_texts_are_taken_where_allowed(actor: Actor) -> None:
    uploads = {
        "图.PNG": png(),
        "b.jpeg": jpeg(),
        "c": archive(**{"xl/workbook.xml": b"<x/>"}),
        "d.docx": archive(**{"word/document.xml": b"<x/>"}),
        "e.csv": "甲,乙\n".encode("gb18030"),
    }
    names = [keep(actor, name, content, allowed=set(FileKind)).name for name, content in uploads.items()]
    assert names == ["图.png", "b.jpeg", "c.xlsx", "d.docx", "e.csv"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("a\u202efdp.exe", "afdp.pdf"),
        ("x\r\nSet-Cookie: a=b.pdf", "xSet-Cookie: a=b.pdf"),
        ("", "file.pdf"),
        (".pdf", "pdf.pdf"),
        ("v1.2", "v1.2.pdf"),
        ("长" * 300 + ".pdf", "长" * 150 + ".pdf"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert clean_name(given, FileKind.PDF) == kept


def test_files_of_a_thing_nobody_answers_for_are_not_kept(actor: Actor) -> None:
    with pytest.raises(ValueError, match="unknown"):
        keep(actor, subject_kind="unknown")


def test_only_readers_of_the_thing_may_open_its_files(actor: Actor) -> None:
    stored = keep(actor)
    with pytest.raises(Forbidden):
        open_file(ANONYMOUS, stored)
    stored.subject_id = uuid7()
    with pytest.raises(Forbidden):
        open_file(actor, stored)


def test_removed_bytes_go_after_the_commit(actor: Actor) -> None:
    stored = keep(actor)
    with unit_of_work():
        remove_file(actor, stored)
        file_store().open(stored.storage_key).close()
    with pytest.raises(FileNotFoundError):
        file_store().open(stored.storage_key)


def test_the_store_takes_no_foreign_keys(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="key"):
        LocalFileStore(tmp_path).open("../../etc/passwd")


@pytest.fixture
def as_person(app: App, actor: Actor) -> Iterator[dict[str, Actor]]:
    """Requests act as the person named in the returned mapping."""
    acting = {"actor": actor}

    def act() -> None:
        g.actor = acting["actor"]

    functions = app.before_request_funcs.setdefault(None, [])
    functions.append(act)
    yield acting
    functions.remove(act)


def test_a_download_is_an_attachment_that_no_browser_runs(
    client: FlaskClient, actor: Actor, as_person: dict[str, Actor]
) -> None:
    with unit_of_work():
        stored = keep(actor, '营业 执照"; x.pdf')
    answer = client.get(f"/files/{stored.id}")
    assert answer.status_code == 200
    assert answer.data == PDF
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''%E8%90%A5%E4%B8%9A%20%E6%89%A7%E7%85%A7" in answer.headers["Content-Disposition"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers.getlist("Set-Cookie") == []
    answer.close()
    as_person["actor"] = ANONYMOUS
    assert client.get(f"/files/{stored.id}").status_code == 404
    assert client.get(f"/files/{uuid7()}").status_code == 404


def test_a_download_whose_bytes_are_lost_is_missing(
    client: FlaskClient, actor: Actor, as_person: dict[str, Actor]
) -> None:
    with unit_of_work():
        stored = keep(actor)
    file_store().remove(stored.storage_key)
    assert client.get(f"/files/{stored.id}").status_code == 404


def test_the_sweep_removes_what_a_rolled_back_upload_left(app: App, actor: Actor) -> None:
    stored = keep(actor)
    root = Path(app.config["JISHI"].files_root)
    stray = root / "ab" / ("ab" + "0" * 30)
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")
    os.utime(stray, (0, 0))
    output = app.test_cli_runner().invoke(args=["files", "sweep"]).output
    assert "removed 1" in output
    assert not stray.exists()
    assert (root / stored.storage_key).exists()


def test_a_feed_is_found_by_its_token_until_revoked_or_replaced(actor: Actor) -> None:
    feed, token = create_feed(actor, FeedKind.USER)
    assert len(token) >= 43
    assert find_feed(token) is feed
    assert token not in str(vars(feed))
    second, newer = create_feed(actor, FeedKind.USER)
    assert find_feed(token) is None
    assert feed_of(actor, FeedKind.USER) is second
    instrument = UUID(int=7)
    other, _secret = create_feed(actor, FeedKind.INSTRUMENT, instrument)
    assert feed_of(actor, FeedKind.INSTRUMENT, instrument) is other
    with pytest.raises(Forbidden):
        revoke_feed(Actor(user=make_person("thief@example.org")), second)
    revoke_feed(actor, second)
    assert find_feed(newer) is None
    assert find_feed("nonsense") is None
