"""Price terms in JSON: what is written reads back, and what is wrong is named by its path."""

from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.equipment.tariffs.terms import PayerClass, Terms, faults

pytestmark = pytest.mark.nodb

WELL_FORMED: dict[str, Any] = {
    "currency": "CNY",
    "rounding_minutes": 30,
    "vat_rate": "6",
    "charge_basis": "greater",
    "tax_category": "testing_service",
    "classes": {
        "internal": {
            "start_up": 0,
            "tiers": [{"upto_minutes": None, "per_hour": 0}],
            "minimum": 0,
            "operator_per_hour": None,
        },
        "enterprise": {
            "start_up": 20000,
            "tiers": [{"upto_minutes": 60, "per_hour": 50000}, {"upto_minutes": None, "per_hour": 40000}],
            "minimum": 30000,
            "operator_per_hour": 10000,
        },
    },
    "consumables": [{"code": "he", "name": "液氦", "unit": "L", "prices": {"enterprise": 12000}}],
}


def changed(path: str, value: object) -> dict[str, Any]:
    """The well-formed terms with one value put elsewhere."""
    terms: Any = deepcopy(WELL_FORMED)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = terms
    for step in steps:
        place = place[step]
    place[last] = value
    return dict(terms)


def test_terms_read_back_as_they_were_written() -> None:
    terms = Terms.from_json(WELL_FORMED)
    assert terms.to_json() == WELL_FORMED
    assert Terms.from_json(terms.to_json()) == terms
    assert terms.offers(PayerClass.ENTERPRISE)
    assert not terms.offers(PayerClass.INSTITUTION)
    assert not list(faults(terms))


def test_prices_left_out_are_nothing() -> None:
    terms = Terms.from_json(changed("classes.enterprise", {"tiers": [{"upto_minutes": None, "per_hour": 1}]}))
    prices = terms.classes[PayerClass.ENTERPRISE]
    assert (prices.start_up, prices.minimum, prices.operator_per_hour) == (0, 0, None)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("surprise", 1),
        ("currency", "XXX"),
        ("currency", "CNYX"),
        ("rounding_minutes", 0),
        ("rounding_minutes", 1441),
        ("rounding_minutes", True),
        ("rounding_minutes", 1.0),
        ("vat_rate", "101"),
        ("vat_rate", "-1"),
        ("vat_rate", "6.001"),
        ("vat_rate", "NaN"),
        ("vat_rate", "six"),
        ("vat_rate", 6),
        ("charge_basis", "dreamt"),
        ("tax_category", None),
        ("classes", []),
        ("classes.friends", {}),
        ("classes.enterprise", 5),
        ("classes.enterprise.start_up", -1),
        ("classes.enterprise.start_up", 10**9 + 1),
        ("classes.enterprise.start_up", "5"),
        ("classes.enterprise.minimum", -1),
        ("classes.enterprise.operator_per_hour", -1),
        ("classes.enterprise.tiers", []),
        ("classes.enterprise.tiers", {}),
        ("classes.enterprise.tiers.0.surprise", 1),
        ("classes.enterprise.tiers.0.upto_minutes", None),
        ("classes.enterprise.tiers.0.upto_minutes", 0),
        ("classes.enterprise.tiers.0.upto_minutes", 10**6),
        ("classes.enterprise.tiers.0.per_hour", -5),
        ("classes.enterprise.tiers.1.upto_minutes", 90),
        ("consumables", "all"),
        ("consumables.0.code", ""),
        ("consumables.0.name", "x" * 121),
        ("consumables.0.unit", "a\x00b"),
        ("consumables.0.prices.friends", 1),
        ("consumables.0.prices.enterprise", -1),
    ],
)
def test_a_wrong_value_is_named_by_its_path(path: str, value: object) -> None:
    with pytest.raises(Invalid) as refusal:
        Terms.from_json(changed(path, value))
    assert refusal.value.field == path


@pytest.mark.parametrize("path", ["currency", "classes", "classes.enterprise.tiers", "consumables.0.unit"])
def test_a_missing_value_is_named_by_its_path(path: str) -> None:
    terms: Any = deepcopy(WELL_FORMED)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = terms
    for step in steps:
        place = place[step]
    del place[last]
    with pytest.raises(Invalid) as refusal:
        Terms.from_json(terms)
    assert refusal.value.field == path


def test_tiers_must_ascend_and_codes_be_unique() -> None:
    tiers = [
        {"upto_minutes": 60, "per_hour": 1},
        {"upto_minutes": 60, "per_hour": 1},
        {"upto_minutes": None, "per_hour": 1},
    ]
    with pytest.raises(Invalid) as refusal:
        Terms.from_json(changed("classes.enterprise.tiers", tiers))
    assert refusal.value.field == "classes.enterprise.tiers.1.upto_minutes"
    with pytest.raises(Invalid) as refusal:
        Terms.from_json(changed("consumables", WELL_FORMED["consumables"] * 2))
    assert refusal.value.field == "consumables.1.code"


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from([*WELL_FORMED, "classes.enterprise", "classes.enterprise.tiers.0", "consumables.0"]),
    json_like,
)
def test_whatever_json_says_it_is_read_or_refused_and_nothing_else(path: str, value: object) -> None:
    with suppress(Invalid):
        assert Terms.from_json(changed(path, value)).to_json()
