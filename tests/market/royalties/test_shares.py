"""Who gets what of any net amount, by any table: to the fen, and never less for the inventors than promised."""

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.market.royalties.sharing import share_out

LEAST = 5000  # 成果转化法 art. 45, the setting
NET = st.integers(-(10**11), 10**11)
WEIGHTS = st.lists(st.integers(0, 10_000), max_size=8)


def licence(inventors: int, department: int, weights: list[int]) -> Any:
    people = [
        {"name": f"发明人{place}", "department": "化学学院", "share": share} for place, share in enumerate(weights)
    ]
    terms = {"inventors_share": inventors, "department_share": department, "inventors": people}
    patent = SimpleNamespace(inventors=[])
    return SimpleNamespace(terms=terms, open_licence=None, patent=patent, licensor=SimpleNamespace(name="北松大学"))


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(NET, st.integers(0, 10_000), st.integers(0, 10_000), WEIGHTS)
@example(1, 5000, 5000, [1, 1, 1])
@example(-1, 0, 10_000, [0, 0])
@example(101, 3333, 3333, [])
def test_article_45_parts_are_those_of_the_plain_model(
    transaction: None, net: int, inventors: int, department: int, weights: list[int]
) -> None:
    """成果转化法 art. 45: exact shares in fractions; no part is a whole fen off, all of them make up the net."""
    parts = share_out(net, licence(inventors, department, weights))
    assert sum(part["amount_minor"] for part in parts) == net
    promised = max(inventors, LEAST)
    theirs = [part["amount_minor"] for part in parts if part["kind"] == "inventor"]
    assert len(theirs) == len(weights)
    assert abs(sum(theirs) - Fraction(net * promised, 10_000)) < 1 if weights else not theirs
    even = [1] * len(weights) if not any(weights) else weights
    for amount, weight in zip(theirs, even, strict=True):
        assert abs(amount - Fraction(sum(theirs) * weight, sum(even))) < 1
    others = {part["kind"]: part["amount_minor"] for part in parts if part["kind"] != "inventor"}
    agreed = min(department, 10_000 - promised)
    assert abs(others.get("department", 0) - Fraction(net * agreed, 10_000)) < 1
    assert all(amount * net >= 0 for amount in (*theirs, *others.values())), "nobody pays for another's part"


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(NET, st.integers(0, 10_000), st.integers(0, 10_000), WEIGHTS)
def test_what_is_taken_back_is_what_was_given(
    transaction: None, net: int, inventors: int, department: int, weights: list[int]
) -> None:
    """The same amount with the other sign leaves nobody with anything."""
    table = licence(inventors, department, weights)
    given_out, taken = share_out(net, table), share_out(-net, table)
    assert [part["amount_minor"] + back["amount_minor"] for part, back in zip(given_out, taken, strict=True)] == [
        0 for _part in given_out
    ]
