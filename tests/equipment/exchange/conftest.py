"""Sentences are compared in English."""

from collections.abc import Iterator

import pytest

from app.core.i18n import force_locale


@pytest.fixture(autouse=True)
def english(request: pytest.FixtureRequest, transaction: None) -> Iterator[None]:
    """The language of what is not asked for over HTTP."""
    if request.node.get_closest_marker("nodb"):
        yield
        return
    with force_locale("en"):
        yield
