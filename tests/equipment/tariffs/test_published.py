"""Tariffs that real shared instruments publish (shared/data/tariffs.md), as terms and sums worked by hand."""

import pytest

from app.core.errors import Invalid
from app.equipment.tariffs.pricing import price
from app.equipment.tariffs.terms import ClassPrices, Consumable, PayerClass, Terms, Tier, faults

pytestmark = pytest.mark.nodb

INTERNAL, INSTITUTION, ENTERPRISE = PayerClass


def hourly(yuan: int, *, start_up: int = 0) -> ClassPrices:
    return ClassPrices((Tier(None, yuan * 100),), start_up * 100)


def item(code: str, name: str, unit: str, outside: int, inside: int | None = None) -> Consumable:
    prices = {INSTITUTION: outside * 100, ENTERPRISE: outside * 100}
    return Consumable(code, name, unit, prices if inside is None else {INTERNAL: inside * 100, **prices})


SQUID_STILL = Terms({INTERNAL: hourly(115), INSTITUTION: hourly(230), ENTERPRISE: hourly(230)}, rounding_minutes=1)
SQUID_SWEEP = Terms({INTERNAL: hourly(150), INSTITUTION: hourly(230), ENTERPRISE: hourly(230)}, rounding_minutes=1)
XRD = Terms(
    {INTERNAL: hourly(60), INSTITUTION: hourly(120), ENTERPRISE: hourly(120)},
    (
        item("powder", "粉末连续扫描", "次", 80, 40),
        item("phase", "物相定性", "次", 100, 50),
        item("rocking", "薄膜摇摆曲线", "次", 120, 60),
        item("psi", "薄膜ψ扫描", "次", 160, 80),
        item("stage", "高低温样品台", "样品", 200, 100),
        item("stage-scan", "高低温扫描", "次", 100, 50),
    ),
)
SEEBECK_SELF = Terms({INTERNAL: hourly(150)})
SEEBECK_ORDERED = Terms(
    {
        INTERNAL: hourly(0, start_up=200),
        INSTITUTION: hourly(0, start_up=300),
        ENTERPRISE: hourly(0, start_up=300),
    },
    (item("point", "样品温度点", "点", 200, 100),),
)


@pytest.mark.parametrize("terms", [SQUID_STILL, SQUID_SWEEP, XRD, SEEBECK_SELF, SEEBECK_ORDERED])
def test_every_published_tariff_is_sound_and_survives_json(terms: Terms) -> None:
    assert not list(faults(terms))
    assert Terms.from_json(terms.to_json()) == terms


@pytest.mark.parametrize(
    ("terms", "payer", "minutes", "counted", "yuan"),
    [
        (SQUID_STILL, ENTERPRISE, 60, {}, "230.00"),
        (SQUID_STILL, ENTERPRISE, 7 * 60 + 25, {}, "1705.83"),
        (SQUID_STILL, INTERNAL, 90, {}, "172.50"),
        (SQUID_SWEEP, INTERNAL, 90, {}, "225.00"),
        (XRD, ENTERPRISE, 0, {"powder": 3}, "240.00"),
        (XRD, ENTERPRISE, 150, {}, "300.00"),
        (XRD, INTERNAL, 0, {"phase": 1, "rocking": 1}, "110.00"),
        (XRD, INSTITUTION, 0, {"stage": 2, "stage-scan": 5}, "900.00"),
        (XRD, INSTITUTION, 61, {"stage": 1}, "380.00"),
        (SEEBECK_SELF, INTERNAL, 9 * 60 + 40, {}, "1500.00"),
        (SEEBECK_ORDERED, ENTERPRISE, 600, {"point": 8}, "1900.00"),
        (SEEBECK_ORDERED, INTERNAL, 600, {"point": 8}, "1000.00"),
    ],
)
def test_published_prices_come_out_as_worked_by_hand(
    terms: Terms, payer: PayerClass, minutes: int, counted: dict[str, int], yuan: str
) -> None:
    assert str(price(terms, payer, minutes, consumables=counted).total.decimal) == yuan


def test_self_operation_is_not_offered_outside() -> None:
    with pytest.raises(Invalid) as refusal:
        price(SEEBECK_SELF, ENTERPRISE, 60)
    assert refusal.value.code == "not_offered"
