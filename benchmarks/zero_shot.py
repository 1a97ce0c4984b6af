"""The bundled model on third-party text that nobody of the project wrote or trained on.

    python benchmarks/zero_shot.py [FOLDER]

FOLDER holds the public sets, by default ``../shared/data``, as gzipped CSV with the text of a row in
the column ``text``; sets that are not there are left out. ``sondhi_dev.csv.gz`` (with the name of the
page in ``file``, and in ``label_raw`` ``reliable`` or another), ``x_posts.csv.gz`` (``fake`` or another)
and ``bangla.csv.gz`` (``misinfo`` or another) have labels; ``medquad_dev.csv.gz``,
``permitted_claims.csv.gz`` and ``spam_medical.csv.gz`` need none. The sentences read one by one need the
rows of Sondhi, X, Bangla, the mails and ``fakehealth.csv.gz`` in the order in which they were read.
All are only measured, never trained on. The labels of the Sondhi pages are those of whole sites;
``sondhi_reading.tsv`` has, page by page, how many sentences of each the codebook calls overstated, as
one reader of the project counted them without seeing a score. ``sentences_reading.tsv`` has what two
readers called sentences drawn from pages, mails, news and posts; each read them by the codebook, in
random order, without their context, their source, a score or the other's reading. Those that they did
not agree on or could not decide are doubtful, and left out. There are two samples, of 2,800 and of
1,400 sentences: the errors on the first have been read for their kind, those on the second have not.
The tables are printed, and with --write they replace those in README.md and docs/limits.md. Intervals
are 95%: Wilson for shares of mails and pages, bootstrap for areas under the curve and, drawing whole
documents, for figures on sentences.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from blocks import DATA, ROOT, read_rows, write_block
from blocks import table as block
from numpy.typing import NDArray

import misinfo
from misinfo import metrics

Row = dict[str, str]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
OTHERS = {0.9, 0.6, 0.4, 0.2}
READING = {
    row["file"]: row["overstated"] for row in read_rows(ROOT / "benchmarks/sondhi_reading.tsv")
}
DRAWN = read_rows(ROOT / "benchmarks/sentences_reading.tsv")
SAMPLES = {
    "first": "Single sentences of pages, mails, news and posts, as two of us read them",
    "second": "More of them, on which no error of any model was looked at",
}


def ranking(positive: Callable[[Row], bool]) -> Callable[[list[Row]], tuple[str, str]]:
    """Measure how well the documents' probabilities rank the labels."""

    def measure(data: list[Row]) -> tuple[str, str]:
        labels = np.array([positive(row) for row in data])
        found = misinfo.load().predict_proba([row["text"] for row in data])[:, 1]
        area = metrics.bootstrap(metrics.roc_auc, labels, found)
        return f"AUC {area}", f"{len(data):,} documents, {labels.sum():,} of them bad"

    return measure


def read_by_us(row: Row) -> bool:
    """Say whether our reader found an overstated sentence on a page."""
    return READING[row["file"]] != "0"


def sentences(data: list[Row]) -> tuple[str, str]:
    """Measure the share of sentences that are flagged."""
    scores = misinfo.load().score_many(row["text"] for row in data)
    counts = np.array([(len(s.findings), len(s.sentences)) for s in scores], dtype=float)
    share = metrics.bootstrap(lambda c: float(c[:, 0].sum() / c[:, 1].sum()), counts, rounds=500)
    what = f"{int(counts[:, 1].sum()):,} sentences of {len(data):,} texts"
    return f"flagged {share:.1%}", what


def documents(data: list[Row]) -> tuple[str, str]:
    """Measure the share of documents that are called overstated."""
    flagged = sum(s.overstated for s in misinfo.load().score_many(row["text"] for row in data))
    return f"overstated {metrics.wilson(flagged, len(data)):.1%}", f"{len(data):,} documents"


def any_sentence(data: list[Row]) -> tuple[str, str]:
    """Measure the share of documents with at least one flagged sentence."""
    flagged = sum(bool(s.findings) for s in misinfo.load().score_many(row["text"] for row in data))
    return f"pointed at {metrics.wilson(flagged, len(data)):.1%}", f"{len(data):,} documents"


