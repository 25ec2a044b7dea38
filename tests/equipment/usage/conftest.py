"""Sentences are checked in English, whatever the catalogues hold."""

from collections.abc import Iterator

import pytest

from app.core.i18n import force_locale


@pytest.fixture(autouse=True)
def in_english(transaction: None) -> Iterator[None]:
    """Speak English outside of requests; requests choose by their headers."""
    with force_locale("en"):
        yield
