"""The calculator: earlier licences, industry figures, factors, one to many (CNIPA's estimate guide, domain.md B.2)."""

from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import select

from app.core.db import session
from app.core.errors import Invalid
from app.core.web import App
from app.market.open_licences import estimates
from app.market.open_licences.estimates import Earlier, basis_note, estimate, kind_for
from app.market.open_licences.figures import COLUMNS, load_figures
from app.market.open_licences.models import FigureKind, IndustryFigure, PriceForm, RoyaltyBase
from tests.market.factories import make_patent

HEAD = ",".join(COLUMNS)


@pytest.fixture
def earlier(monkeypatch: pytest.MonkeyPatch) -> list[Earlier]:
    known: list[Earlier] = []
    monkeypatch.setattr(estimates, "_sources", [lambda _patent: known])
    return known


def figure(tmp_path: Path, *rows: str) -> int:
    file = tmp_path / "figures.csv"
    file.write_text("\n".join((HEAD, *rows)), encoding="utf-8")
    return load_figures(file)


def test_earlier_licences_and_the_industry_count_half_each(earlier: list[Earlier], tmp_path: Path) -> None:
    """估算指引: (a) earlier licences, (b) industry figures, (c) four factors, adjusted for one to many."""
    figure(tmp_path, "C3974,x,sales_rate,2025,1.20,2.10,3.50,41,国家局,no")
    earlier += [Earlier(FigureKind.SALES_RATE, 200, 2024), Earlier(FigureKind.SALES_RATE, 280, 2024)]
    factors = {"legal": 2, "technical": 6, "market": 3, "strategic": -3}
    found = estimate(make_patent(), FigureKind.SALES_RATE, factors)
    assert found is not None
    # (2.40 % + 2.10 %) / 2 = 2.25 %; × 1.08 × 0.80 = 1.944 %; ± 20 %
    assert (found.low, found.middle, found.high) == (156, 194, 233)
    assert [line.value for line in found.lines] == ["2.4%", "2.1%", "× 1.08", "× 0.80"]
    assert not found.is_illustrative


def test_the_narrowest_class_and_the_latest_year_speak(earlier: list[Earlier], tmp_path: Path) -> None:
    figure(
        tmp_path,
        "C,x,lump_sum,2025,1,2,3,9,s,yes",
        "C39,x,lump_sum,2023,10,20,30,9,s,yes",
        "C39,x,lump_sum,2024,100,200,300,9,s,yes",
        "C40,x,lump_sum,2025,7,7,7,9,s,yes",
    )
    found = estimate(make_patent(industry="C3974"), FigureKind.LUMP_SUM, {})
    assert found is not None
    assert (found.middle, found.is_illustrative) == (16_000, True)
    assert estimate(make_patent(industry=""), FigureKind.LUMP_SUM, {}) is None


def test_factors_are_clipped(earlier: list[Earlier]) -> None:
    earlier.append(Earlier(FigureKind.LUMP_SUM, 10_000, 2024))
    most = estimate(make_patent(), FigureKind.LUMP_SUM, {"legal": 900})
    assert most is not None
    assert most.middle == 9_600


def test_the_note_says_the_basis_and_keeps_within_its_length(earlier: list[Earlier], tmp_path: Path) -> None:
    figure(tmp_path, f"C3974,x,lump_sum,2025,100,200,300,9,{'源' * 3000},yes")
    found = estimate(make_patent(), FigureKind.LUMP_SUM, {})
    assert found is not None
    note = basis_note(found)
    assert len(note) == 2000
    assert note.startswith("Range ¥128.00 to ¥192.00: Industry C3974, 2025 ¥200.00")


@pytest.mark.nodb
def test_free_licences_and_output_shares_have_no_figures() -> None:
    assert kind_for(PriceForm.FREE, None) is None
    assert kind_for(PriceForm.ROYALTY, RoyaltyBase.OUTPUT_VALUE) is None
    assert kind_for(PriceForm.ROYALTY, RoyaltyBase.PROFIT) is FigureKind.PROFIT_RATE
    assert kind_for(PriceForm.INSTALMENTS, None) is FigureKind.LUMP_SUM


@pytest.mark.parametrize(
    "row",
    [
        "C,x,lump_sum,2025,3,2,4,9,s,yes", "C,x,rent,2025,1,2,3,9,s,yes", "C,x,lump_sum,2025,1,2,3,0,s,yes",
        "C,x,lump_sum,2025,1,2,3,9,,yes", "C,x,lump_sum,2025,1,x,3,9,s,yes", "C,x,lump_sum,2025,1,2.001,3,9,s,yes",
    ],
)  # fmt: skip
def test_a_wrong_row_is_named_and_nothing_is_kept(tmp_path: Path, row: str) -> None:
    with pytest.raises(Invalid, match="Line 3"):
        figure(tmp_path, "D,x,lump_sum,2025,1,2,3,9,s,yes", row)
    assert session.scalars(select(IndustryFigure)).all() == []


def test_the_shipped_figures_are_marked_as_illustrative(app: App) -> None:
    runner: FlaskCliRunner = app.test_cli_runner()
    shown = runner.invoke(args=["patents", "load-figures"])
    assert shown.output == "75 figures loaded\n"
    assert runner.invoke(args=["patents", "load-figures"]).exit_code == 0
    rows = session.scalars(select(IndustryFigure)).all()
    assert len(rows) == 75
    assert all(one.is_illustrative and one.source and one.year == 2025 for one in rows)
    assert {one.industry for one in rows} >= set("ABCDEFGHIJKLMNOPQRST")
