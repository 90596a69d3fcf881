"""Data flows one way: a module of the library imports only modules to its left."""

import ast
import subprocess
import sys
from pathlib import Path

import machimap

PACKAGE = Path(machimap.__file__).parent
ORDER = [
    "errors",
    "lazy",
    "store",
    "spreadsheet",
    "assignment",
    "places",
    "facilities",
    "online",
    "datasets",
    "bridge",
    "shelters",
    "hazards",
    "maps",
    "site",
    "release",
    "course",
    "hub",
    "doctor",
    "cli",
]
ONLINE_USERS = {"online", "datasets", "bridge", "hazards", "doctor"}
HEAVY = ("geopandas", "pandas", "folium", "numpy", "shapely", "papermill", "IPython", "ipywidgets")


def _imports() -> set[tuple[str, str]]:
    """Every (module, imported module) of the library, by the name of the top module."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "machimap":
                rest = node.module.split(".")[1:]
                names = rest[:1] or [alias.name for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name.split(".")[1] for alias in node.names if alias.name.startswith("machimap.")]
            else:
                continue
            found |= {(own, name) for name in names if name != own and name in ORDER}
    return found


def test_every_module_has_its_place_in_the_order():
    modules = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in PACKAGE.rglob("*.py")}
    assert modules - {"__init__", "_kit"} == set(ORDER)


def test_a_module_imports_only_modules_to_its_left():
    wrong = [f"{own} imports {other}" for own, other in sorted(_imports()) if ORDER.index(other) > ORDER.index(own)]
    assert not wrong


def test_only_data_bridge_and_hazards_and_the_doctor_go_online():
    users = {own for own, other in _imports() if other == "online"}
    assert users <= ONLINE_USERS


def test_importing_the_package_and_finding_a_place_loads_nothing_heavy():
    script = (
        "import sys; import machimap; from machimap import places; places.find('八王子市');"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"
