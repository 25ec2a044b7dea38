"""What instruments of a kind cost, to buy and to use. Invented, but of the size that published price lists have; three
tariffs are those of tests/equipment/tariffs/test_published.py."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from app.equipment.tariffs.terms import ChargeBasis, ClassPrices, Consumable, PayerClass, Terms, Tier

YUAN = 100
WAN = 10_000 * YUAN


@dataclass(frozen=True, slots=True)
class Family:
    """Instruments of one kind: `first` and `then` are yuan an hour for enterprises, `worth` a range in 万元."""

    words: tuple[str, ...]
    worth: tuple[int, int]
    first: int
    then: int
    granularity: int = 30
    needs_approval: bool = False
    maker: str = ""


FAMILIES = (
    Family(("傅里叶",), (980, 1860), 1200, 1000, 60, needs_approval=True, maker="Bruker"),
    Family(("二次离子",), (620, 1380), 900, 780, 60, needs_approval=True, maker="IONTOF"),
    Family(("三合一",), (560, 720), 700, 600, 30, needs_approval=True, maker="Thermo Fisher"),
    Family(("轨道阱",), (310, 520), 500, 400, 30, maker="Thermo Fisher"),
    Family(("三重四极杆",), (160, 260), 380, 320, 30, maker="Thermo Fisher"),
    Family(("同位素",), (190, 340), 420, 360, 30, needs_approval=True, maker="Thermo Fisher"),
    Family(("电感耦合",), (120, 290), 380, 320, 30, maker="Agilent"),
    Family(("气相色谱", "质子转移", "气质"), (48, 96), 260, 220, 15, maker="Agilent"),
    Family(("飞行时间", "淌度"), (180, 390), 420, 360, 30, maker="Agilent"),
    Family((), (31, 78), 200, 160, 15, maker="Thermo Fisher"),
)


def family_of(name: str) -> Family:
    """The kind that a Chinese name speaks of; ion traps and the rest if none."""
    return next(family for family in FAMILIES if not family.words or any(word in name for word in family.words))


def worth_of(family: Family, dice: random.Random) -> int:
    """An original value in fen, to ten thousand yuan."""
    return dice.randint(*family.worth) * WAN


def usual_terms(first: int, then: int, *, basis: ChargeBasis = ChargeBasis.USED, rounding: int = 30) -> Terms:
    """A price list: start-up, a dearer first hour, operator, a minimum for enterprises, and two consumables."""
    share = {PayerClass.INTERNAL: 40, PayerClass.INSTITUTION: 70, PayerClass.ENTERPRISE: 100}
    return Terms(
        classes={
            payer: ClassPrices(
                tiers=(Tier(60, _part(first, percent)), Tier(None, _part(then, percent))),
                start_up=_part(200, percent),
                minimum=_part(first, percent) if payer is PayerClass.ENTERPRISE else 0,
                operator_per_hour=0 if payer is PayerClass.INTERNAL else _part(120, percent),
            )
            for payer, percent in share.items()
        },
        consumables=(
            Consumable("vial", "样品瓶", "个", _prices(5, 8, 10)),
            Consumable("column", "色谱柱", "次", _prices(30, 50, 60)),
        ),
        rounding_minutes=rounding,
        charge_basis=basis,
    )


def _part(yuan: int, percent: int) -> int:
    """A share of a price in fen, to ten yuan."""
    return round(yuan * percent / 1000) * 10 * YUAN


def _prices(internal: int, institution: int, enterprise: int) -> Mapping[PayerClass, int]:
    yuan = (internal, institution, enterprise)
    return {payer: amount * YUAN for payer, amount in zip(PayerClass, yuan, strict=True)}


def _flat(per_hour: int, start_up: int = 0) -> ClassPrices:
    return ClassPrices(tiers=(Tier(None, per_hour * YUAN),), start_up=start_up * YUAN)


def squid_terms() -> Terms:
    """A SQUID magnetometer: 230 yuan an hour for everybody outside, 115 inside, by the time occupied."""
    outside = _flat(230)
    return Terms(
        classes={PayerClass.INTERNAL: _flat(115), PayerClass.INSTITUTION: outside, PayerClass.ENTERPRISE: outside},
        rounding_minutes=60,
        charge_basis=ChargeBasis.GREATER,
    )


def diffractometer_terms() -> Terms:
    """A rotating-anode diffractometer: step scans by the hour, the other work by the scan."""
    outside = _flat(120)
    works = (("powder", "粉末连续扫描", 40, 80), ("phase", "定性相分析", 50, 100), ("film", "薄膜摇摆曲线", 60, 120))
    return Terms(
        classes={PayerClass.INTERNAL: _flat(60), PayerClass.INSTITUTION: outside, PayerClass.ENTERPRISE: outside},
        consumables=tuple(
            Consumable(code, name, "次", _prices(inside, beyond, beyond)) for code, name, inside, beyond in works
        ),
    )


def seebeck_terms() -> Terms:
    """Seebeck coefficient and resistivity: 150 yuan an hour inside, by the point with a start-up fee outside."""
    outside = _flat(0, start_up=300)
    return Terms(
        classes={PayerClass.INTERNAL: _flat(150), PayerClass.INSTITUTION: outside, PayerClass.ENTERPRISE: outside},
        consumables=(Consumable("point", "样品温度点", "点", _prices(100, 200, 200)),),
    )
