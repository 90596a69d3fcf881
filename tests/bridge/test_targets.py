"""The lists of the standard: their columns are the publisher's, and their schemas say what the columns say."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import frictionless
import pandas as pd
import pytest

from machimap import store
from machimap.bridge.records import BridgeError
from machimap.bridge.targets import target, target_names
from machimap.datasets.build import BuildError, build

SITES, FACILITIES = "指定緊急避難場所一覧", "公共施設一覧"
REQUIRED = {
    SITES: ["ID", "名称", "所在地_連結表記", "電話番号", "市区町村コード"],
    FACILITIES: ["名称", "所在地_連結表記"],
}


def as_published(folder: Path) -> Path:
    """The publisher's table in the form of the source file, made again from the bundled columns."""
    parts = []
    for name in target_names():
        columns = target(name).columns
        mark = columns["required"].map({"1": "◎"}).fillna(columns["recommended"].map({"1": "○"})).fillna("")
        part = columns[["no", "column", "type"]].assign(dataset=name, mark=mark, example="")
        parts.append(part[["dataset", "no", "column", "mark", "type", "example"]])
    folder.mkdir()
    pd.concat(parts).to_csv(folder / "columns.csv", index=False)
    return folder


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_both_lists_are_known_and_the_first_is_the_one_without_a_name():
    assert target_names() == [SITES, FACILITIES]
    assert target().name == SITES
    assert (len(target(SITES).names), len(target(FACILITIES).names)) == (39, 56)


def test_an_unknown_list_is_refused_with_the_names_of_the_known_ones(assert_one_sentence):
    with pytest.raises(BridgeError, match=f"「{SITES}」「{FACILITIES}」") as caught:
        target("避難所一覧")
    assert_one_sentence(caught.value)


@pytest.mark.parametrize("name", [SITES, FACILITIES])
def test_the_columns_are_those_of_the_publisher_s_table(name, source_data):
    published = pd.read_csv(source_data / "schema" / "municipal_standard_columns.csv", dtype=str, keep_default_na=False)
    published = published[published["dataset"] == name]
    columns = target(name).columns
    assert (
        columns[["no", "column", "type"]].to_numpy().tolist() == published[["no", "column", "type"]].to_numpy().tolist()
    )
    assert (
        columns.loc[columns["required"] == "1", "column"].tolist()
        == published.loc[published["mark"] == "◎", "column"].tolist()
    )


@pytest.mark.parametrize("name", [SITES, FACILITIES])
def test_the_schema_is_one_that_frictionless_reads_with_every_column_in_order(name):
    schema = frictionless.Schema.from_descriptor(target(name).schema)
    assert schema.field_names == target(name).names
    assert [field.name for field in schema.fields if field.required] == REQUIRED[name]


def test_a_flag_may_be_blank_but_nothing_other_than_1():
    fields = {field["name"]: field for field in target().schema["fields"]}
    for name in target().of_kind("flag"):
        assert fields[name]["constraints"] == {"enum": ["1"]}
    assert len(target().of_kind("flag")) == 9


def test_the_builder_makes_the_committed_files_again(tmp_path):
    shutil.copytree(store.datasets_root() / "schemas", tmp_path / "datasets" / "schemas")
    (tmp_path / "datasets" / "schemas" / "evacuation_sites.csv").write_text("前の版", encoding="utf-8")
    build(as_published(tmp_path / "source"), tmp_path / "datasets", only=("schemas",))
    assert bytes_of(tmp_path / "datasets" / "schemas") == bytes_of(store.datasets_root() / "schemas")


def test_a_column_that_the_kit_does_not_know_stops_the_builder(tmp_path, assert_one_sentence):
    shutil.copytree(store.datasets_root() / "schemas", tmp_path / "datasets" / "schemas")
    source = as_published(tmp_path / "source")
    path = source / "columns.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("標高", "海抜"), encoding="utf-8")
    with pytest.raises(BuildError, match="標高、海抜") as caught:
        build(source, tmp_path / "datasets", only=("schemas",))
    assert_one_sentence(caught.value)
    assert bytes_of(tmp_path / "datasets" / "schemas") == bytes_of(store.datasets_root() / "schemas")


def test_the_descriptor_names_both_schemas():
    package = json.loads((store.datasets_root() / "schemas" / "datapackage.json").read_text(encoding="utf-8"))
    names = [entry["name"] for entry in package["resources"]]
    assert names == ["evacuation-sites", "evacuation-sites-schema", "public-facilities", "public-facilities-schema"]
