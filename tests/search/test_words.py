"""Words: width, case and character set do not matter, every part of a text can be found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.words import cut, fold, terms

pytestmark = pytest.mark.nodb


def is_found(query: str, text: str) -> bool:
    """What the database does, in plain Python."""
    words = cut(text).split()
    return all(
        any(word.startswith(term.word) if term.is_prefix else word == term.word for word in words)
        for term in terms(query)
    )


def test_traditional_full_width_and_capitals_fold_together() -> None:
    assert fold("掃描電子顯微鏡ＪＳＭ－７８００Ｆ") == "扫描电子显微镜jsm-7800f"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("扫描电镜", "场发射扫描电镜"),
        ("掃描電鏡", "场发射扫描电镜"),
        ("电镜", "透射电镜"),
        ("氮吹", "全自动氮吹仪"),
        ("吹仪", "全自动氮吹仪"),
        ("色谱质谱", "气相色谱-质谱联用仪"),
        ("质谱 气相", "气相色谱-质谱联用仪"),
        ("镜", "透射电镜"),
        ("镜", "镜面抛光机"),
        ("扫描电", "扫描电镜"),
        ("jem2100", "JEM-2100F"),
        ("2100F", "JEM-2100F 透射电镜"),
        ("jem 2100", "JEM-2100F"),
        ("JEM-21", "JEM-2100F"),
        ("X射线", "Ｘ射线衍射仪 (XRD)"),
        ("xrd", "X射线衍射仪（XRD）"),
        ("microsc", "Scanning Electron Microscope"),
        ("Müller", "MÜLLER"),
    ],
)
def test_what_people_type_finds_what_they_mean(query: str, text: str) -> None:
    assert is_found(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [("质谱", "色谱仪"), ("扫描 质谱", "扫描电镜"), ("electron gun", "Electron microscope"), ("微镜", "微量电镜")],
)
def test_all_words_must_be_there(query: str, text: str) -> None:
    assert not is_found(query, text)


def test_a_query_of_signs_asks_for_nothing() -> None:
    assert terms(" ！？ -- _ ' & | :* ") == []


@given(st.text(max_size=300))
def test_words_hold_no_signs_that_mean_something_to_the_database(text: str) -> None:
    for word in [*cut(text).split(), *(term.word for term in terms(text))]:
        assert not set(word) & set("'\"&|!():*<>\\\0 ")


@given(st.text(alphabet="场发射扫描电子显微镜氮吹仪质谱色", min_size=1, max_size=20), st.data())
def test_every_piece_of_a_chinese_name_finds_it(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(min_value=0, max_value=len(name) - 1))
    end = data.draw(st.integers(min_value=start + 1, max_value=len(name)))
    assert is_found(name[start:end], name)
