"""What a terminal shows: docs/terminal.svg, and the same as text in README.md.

python benchmarks/picture.py [--write]
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from typing import Any

from blocks import ROOT, write_block

import misinfo
from misinfo.records import Document
from misinfo.writers import Console, terminal

ARTICLE = "examples/overstated.txt"
COMMAND = f"misinfo score {ARTICLE}"


def shown(**kind: Any) -> Console:
    """Score the example on a terminal of some kind, which records it."""
    console = Console(record=True, file=io.StringIO(), **kind)
    console.print(f"[green]$[/] [bold]{COMMAND}[/]")
    text = (ROOT / ARTICLE).read_text(encoding="utf-8")
    terminal(console, Document(ARTICLE, text), misinfo.score(text), 5)
    return console


def main() -> int:
    """Print the text; with --write, renew the picture and the README."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--write", action="store_true", help="renew docs/terminal.svg and README")
    arguments = parser.parse_args()
    lines = shown(width=80, force_terminal=False).export_text().splitlines()
    text = "\n".join(line.rstrip() for line in lines).strip()
    print(text)
    if arguments.write:
        console = shown(width=90, force_terminal=True, color_system="truecolor")
        svg = console.export_svg(title="misinfo", unique_id="terminal")
        # A picture fetches no fonts: each run of letters is stretched to its width in any case.
        svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
        drawn = "".join(f"{line.rstrip()}\n" for line in svg.splitlines())
        (ROOT / "docs/terminal.svg").write_text(drawn, encoding="utf-8")
        write_block("README.md", "terminal", f"```console\n{text}\n```")
    return 0


if __name__ == "__main__":
    sys.exit(main())
