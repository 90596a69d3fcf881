"""Write into a datapackage.json what can be measured: bytes, sha256 and row counts of its files."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path


def seal(folder: Path) -> dict:
    """Measure every resource of `folder/datapackage.json`, write the descriptor back and return it.

    `rows` is counted for CSV resources only (records, without the head). Raises FileNotFoundError
    when a resource's file is missing.
    """
    path = folder / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    for resource in package["resources"]:
        body = (folder / resource["path"]).read_bytes()
        resource["bytes"] = len(body)
        resource["hash"] = "sha256:" + hashlib.sha256(body).hexdigest()
        if resource.get("format") == "csv":
            text = body.decode(resource.get("encoding", "utf-8"))
            resource["rows"] = sum(1 for _ in csv.reader(io.StringIO(text, newline=""))) - 1
    path.write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return package
