"""The words by which an instrument is found."""

from collections.abc import Mapping
from typing import Any

SEARCHED = ("name", "name_zh", "asset_no", "model", "manufacturer", "technique", "functions", "services", "subjects")


def search_words(values: Mapping[str, Any]) -> str:
    """TRANSITIONAL."""
    return " ".join(str(values[name]) for name in SEARCHED if values.get(name)).lower()
