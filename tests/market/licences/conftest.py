"""Operations speak English in these tests; pages choose for themselves."""

from collections.abc import Iterator

import pytest

from app.core.i18n import force_locale


@pytest.fixture(autouse=True)
def english(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.node.get_closest_marker("live") or "nodb" in request.keywords:
        yield
        return
    request.getfixturevalue("transaction")
    with force_locale("en"):
        yield
