"""What the benchmarks share: tables read, and figures written between two marks that name them."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path

csv.field_size_limit(1 << 30)
ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared/data"  # where public sets are looked for


def write_block(file: str, name: str, text: str) -> None:
    """Replace what stands between ``<!-- name -->`` and ``<!-- /name -->`` in a file."""
    path = ROOT / file
    before = path.read_text(encoding="utf-8")
    marks = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    after, count = re.subn(
        marks, lambda found: found[1] + text.strip("\n") + "\n" + found[2], before, flags=re.DOTALL
    )
    if count != 1:
        raise SystemExit(f"{file} has {count} blocks named {name}, not one")
    path.write_text(after, encoding="utf-8", newline="\n")


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read a table: CSV, gzipped or not, TSV, or JSON lines."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in file]
        return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
