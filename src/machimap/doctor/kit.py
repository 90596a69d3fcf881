"""What is installed: the packages of the lock, the data, and the files that a browser is given."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import metadata, resources
from pathlib import Path

from machimap import store
from machimap.doctor.check import BAD, CARE, GOOD, Check, some

MAP_PACKAGES = ("xstatic-leaflet", "machimap")
LAB_PACKAGES = ("jupyterlab", "jupyterlab-widgets", "jupyterlab-language-pack-ja-jp")
ASSETS = (".js", ".css", ".html", ".json", ".png", ".svg", ".woff", ".woff2", ".ttf", ".mo")


def packages(requirements: Path | None = None) -> Check:
    """Check the installed packages against the lock, `requirements.txt`."""
    requirements = requirements or _lock()
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return Check("部品", BAD, "packaging がない", _mend(requirements))
    lines = (line.rstrip("\\").strip() for line in requirements.read_text(encoding="utf-8").splitlines())
    pins = [Requirement(line) for line in lines if line and line[0].isalnum()]
    pins = [pin for pin in pins if pin.marker is None or pin.marker.evaluate()]
    found = {pin.name: _installed(pin.name) for pin in pins}
    missing = [pin.name for pin in pins if found[pin.name] is None]
    other = [
        f"{pin.name} {found[pin.name]}" for pin in pins if found[pin.name] and found[pin.name] not in pin.specifier
    ]
    mend = _mend(requirements)
    if missing:
        return Check("部品", BAD, f"{len(pins)}個のうち{len(missing)}個がない：{some(missing)}", mend)
    if other:
        return Check(
            "部品", CARE, f"{len(pins)}個のうち{len(other)}個の版が違う：{some(other)}", f"動かないときは、{mend}"
        )
    return Check("部品", GOOD, f"{len(pins)}個すべて、決められた版")


def datasets() -> Check:
    """Check the sha256 of every bundled data file."""
    count, faults = damaged_files()
    if faults or not count:
        detail = f"{count}ファイルのうち{len(faults)}ファイルがないか壊れている" if count else "1つもない"
        return Check("データ", BAD, detail, f"`machimap data verify` で名前を確かめ、{store.RESTORE_HINT}。")
    return Check("データ", GOOD, f"{count}ファイルすべて正常")


def damaged_files() -> tuple[int, list[str]]:
    """Return how many bundled files there should be, and one sentence for each that is missing or damaged."""
    count, faults = 0, []
    for name in store.dataset_names():
        try:
            entries = store.descriptor(name)["resources"]
        except store.DatasetError as error:
            count += 1
            faults.append(str(error))
            continue
        for entry in entries:
            count += 1
            try:
                store.resource_path(name, entry["name"])
            except store.DatasetError as error:
                faults.append(str(error))
    return count, faults


def map_assets() -> Check:
    """Check the files that the kit writes into its maps and sites: Leaflet, and the kit's own scripts and styles."""
    action = f"地図が白くなるので、`pip install --force-reinstall -r {_lock()}` で入れ直してください。"
    return _assets("地図の画面", MAP_PACKAGES, action)


def lab_assets() -> Check:
    """Check the files of JupyterLab that a browser loads, its buttons and menus, and its Japanese."""
    mend = f"`pip install --force-reinstall -r {_lock()}` で入れ直してください"
    check = _assets("Lab の画面", LAB_PACKAGES, f"画面が白いか、ボタンや日本語が出ないので、{mend}。")
    if check.status == GOOD and (fault := _settings_fault()):
        return Check(
            check.name, CARE, fault, "画面が英語になりますが、動きます。Machimap を入れ直すと日本語に戻ります。"
        )
    return check


def _assets(name: str, distributions: tuple[str, ...], action: str) -> Check:
    """Compare the files that browsers load with the sha256 that each distribution was installed with."""
    count, faults = 0, []
    for distribution in distributions:
        try:
            files = [file for file in metadata.files(distribution) or () if file.suffix in ASSETS]
        except metadata.PackageNotFoundError:
            faults.append(distribution)
            continue
        count += len(files)
        faults += [file.name for file in files if not _whole(Path(str(file.locate())), file.hash)]
    if faults:
        return Check(name, BAD, f"{len(faults)}個がないか壊れている：{some(faults)}", action)
    return Check(name, GOOD, f"{count}ファイルすべて正常")


def _whole(path: Path, told: metadata.FileHash | None) -> bool:
    if not path.is_file():
        return False
    if told is None:
        return True
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, told.mode).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == told.value


def _settings_fault() -> str:
    """Return what is wrong with the settings that make Lab speak Japanese, or ""."""
    try:
        told = json.loads(resources.files("machimap.course").joinpath("overrides.json").read_text(encoding="utf-8"))
        locale = told["@jupyterlab/translation-extension:plugin"]["locale"]
    except (OSError, ValueError, KeyError, TypeError):
        return "日本語にする設定 overrides.json を読めない"
    packs = [entry.value for entry in metadata.entry_points(group="jupyterlab.languagepack") if entry.name == locale]
    return "" if packs else f"{locale} の言語パックが登録されていない"


def _lock() -> Path:
    return store.kit_root() / "requirements.txt"


def _mend(requirements: Path) -> str:
    return f"`pip install -r {requirements}` で入れ直してください。"


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
