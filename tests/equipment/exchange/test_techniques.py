"""The table of techniques is sound, and names the instruments that people own."""

import csv

import pytest

from app.equipment.exchange.techniques import TABLE, load_table, recognise
from app.equipment.instruments.classes import classes

pytestmark = pytest.mark.nodb


def test_every_class_of_the_table_exists() -> None:
    with TABLE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["class_code"] for row in rows} <= classes().keys()
    assert all(row["words"] == row["words"].lower() or not row["chinese"] for row in rows)
    assert load_table().by_word


@pytest.mark.parametrize(
    ("name", "technique", "chinese", "code"),
    [
        ("Mass Spectrometer: 21T FTICR (2012)", "", "21\u00a0T傅里叶变换离子回旋共振质谱仪", "0102"),
        ("7.0-Tesla FTICR", "", "7\u00a0T傅里叶变换离子回旋共振质谱仪", "0102"),
        ("QE HFX Orbitrap 1", "Proteomic (LC-MS)", "四极杆-轨道阱液质联用仪", "0102"),
        ("Bruker D8", "X-ray diffraction", "X射线衍射仪", "0103"),
        ("Titan Cryo-TEM", "", "冷冻透射电子显微镜", "0101"),
        ("扫描电镜 SU8000", "", "扫描电镜 SU8000", "0101"),
        ("Something new", "", "", ""),
    ],
)
def test_an_instrument_is_recognised_by_its_words(name: str, technique: str, chinese: str, code: str) -> None:
    assert recognise(name, technique) == (chinese, code)