def judged(folder: Path, sample: str) -> tuple[Flags, Floats, list[str]] | None:
    """Return labels, probabilities and documents of a sample of sentences; none without its sets."""
    decided = [d for d in DRAWN if d["sample"] == sample and d["reading"] != "doubtful"]
    names = sorted({drawn["file"] for drawn in decided})
    if not all((folder / name).is_file() for name in names):
        return None
    texts = {name: [row["text"] for row in read_rows(folder / name)] for name in names}
    found = misinfo.load().predict_proba_sentences(
        [texts[d["file"]][int(d["row"])][int(d["start"]) : int(d["end"])] for d in decided]
    )[:, 1]
    labels = np.array([drawn["reading"] == "overstated" for drawn in decided])
    return labels, found, [f"{drawn['file']} {drawn['row']}" for drawn in decided]


def flagged(flags: Flags, of: Flags, groups: list[str]) -> str:
    """Return which share of some sentences is flagged."""
    share = metrics.bootstrap(lambda f, of: float(f[of].mean()), flags, of, groups=groups)
    return f"{share:.1%}"


def drawn_sentences(folder: Path) -> Iterator[str]:
    """Measure the sentences that were read one by one, sample by sample."""
    for sample, title in SAMPLES.items():
        if (read := judged(folder, sample)) is None:
            return
        labels, found, groups = read
        flags = found >= misinfo.load().sentence_threshold
        area = metrics.bootstrap(metrics.roc_auc, labels, found, groups=groups)
        bad, good = labels.sum(), (~labels).sum()
        n = f"{len(labels):,} sentences, {bad:,} of them overstated"
        yield f"| {title} | {n} | AUC {area} | high is good |"
        for what, count, side, wanted in (
            ("overstated", bad, labels, "high"),
            ("measured", good, ~labels, "low"),
        ):
            share = flagged(flags, side, groups)
            yield f"| Of these, the {what} ones | {count:,} sentences | flagged {share} | {wanted} is good |"


def other_thresholds(folder: Path) -> str:
    """Return what other thresholds give on the sample whose errors nobody looked at."""
    if (read := judged(folder, "second")) is None:
        return ""
    labels, found, groups = read
    default = misinfo.load().sentence_threshold
    lines = []
    for threshold in sorted({*OTHERS, default}, reverse=True):
        flags = found >= threshold
        name = f"{threshold:.2f}" + (" (default)" if threshold == default else "")
        shares = [
            flagged(flags, labels, groups),
            flagged(flags, ~labels, groups),
            flagged(labels, flags, groups),
        ]
        lines.append([name, *shares])
    header = ["threshold", "overstated flagged", "measured flagged", "of the flagged, overstated"]
    return block(header, lines)


SETS: list[tuple[str, str, str, Callable[[list[Row]], tuple[str, str]]]] = [
    ("Health web pages (Sondhi et al. 2012)", "sondhi_dev.csv.gz", "high is good",
     ranking(lambda row: row["label_raw"] != "reliable")),
    ("The same pages by the codebook, as we read them", "sondhi_dev.csv.gz", "high is good",
     ranking(read_by_us)),
    ("NIH and CDC answers (MedQuAD)", "medquad_dev.csv.gz", "low is good", sentences),
    ("Permitted and on-pack claims (UK, EU)", "permitted_claims.csv.gz", "low is good", sentences),
    ("Medical spam mails, verdict", "spam_medical.csv.gz", "high is good", documents),
    ("Medical spam mails, some sentence", "spam_medical.csv.gz", "high is good", any_sentence),
    ("Health posts, machine-translated from Bangla; noisy labels", "bangla.csv.gz", "high is good",
     ranking(lambda row: row["label_raw"] == "misinfo")),
    ("Health posts on X; the true ones come from institutions", "x_posts.csv.gz", "high is good",
     ranking(lambda row: row["label_raw"] == "fake")),
]  # fmt: skip


def table(folder: Path) -> Iterator[str]:
    """Measure every set that is there, line by line."""
    yield "| text never trained on | n | measured [95% interval] | |"
    yield "| --- | --- | --- | --- |"
    for title, name, wanted, measure in SETS:
        if (folder / name).is_file():
            figure, n = measure(read_rows(folder / name))
            yield f"| {title} | {n} | {figure} | {wanted} |"
    yield from drawn_sentences(folder)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument(
        "--write", action="store_true", help="put the tables into README.md and docs"
    )
    arguments = parser.parse_args()
    lines = []
    for line in table(arguments.folder):
        print(line, flush=True)
        lines.append(line)
    if len(lines) == 2:
        print(f"no set found in {arguments.folder}", file=sys.stderr)
        return 2
    if others := other_thresholds(arguments.folder):
        print(f"\n{others}")
    if arguments.write:
        write_block("README.md", "zero-shot", "\n".join(lines))
        if others:
            write_block("docs/limits.md", "thresholds", others)
    return 0


if __name__ == "__main__":
    sys.exit(main())
