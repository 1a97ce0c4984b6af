"""Count the labelled data: the tables of datasets/README.md.

python benchmarks/data_card.py [--write]
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from statistics import fmean

from blocks import table, write_block

from misinfo import claims
from misinfo.codebook import LABELS
from misinfo.rows import Row, from_claims


def both(rows: Iterable[Row], key: Callable[[Row], Hashable], title: str) -> str:
    """Count rows of both labels by a key."""
    counts = Counter((key(row), row.overstated) for row in rows)
    names = sorted({name for name, _ in counts}, key=str)
    return table(
        [title, "overstated", "measured"],
        [[str(n), f"{counts[n, True]:,}", f"{counts[n, False]:,}"] for n in names],
    )


def card() -> str:
    """Return all tables."""
    folder = claims.datasets()
    single = claims.read_claims(folder / "claims.csv")
    articles = claims.read_articles(folder / "articles.jsonl")
    rows = from_claims(single, articles)
    distinct = len({" ".join(row.text.lower().split()) for row in rows})
    tags = Counter((label, tag) for row in rows for label in LABELS for tag in row.tags
                   if (label == "overstated") is row.overstated and tag in LABELS[label])  # fmt: skip
    genres = Counter((article.genre, article.label) for article in articles)
    topics = ({row.topic for row in single} | {article.topic for article in articles}) - {""}
    remedies = {row.remedy for row in single if row.remedy}
    labels = Counter(article.label for article in articles)
    common = sorted({g for g, _ in genres}, key=lambda g: (-sum(genres[g, x] for x in LABELS), g))[
        :30
    ]
    words = [
        fmean(len(row.text.split()) for row in rows if row.overstated is side)
        for side in (True, False)
    ]
    return "\n\n".join(
        [
            f"{len(rows):,} labelled sentences ({distinct:,} distinct in wording), "
            f"{sum(row.overstated for row in rows):,} of them overstated: {len(single):,} single "
            f"claims ({len({c.pair for c in single if c.pair}):,} pairs) and {len(articles):,} "
            f"documents ({labels['overstated']:,} overstated, {labels['measured']:,} sober). "
            f"{len(topics):,} topics and {len(remedies):,} remedies. Mean length "
            f"{words[0]:.1f} words overstated, {words[1]:.1f} measured.",
            table(
                ["label", "tag", "rows", "what it is"],
                [
                    [label, f"`{tag}`", f"{tags[label, tag]:,}", what]
                    for label, kinds in LABELS.items()
                    for tag, what in kinds.items()
                ],
            ),
            both((row for row in rows if not row.article), lambda row: row.register, "register"),
            both(rows, lambda row: row.genre, "genre (of claims), or kind of document"),
            f"The {len(common)} commonest of {len({g for g, _ in genres})} kinds of documents:",
            table(
                ["kind", "overstated", "sober"],
                [[g, str(genres[g, "overstated"]), str(genres[g, "measured"])] for g in common],
            ),
        ]
    )


if __name__ == "__main__":
    text = card()
    print(text)
    if "--write" in sys.argv[1:]:
        write_block("datasets/README.md", "counts", text)
