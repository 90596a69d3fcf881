"""What a build tells the maintainer."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd


@dataclass
class BuildReport:
    """What a build did: lines for the maintainer, and the tables behind them by name."""

    lines: list[str] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    def text(self) -> str:
        """Return the report as plain text, at most ten rows of each table."""
        parts = list(self.lines)
        for name, table in self.tables.items():
            if len(table):
                parts.append(f"\n■ {name}（{len(table):,}行）\n{table.head(10).to_string(index=False)}")
        return "\n".join(parts)

    def write(self, folder: Path) -> None:
        """Write the text and every table as CSV into a folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.txt").write_text(self.text() + "\n", encoding="utf-8")
        for name, table in self.tables.items():
            table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
