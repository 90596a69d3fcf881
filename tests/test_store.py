"""A dataset file that is missing or damaged is named, with the way to restore it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from machimap import datasets, places, store


def flip_a_byte(path: Path) -> bytes:
    """Change one byte in the middle of a file; return what it held."""
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
    return whole


READERS = {
    "municipalities/municipalities.csv": lambda: places.find("八王子市"),
    "municipalities/changes.csv": lambda: places.find("浜松市中区"),
    "boundaries/boundaries.fgb": lambda: places.Place.boundary.func(places.by_code("132012")),
    "shelters/指定避難所/13.csv": lambda: datasets.shelters(places.find("八王子市"), "指定避難所"),
    "hachioji/tidy.csv": lambda: datasets.own_list(places.find("八王子市")),
    "yaizu/naisui.fgb": lambda: datasets.polygons("yaizu", "naisui"),
}


@pytest.mark.parametrize("name", READERS)
def test_a_flipped_byte_is_found_and_the_file_named(copied_datasets, assert_one_sentence, name):
    path = copied_datasets / name
    whole = flip_a_byte(path)
    with pytest.raises(store.DatasetDamaged) as caught:
        READERS[name]()
    assert_one_sentence(caught.value)
    assert name in str(caught.value)
    assert "git checkout -- datasets" in str(caught.value)
    path.write_bytes(whole)
    try:
        READERS[name]()
    except places.UnknownPlace:
        assert name == "municipalities/changes.csv"


@pytest.mark.parametrize("name", READERS)
def test_a_missing_file_is_named(copied_datasets, assert_one_sentence, name):
    (copied_datasets / name).unlink()
    with pytest.raises(store.DatasetMissing) as caught:
        READERS[name]()
    assert_one_sentence(caught.value)
    assert name in str(caught.value)
    assert "git checkout -- datasets" in str(caught.value)


def test_a_missing_descriptor_names_the_dataset(copied_datasets, assert_one_sentence):
    (copied_datasets / "shelters" / "datapackage.json").unlink()
    with pytest.raises(store.DatasetMissing, match="shelters") as caught:
        store.credit("shelters")
    assert_one_sentence(caught.value)


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"null",
        b"\xff\xfe\x00",
        '{"credit": "出典", "resources": [{"name": "boundaries"}]}'.encode(),
        b'{"credit": "", "resources": ["boundaries"]}',
        b'{"resources": []}',
    ],
)
def test_a_broken_descriptor_is_named(copied_datasets, assert_one_sentence, broken):
    (copied_datasets / "boundaries" / "datapackage.json").write_bytes(broken)
    with pytest.raises(store.DatasetDamaged, match=r"boundaries/datapackage\.json") as caught:
        store.resource_path("boundaries", "boundaries")
    assert_one_sentence(caught.value)


def test_a_dataset_or_resource_that_does_not_exist(assert_one_sentence):
    with pytest.raises(store.DatasetMissing, match="tsunami") as caught:
        store.credit("tsunami")
    assert_one_sentence(caught.value)
    with pytest.raises(store.DatasetMissing, match="map") as caught:
        datasets.table("yaizu", "map")
    assert_one_sentence(caught.value)


def test_a_changed_descriptor_is_read_again(copied_datasets):
    path = copied_datasets / "yaizu" / "datapackage.json"
    before = store.credit("yaizu")
    path.write_text(
        json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"credit": "出典：架空データ"}), encoding="utf-8"
    )
    assert before != store.credit("yaizu") == "出典：架空データ"


def test_the_datasets_are_listed_by_name():
    names = store.dataset_names()
    assert names == sorted(names)
    assert {"boundaries", "hachioji", "municipalities", "shelters", "yaizu"} <= set(names)
    assert all((store.datasets_root() / name / "datapackage.json").is_file() for name in names)
