"""Pictures made anew from what people upload: decoded, turned upright, made smaller, written without what they carried.

Nothing of the upload but its pixels survives: no place and camera (EXIF, XMP), no colour profile, no second file that
hides behind the picture.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

from app.core.errors import Invalid
from app.core.i18n import lazy_gettext as _l
from app.files.kinds import PICTURES, FileKind, check_pixels, recognise

LIST_SIZE = (256, 192)
PAGE_SIZE = (1440, 1080)
LIST_BYTES = 20 * 1024
_QUALITIES = (78, 60, 40, 20)
_FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class Rendition:
    """A picture in one size as WebP."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Renditions:
    """A picture as pages show it: small in lists (at most `LIST_BYTES`), larger on its page."""

    small: Rendition
    large: Rendition


def render_picture(data: bytes) -> Renditions:
    """Both sizes of an uploaded picture (JPEG, PNG, WebP by content).

    Raises Invalid (field `file`) for what is no picture, is damaged, or has too many pixels.
    """
    if recognise(data) not in PICTURES:
        kinds = ", ".join(sorted(each.upper() for each in PICTURES))
        sentence = _l("This kind of file is not taken here. Allowed: %(kinds)s.", kinds=kinds)
        raise Invalid(sentence, code="wrong_kind", field="file")
    try:
        upright = _upright(data)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise Invalid(_l("This picture is damaged."), code="damaged_file", field="file") from error
    large = ImageOps.contain(upright, PAGE_SIZE) if _exceeds(upright, PAGE_SIZE) else upright
    small = ImageOps.contain(large, LIST_SIZE) if _exceeds(large, LIST_SIZE) else large
    return Renditions(_written(small, LIST_BYTES), _written(large, None))


def _upright(data: bytes) -> Image.Image:
    """The first frame, decoded at no more than is needed, as it is meant to be seen, on white where it is clear."""
    with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
        check_pixels(*picture.size)
        picture.draft("RGB", PAGE_SIZE)
        picture.load()
        turned: Image.Image = ImageOps.exif_transpose(picture)
        if turned.mode.startswith("I"):  # 16 bits a pixel
            turned = turned.point(lambda value: value / 256).convert("L")
        if turned.mode in {"RGBA", "LA", "PA"} or "transparency" in turned.info:
            clear = turned.convert("RGBA")
            ground = Image.new("RGBA", clear.size, "white")
            turned = Image.alpha_composite(ground, clear)
        return turned.convert("RGB")


def _exceeds(picture: Image.Image, size: tuple[int, int]) -> bool:
    return picture.width > size[0] or picture.height > size[1]


def _written(picture: Image.Image, most: int | None) -> Rendition:
    """The pixels alone as WebP, in the best quality that keeps within `most` bytes."""
    content = b""
    for quality in _QUALITIES:
        stream = io.BytesIO()
        bare = Image.frombytes("RGB", picture.size, picture.tobytes())
        bare.save(stream, "WEBP", quality=quality, method=4)
        content = stream.getvalue()
        if most is None or len(content) <= most:
            break
    return Rendition(content, picture.width, picture.height)


PICTURE_NAME = {"small": "picture-list.webp", "large": "picture-page.webp"}
WRITTEN = frozenset({FileKind.WEBP})
