"""Refusals are read in English here."""

from collections.abc import Iterator

import pytest

from app.core.i18n import force_locale


@pytest.fixture(autouse=True)
def english(request: pytest.FixtureRequest) -> Iterator[None]:
    """Speak English wherever the test itself asks for a sentence."""
    if "nodb" in request.keywords:
        yield
        return
    request.getfixturevalue("transaction")
    with force_locale("en"):
        yield
