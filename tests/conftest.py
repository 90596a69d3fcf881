"""Fixtures that several test modules share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from machimap import store
from machimap.errors import MachimapError

pytest_plugins = ["servers", "binder_world"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes more than a few seconds (deselect with -m 'not slow')")


@pytest.fixture(scope="session")
def source_data() -> Path:
    """The folder of the publishers' own files, which the repository does not hold."""
    folder = os.environ.get("MACHIMAP_SOURCE_DATA")
    if not folder:
        pytest.skip("MACHIMAP_SOURCE_DATA が設定されていないので、公開元のファイルを使うテストを飛ばします")
    return Path(folder)


@pytest.fixture
def copied_datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the bundled datasets that a test may damage; the library reads it instead of the bundled ones."""
    copy = shutil.copytree(store.datasets_root(), tmp_path / "datasets")
    monkeypatch.setenv("MACHIMAP_DATASETS", str(copy))
    return copy


@pytest.fixture
def assert_one_sentence() -> Callable[[BaseException], None]:
    """Check that an error is one Japanese sentence on one line that tells what to do."""

    def check(error: BaseException) -> None:
        assert isinstance(error, MachimapError)
        text = str(error)
        assert text.endswith("てください。") or text.endswith("でください。"), text
        assert text.count("。") == 1, text
        assert "\n" not in text
        assert len(text) < 400

    return check
