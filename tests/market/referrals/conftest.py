"""Refusals are compared in English."""

from collections.abc import Iterator

import pytest

from app.core.i18n import force_locale


@pytest.fixture(autouse=True)
def english(transaction: None) -> Iterator[None]:
    """Read every sentence in English."""
    with force_locale("en"):
        yield
