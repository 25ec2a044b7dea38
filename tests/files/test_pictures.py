"""Uploaded pictures are made anew: upright, small, without what they carried; what is no picture is refused."""

import io
import struct
import zlib

import pytest
from PIL import Image

from app.core.errors import Invalid
from app.core.i18n import force_locale
from app.files.pictures import LIST_BYTES, LIST_SIZE, PAGE_SIZE, render_picture

pytestmark = pytest.mark.nodb


def picture(kind: str = "JPEG", size: tuple[int, int] = (2000, 1500), mode: str = "RGB", **saving: object) -> bytes:
    """A picture with detail everywhere, so that it does not pack to nothing."""
    stream = io.BytesIO()
    noise = Image.effect_noise(size, 60).convert(mode)
    noise.save(stream, kind, **saving)
    return stream.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def refused(data: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        render_picture(data)
    return caught.value.code


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("PNG", "P"), ("PNG", "I;16"), ("WEBP", "RGB")],
)
def test_every_kind_becomes_webp_in_two_sizes_within_the_budget(kind: str, mode: str) -> None:
    made = render_picture(picture(kind, mode="L" if mode == "I;16" else mode) if mode != "I;16" else sixteen_bits())
    for rendition, most in ((made.small, LIST_SIZE), (made.large, PAGE_SIZE)):
        image = opened(rendition.content)
        assert (image.format, image.mode) == ("WEBP", "RGB")
        assert image.size == (rendition.width, rendition.height)
        assert rendition.width <= most[0]
        assert rendition.height <= most[1]
    assert len(made.small.content) <= LIST_BYTES


def sixteen_bits() -> bytes:
    stream = io.BytesIO()
    Image.new("I;16", (400, 300), 40_000).save(stream, "PNG")
    return stream.getvalue()


def test_a_small_picture_is_not_blown_up() -> None:
    made = render_picture(picture(size=(40, 30)))
    assert (made.small.width, made.large.height) == (40, 30)


def test_place_and_camera_are_gone_and_the_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[2] = (43.0, 53.0, 0.0)  # latitude
    made = render_picture(picture(size=(300, 200), exif=exif, comment=b"made at home"))
    assert (made.large.width, made.large.height) == (200, 300)
    for rendition in (made.small, made.large):
        assert not opened(rendition.content).getexif()
        for carried in (b"Secret", b"EXIF", b"Exif", b"XMP ", b"home"):
            assert carried not in rendition.content


def test_what_hides_behind_a_picture_does_not_survive() -> None:
    made = render_picture(picture(size=(60, 40)) + b"<script>alert(1)</script>PK\x03\x04")
    assert b"script" not in made.large.content
    assert b"PK\x03\x04" not in made.large.content


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "wrong_kind"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "wrong_kind"),
        (b"GIF89a<script>alert(1)</script>", "wrong_kind"),
        (b"%PDF-1.4\n%%EOF\n", "wrong_kind"),
        (b"", "wrong_kind"),
        (picture(size=(60, 40))[:-200], "damaged_file"),
        (picture("PNG", size=(60, 40))[:-200], "damaged_file"),
        (picture("WEBP", size=(60, 40))[:-200], "damaged_file"),
        (b"\xff\xd8\xff<script>alert(1)</script>", "damaged_file"),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes, code: str) -> None:
    assert refused(data) == code


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10**6))
        + chunk(b"IEND", b"")
    )
    assert refused(bomb) == "picture_too_large"
    wide = io.BytesIO()
    Image.new("L", (9_000, 8_000)).save(wide, "WEBP", method=0, quality=1)
    assert refused(wide.getvalue()) == "picture_too_large"


def test_the_refusal_says_what_is_taken() -> None:
    with force_locale("en"), pytest.raises(Invalid) as caught:
        render_picture(b"<svg/>")
    assert str(caught.value) == "This kind of file is not taken here. Allowed: JPEG, PNG, WEBP."
