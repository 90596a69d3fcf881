"""More than two hundred damaged files: each ends in an output or one clear sentence, and no row is lost."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Callable, Iterator

import layouts
import office
import pytest

from machimap import bridge, store
from machimap.bridge.reading import read
from machimap.errors import MachimapError

TEXTS = {
    "plain_cp932": "cp932",
    "title_and_notes": "utf-8-sig",
    "two_row_head_csv": "cp932",
    "hazards_in_one_cell": "utf-8",
    "degrees_minutes": "cp932",
    "swapped_heads": "utf-8",
    "older_standard": "utf-8",
    "barrier_free": "utf-8",
    "breaks_in_head": "utf-8-sig",
    "shifted_by_one": "cp932",
}
BINARIES = (
    "two_row_head_merged",
    "grouped_by_district",
    "formatted_workbook",
    "old_workbook",
    "zipped",
    "records_json",
)
ENCODINGS = ("utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16", "utf-16-be", "shift_jis", "iso2022_jp")


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def written(rows: list[list[str]], encoding: str) -> bytes:
    return layouts.csv_bytes(rows, encoding)


def cut(chance: random.Random, text: str, encoding: str) -> bytes:
    body = text.encode(encoding)
    return body[: chance.randrange(len(body))]


def doubled(chance: random.Random, text: str, encoding: str) -> bytes:
    return text.encode(encoding) * 2


def re_encoded(chance: random.Random, text: str, encoding: str) -> bytes:
    return text.encode(chance.choice(ENCODINGS), "replace")


def taken_for_another(chance: random.Random, text: str, encoding: str) -> bytes:
    return text.encode(encoding).decode(chance.choice(["latin-1", "cp1252", "utf-8"]), "replace").encode()


def columns_shuffled(chance: random.Random, text: str, encoding: str) -> bytes:
    rows = rows_of(text)
    order = list(range(max(map(len, rows))))
    chance.shuffle(order)
    return written([[row[place] if place < len(row) else "" for place in order] for row in rows], encoding)


def cells_swapped(chance: random.Random, text: str, encoding: str) -> bytes:
    rows = rows_of(text)
    for _ in range(30):
        one, other = chance.choice(rows), chance.choice(rows)
        if one and other:
            here, there = chance.randrange(len(one)), chance.randrange(len(other))
            one[here], other[there] = other[there], one[here]
    return written(rows, encoding)


def bytes_flipped(chance: random.Random, text: str, encoding: str) -> bytes:
    body = bytearray(text.encode(encoding))
    for _ in range(chance.randrange(1, 12)):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return bytes(body)


def head_removed(chance: random.Random, text: str, encoding: str) -> bytes:
    return written(rows_of(text)[chance.randrange(1, 3) :], encoding)


def rows_shuffled(chance: random.Random, text: str, encoding: str) -> bytes:
    rows = rows_of(text)
    chance.shuffle(rows)
    return written(rows, encoding)


def cells_strange(chance: random.Random, text: str, encoding: str) -> bytes:
    rows = rows_of(text)
    strange = [
        "=cmd|' /C calc'!A0",
        "@SUM(1)",
        "9" * 400,
        "NaN",
        "1e999",
        "\ufeff",
        "𠮷野家",
        "<script>",
        "令和99年99月99日",
        " \t ",
        "ｶﾞ",
        "-0",
        "99999999999",
    ]
    for _ in range(20):
        row = chance.choice(rows)
        if row:
            row[chance.randrange(len(row))] = chance.choice(strange)
    return layouts.csv_bytes(rows, "utf-8")


def ragged(chance: random.Random, text: str, encoding: str) -> bytes:
    rows = [
        row[: chance.randrange(len(row) + 1)] + [""] * chance.randrange(3) + ["x"] * (chance.random() < 0.1)
        for row in rows_of(text)
    ]
    return written(rows, encoding)


MUTATIONS = (
    cut,
    doubled,
    re_encoded,
    taken_for_another,
    columns_shuffled,
    cells_swapped,
    bytes_flipped,
    head_removed,
    rows_shuffled,
    cells_strange,
    ragged,
)


def part_damaged(chance: random.Random, body: bytes) -> bytes:
    """Change bytes inside one member of a zip and close the zip again with a right checksum."""
    source = zipfile.ZipFile(io.BytesIO(body))
    parts = {name: source.read(name) for name in source.namelist()}
    name = chance.choice([name for name, part in parts.items() if part])
    part = bytearray(parts[name])
    for _ in range(chance.randrange(1, 20)):
        part[chance.randrange(len(part))] = chance.randrange(32, 127)
    return layouts.zip_bytes(parts | {name: bytes(part)})


def bundled() -> dict[str, tuple[str, str]]:
    """Return texts of the bundled datasets: the eight lists of the city as they were handed over."""
    entries = [entry for entry in store.descriptor("hachioji")["resources"] if entry["name"] != "tidy"]
    return {
        entry["name"]: (store.resource_path("hachioji", entry["name"]).read_bytes().decode("cp932"), "cp932")
        for entry in entries
    }


def bodies() -> dict[str, bytes]:
    """Return the files that are more than rows of text."""
    more = {
        "opendocument": office.ods(office.sheet("一覧", *office.LIST)),
        "page_called_xls": office.PAGE.format("utf-8").encode(),
    }
    return {name: layouts.LAYOUTS[name]() for name in BINARIES} | more


def corpus() -> Iterator[tuple[str, bytes]]:
    """Yield the names and bytes of the damaged files, the same ones every time."""
    chance = random.Random(2026)
    texts = {name: (layouts.LAYOUTS[name]().decode(encoding), encoding) for name, encoding in TEXTS.items()}
    for name, (text, encoding) in (texts | bundled()).items():
        for mutate in MUTATIONS:
            yield f"{name} {mutate.__name__}.csv", mutate(chance, text, encoding)
    for name, body in bodies().items():
        yield f"{name} cut", body[: chance.randrange(len(body))]
        yield f"{name} doubled", body * 2
        for n in range(3):
            flipped = bytearray(body)
            for _ in range(20):
                flipped[chance.randrange(len(body))] = chance.randrange(256)
            yield f"{name} flipped {n}", bytes(flipped)
            if body.startswith(b"PK"):
                yield f"{name} part {n}", part_damaged(chance, body)


CORPUS = dict(corpus())


def head_rows(reading) -> set[int]:
    """Return the numbers of the rows that reading took for the head."""
    told = {conclusion.about: conclusion.value for conclusion in reading.conclusions}
    first = int(told.get("見出しの行", "0行目").removesuffix("行目").replace("なし", "0"))
    return {*range(first, first + int(told.get("見出しの行数", "0行").removesuffix("行")))}


def check_rows(reading) -> None:
    numbers = [*reading.table.index, *reading.aside["行"]]
    assert len(set(numbers)) == len(numbers) == reading.rows_in
    last = max(head_rows(reading), default=0)
    assert {*range(last + 1, max(numbers))} <= {*numbers}, "a row below the head is gone"


def test_the_corpus_is_large_and_the_same_every_time():
    assert len(CORPUS) >= 200
    again = dict(corpus())
    assert all(body == again[name] for name, body in CORPUS.items() if name.endswith(".csv"))


def outcomes(run: Callable[[str, bytes], None], assert_one_sentence: Callable) -> tuple[int, int]:
    """Run every damaged file; return how many ended in an output and how many in a sentence."""
    read_, refused = 0, 0
    for name, body in CORPUS.items():
        try:
            run(name, body)
        except MachimapError as error:
            assert_one_sentence(error)
            refused += 1
        except BaseException as error:
            raise AssertionError(f"{name}: {type(error).__name__}: {error}") from error
        else:
            read_ += 1
    return read_, refused


def test_reading_a_damaged_file_ends_in_rows_or_in_one_sentence(assert_one_sentence):
    done, refused = outcomes(lambda name, body: check_rows(read(body, name=name)), assert_one_sentence)
    assert done > 150
    assert refused > 10


@pytest.mark.parametrize("seed", range(5))
def test_no_cell_is_lost_when_the_head_stands_among_the_data(seed):
    texts = {name: (layouts.LAYOUTS[name]().decode(encoding), encoding) for name, encoding in TEXTS.items()}
    for name, (text, encoding) in (texts | bundled()).items():
        shuffled = read(rows_shuffled(random.Random(seed), text, encoding))
        found = {*map(str.strip, shuffled.table.to_numpy().ravel())}
        aside = " / ".join(shuffled.aside["内容"])
        for row in read(text.encode(encoding)).table.to_numpy():
            assert all(cell.strip() in found or cell.strip() in aside for cell in row), (name, list(row))


@pytest.mark.slow
def test_a_damaged_file_crosses_the_bridge_or_ends_in_one_sentence(assert_one_sentence):
    def cross(name: str, body: bytes) -> None:
        bridged = bridge.convert(
            body, target="公共施設一覧" if "barrier" in name else "指定緊急避難場所一覧", place="八王子市"
        )
        numbers = [*bridged.table.index, *bridged.aside["行"]]
        assert sorted(numbers) == sorted([*bridged.reading.table.index, *bridged.reading.aside["行"]]), name
        assert len(set(numbers)) == len(numbers) == bridged.reading.rows_in, name

    done, refused = outcomes(cross, assert_one_sentence)
    assert done > 150
    assert refused > 10
