"""What the reader of web pages keeps of what sells, and what it leaves out.

    python benchmarks/extraction.py [FOLDER]

FOLDER holds web pages (.html), by default ``../shared/data/sondhi_html``. Each page is read in three
ways: all text that a browser shows outside of <nav>; by ``misinfo``, which leaves menus out; and the
main text that ``trafilatura`` finds with its settings for recall, when it is installed. The table
says how much of the first the other two keep: of the sentences that the model flags there; of all
sentences of five words and more; and of links of at most eight words that the model flags, which on
these pages are the diseases and products in menus, and should go. Sentences that stand in links are
in the last count only. The last columns are what the model makes of each text.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
from pathlib import Path
from typing import Any

from blocks import DATA, table

import misinfo
from misinfo import markup, readers

UNSEEN = "//script|//style|//noscript|//template|//nav|//head|//svg|//select|/*//comment()"
INLINE = frozenset("a abbr b big cite code em font i img q s small span strong sub sup u".split())


def letters(text: str) -> str:
    """Return what two ways to lay out the same sentence have in common."""
    return re.sub(r"\W+", "", text.lower())


def visible(tree: Any) -> str:
    """Return all text of a page, a paragraph for each element that is not inline."""
    for element in tree.xpath(UNSEEN):
        element.drop_tree()
    for element in tree.iter():
        element.text = re.sub(r"\s+", " ", element.text or "")
        element.tail = re.sub(r"\s+", " ", element.tail or "")
        if element.tag not in INLINE:
            element.text, element.tail = f"\n\n{element.text}", f"\n\n{element.tail}"
    paragraphs = re.split(r"\n\s*\n", tree.text_content())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs if paragraph.strip())


def measure(file: Path, others: dict[str, Any]) -> list[Any]:
    """Read one page in every way."""
    html = importlib.import_module("lxml.html")
    raw = file.read_bytes()
    tree = html.document_fromstring(markup.decoded(raw).encode(), html.HTMLParser(encoding="utf-8"))
    links = " ".join(letters(link.text_content()) for link in tree.iter("a") if link.get("href"))
    full = misinfo.score(visible(tree))
    flagged: set[str] = set()
    prose: set[str] = set()
    menus: set[str] = set()
    for sentence in full.sentences:
        key, words = letters(sentence.text), len(sentence.text.split())
        linked = key in links
        if sentence.overstated and not linked:
            flagged.add(key)
        if words >= 5 and not linked:
            prose.add(key)
        if sentence.overstated and linked and words <= 8:
            menus.add(key)
    row: list[Any] = [full.probability, len(flagged), len(prose), len(menus)]
    for read in others.values():
        text = read(file, raw)
        kept = letters(text)
        row.append(misinfo.score(text).probability if text else 0.0)
        row += [sum(key in kept for key in keys) for keys in (flagged, prose, menus)]
    return row


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DATA / "sondhi_html")
    files = sorted(parser.parse_args().folder.glob("*.htm*"))
    if not files:
        print("no page found", file=sys.stderr)
        return 2
    others: dict[str, Any] = {"misinfo": lambda file, raw: readers.read(str(file)).text}
    try:
        extract = importlib.import_module("trafilatura").extract
        others["trafilatura"] = lambda file, raw: extract(raw, favor_recall=True) or ""
    except ImportError:
        print("trafilatura is not installed: pip install trafilatura", file=sys.stderr)
    measured = [measure(file, others) for file in files]
    total = [sum(column) for column in zip(*measured, strict=True)]
    rows = []
    for name, row in [*zip([file.stem for file in files], measured, strict=True), ("all", total)]:
        counts = [f"{row[at + i]} of {row[i]}" for i in (1, 2, 3) for at in range(4, len(row), 4)]
        scores = [f"{row[at]:.2f}" if name != "all" else "" for at in range(0, len(row), 4)]
        rows.append([name, *counts, *scores])
    kinds = ("flagged kept", "sentences kept", "flagged links kept")
    header = [f"{kind}, {name}" for kind in kinds for name in others]
    print(table(["page", *header, *(f"score, {name}" for name in ["all text", *others])], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
