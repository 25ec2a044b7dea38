"""The contrast of every colour pair of the brief, computed from tokens.css for light and dark."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")

pytestmark = pytest.mark.nodb

TEXT, PART = 4.5, 3.0
GROUNDS = ("canvas", "surface", "sunken")
TONES = ("ok", "warn", "danger", "info")
PAIRS = (
    [(ink, ground, TEXT) for ink in ("ink", "ink-2", "ink-3", "accent", "danger") for ground in GROUNDS]
    + [("on-accent", "accent", TEXT), ("on-accent", "accent-hover", TEXT)]
    + [("on-tint", "tint", TEXT), ("ink", "tint", TEXT)]
    + [(tone, f"{tone}-tint", TEXT) for tone in TONES]
    + [(tone, "surface", TEXT) for tone in TONES]
    + [("on-danger", "danger", TEXT), ("on-danger", "danger-hover", TEXT), ("on-toast", "toast", TEXT)]
    + [("on-slot-busy", "slot-busy", TEXT), ("on-slot-maintenance", "slot-maintenance", TEXT)]
    + [("edge", ground, PART) for ground in GROUNDS]
    + [("focus", ground, PART) for ground in GROUNDS]
    + [("seal", "surface", PART), ("warn", "surface", PART), ("accent", "tint", PART)]
    + [(f"c{number}", "surface", PART) for number in range(1, 6)]
)


def declared(block: str) -> dict[str, str]:
    """Custom property → value of one rule."""
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", block))


def blocks() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The light tokens, the dark ones by system preference, the dark ones by choice."""
    light = re.search(r"^:root \{(.*?)^\}", TOKENS, re.S | re.M)
    system = re.search(r':root:not\(\[data-theme="light"\]\) \{(.*?)^  \}', TOKENS, re.S | re.M)
    chosen = re.search(r'^:root\[data-theme="dark"\] \{(.*?)^\}', TOKENS, re.S | re.M)
    assert light
    assert system
    assert chosen
    return declared(light[1]), declared(system[1]), declared(chosen[1])


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("front", "back", "least"), PAIRS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pair_has_enough_contrast(theme: str, front: str, back: str, least: float) -> None:
    light, _system, dark = blocks()
    tokens = light if theme == "light" else dark
    assert contrast(tokens[front], tokens[back]) >= least


def test_both_dark_lists_are_equal() -> None:
    _light, system, chosen = blocks()
    assert system == chosen


def test_every_colour_has_a_dark_twin() -> None:
    light, _system, dark = blocks()
    colours = {name for name, value in light.items() if value.startswith(("#", "rgb"))}
    assert colours <= dark.keys()


def test_stylesheets_use_declared_tokens_only() -> None:
    light, _system, _dark = blocks()
    runtime = {"hours", "days"}
    for sheet in CSS.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        unknown = set(re.findall(r"var\(--([\w-]+)", text)) - light.keys() - runtime
        assert not unknown, f"{sheet.name}: {unknown}"


def test_colours_are_written_in_the_token_file_only() -> None:
    for sheet in CSS.rglob("*.css"):
        if sheet.name not in {"tokens.css", "print.css"} and "bundle" not in sheet.name:
            found = re.findall(r"#[0-9A-Fa-f]{3,8}\b|\brgba?\(", sheet.read_text(encoding="utf-8"))
            assert not found, f"{sheet.name}: {found}"


def test_every_stylesheet_is_imported() -> None:
    site = (CSS / "site.css").read_text(encoding="utf-8")
    named = set(re.findall(r'@import url\("([^"]+)"\)', site)) | {"site.css"}
    present = {sheet.relative_to(CSS).as_posix() for sheet in CSS.rglob("*.css") if "bundle" not in sheet.name}
    assert named == present
