"""Figures in documents: what a script prints, between two marks that name it."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


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


def table(header: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
