"""How fast whole documents are scored, beside what else could score them, and beside the limit.

    python benchmarks/speed.py [--data FOLDER] [--rounds 7] [--sizes 10 100 1000] [--write]

Whole documents in, document probability and flagged sentences out, on one core. All contestants
get the same documents and split them into the same sentences; they take turns, round by round, and
the table shows medians with the fastest and slowest round. --write puts tables and plot into docs/.

fastText (word bigrams, subwords 3 to 5) is trained on the bundled claims when it is installed:
pip install fasttext-numpy2-wheel. The big-table part writes a file of one gigabyte and removes it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from blocks import DATA, ROOT, read_rows, table

import misinfo
from misinfo import batch, disguises, text, training
from misinfo.engine import Engine, character_ngrams, token_pattern, word_ngrams
from misinfo.pooling import mean_log_odds

Scorer = Callable[[Sequence[Any]], object]
BYTES = 40  # of an n-gram: its number, its count, its place among the distinct, its rarity, weights
SETS = ("fakehealth", "medquad_dev", "sondhi_dev", "pubhealth", "bangla", "x_posts")
KINDS = {"posts of 200 characters": 200, "articles of 3 kB": 3_000, "pages of 100 kB": 100_000}


def corpus(folder: Path) -> str:
    """Return third-party text of all kinds, one after the other."""
    parts = []
    for name in SETS:
        parts += [max(row.values(), key=len) for row in read_rows(folder / f"{name}.csv.gz")]
    return "\n\n".join(parts)


def documents(everything: str, size: int, total: int) -> list[str]:
    """Cut documents of about one size, at white space."""
    found, start = [], 0
    while start < min(total, len(everything) - size):
        end = everything.rfind(" ", start, start + size)
        end = end if end > start else start + size
        found.append(everything[start:end])
        start = end
    return found


def contestants() -> dict[str, Scorer]:
    """Return what scores documents, by name."""
    model = misinfo.load()
    pipeline = model.to_pipeline()

    def split(found: Sequence[str]) -> tuple[list[str], np.ndarray]:
        parts = [text.sentences(document) for document in found]
        return [s for part in parts for s in part], np.array([len(part) for part in parts])

    def verdicts(probabilities: np.ndarray, lengths: np.ndarray) -> object:
        log_odds = np.log(probabilities / (1 - probabilities))
        pooled = mean_log_odds(log_odds, lengths)
        return pooled, np.flatnonzero(probabilities >= model.sentence_threshold)

    def sklearn(found: Sequence[str]) -> object:
        sentences, lengths = split(found)
        return verdicts(pipeline.predict_proba(sentences)[:, 1].clip(1e-9, 1 - 1e-9), lengths)

    scorers: dict[str, Scorer] = {
        "misinfo, compiled": lambda found: batch.judge(model, found),
        "scikit-learn pipeline": sklearn,
    }
    os.environ["MISINFO_ENGINE"] = "python"
    plain = misinfo.Model(model.parts)
    del os.environ["MISINFO_ENGINE"]
    scorers["misinfo, Python engine"] = lambda found: batch.judge(plain, found)
    try:
        import fasttext
    except ImportError:
        return scorers
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        for row in training.read(training.default_data()):
            file.write(f"__label__{int(row.overstated)} {' '.join(row.text.split())}\n")
        file.flush()
        fast = fasttext.train_supervised(
            file.name, wordNgrams=2, minn=3, maxn=5, dim=100, epoch=10, thread=2, verbose=0
        )

    def fasttext_(found: Sequence[str]) -> object:
        sentences, lengths = split(found)
        labels, values = fast.predict([" ".join(s.split()) for s in sentences])
        ones = np.array([label[0].endswith("1") for label in labels])
        first = np.array([value[0] for value in values], dtype=float)
        return verdicts(np.where(ones, first, 1 - first).clip(1e-9, 1 - 1e-9), lengths)

    scorers["fastText"] = fasttext_
    return scorers


def seconds(scorer: Scorer, found: Sequence[Any]) -> float:
    """Time one run."""
    begin = time.perf_counter()
    scorer(found)
    return time.perf_counter() - begin


def race(everything: str, rounds: int) -> tuple[str, dict[str, dict[str, list[float]]]]:
    """Let the contestants take turns; return a table, and MB/s of every round."""
    scorers = contestants()
    rates: dict[str, dict[str, list[float]]] = {}
    rows = []
    for kind, size in KINDS.items():
        found = documents(everything, size, 2_000_000)
        amounts = dict.fromkeys(scorers, found)
        for slow in ("scikit-learn pipeline", "misinfo, Python engine"):
            amounts[slow] = found[: max(1, len(found) // 5)]
        for name, scorer in scorers.items():
            scorer(amounts[name][:3])
        rates[kind] = {name: [] for name in scorers}
        for _ in range(rounds):
            for name, scorer in scorers.items():
                size_ = sum(len(document.encode()) for document in amounts[name]) / 1e6
                rates[kind][name].append(size_ / seconds(scorer, amounts[name]))
        ours = rates[kind]["misinfo, compiled"]
        for name, values in rates[kind].items():
            ratios = [a / b for a, b in zip(ours, values, strict=True)]
            rows.append(
                [
                    kind,
                    name,
                    f"{median(values):.2f} [{min(values):.2f}, {max(values):.2f}]",
                    f"{median(ratios):.1f} [{min(ratios):.1f}, {max(ratios):.1f}]",
                ]
            )
            print(rows[-1], flush=True)
    header = [
        "documents",
        "scorer",
        "MB/s [slowest, fastest round]",
        "ours is so many times faster",
    ]
    return table(header, rows), rates


def limit(everything: str) -> str:
    """Compare the engine with bare look-ups in the same table."""
    model = misinfo.load()
    engine = model.engine
    if engine._table is None:
        return "The compiled engine is not built here."
    found = documents(everything, 3_000, 2_000_000)
    bounds = text.bounds(found)
    read = disguises.in_place(found, *bounds)  # as documents are always read
    sentences = [s for document in found for s in text.sentences(document)]
    letters = sum(map(len, sentences))
    fingerprints, slots = look_ups(engine, sentences)
    engine.classify(*read)
    reads, bare, looks, splits, n = [], [], [], [], 0
    for _ in range(9):
        reads.append(seconds(lambda r: engine.classify(*r), read) / letters * 1e9)
        bare.append(seconds(lambda _: fingerprints.take(slots), ()) / letters * 1e9)
        n, each, _ = engine._table.bare(sentences, 1)
        looks.append(each * n / letters * 1e9)
        splits.append(seconds(text.bounds, found) / letters * 1e9)
    per_letter, both = n / letters, [a + b for a, b in zip(bare, looks, strict=True)]

    def share(limits: Sequence[float]) -> str:
        found = [a / b for a, b in zip(limits, reads, strict=True)]
        return f"{median(found):.0%} [{min(found):.0%}, {max(found):.0%}]"

    return table(
        ["per character", "figure"],
        [
            ["n-grams, known or not", f"{len(slots) / letters:.2f}"],
            ["known n-grams", f"{per_letter:.2f}"],
            ["bytes of state that these touch", f"{per_letter * BYTES:.0f}"],
            ["one n-gram counted and weighed", f"{median(looks) / per_letter:.2f} ns"],
            ["bare look-ups of all n-grams", rate(bare)],
            ["bare counting and weighing of the known ones", rate(looks)],
            ["engine, from string to log-odds", rate(reads)],
            ["share of the limit, look-ups included", share(both)],
            ["share of counting and weighing alone", share(looks)],
            ["splitting into sentences (sentencex)", rate(splits)],
        ],
    )


def look_ups(engine: Engine, sentences: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return a table of fingerprints of the vocabulary, and where the n-grams of texts lie in it."""
    vocabulary, shape = engine.parts.vocabulary, engine.parts.settings["vectoriser"]
    size = 1 << (2 * len(vocabulary)).bit_length()
    words = re.compile(token_pattern(shape["min_token"]))
    found = []
    for sentence in sentences:
        plain = disguises.undisguise(sentence).lower()
        tokens = words.findall(plain)
        found += [hash(" ".join(tokens[a:b])) for a, b in word_ngrams(tokens, shape["word_range"])]
        for word in plain.split():
            found += [hash(f"\n{part}") for part in character_ngrams(word, shape["char_range"])]
    fingerprints = np.zeros(size, dtype=np.uint64)
    known = np.array([hash(ngram) for ngram in vocabulary])
    fingerprints[known & size - 1] = known.astype(np.uint64)
    return fingerprints, np.array(found) & size - 1


def rate(values: Sequence[float]) -> str:
    """Write nanoseconds a character, and what they mean."""
    middle = median(values)
    return f"{middle:.1f} ns [{min(values):.1f}, {max(values):.1f}], {1e3 / middle:.0f} MB/s"


def two_threads(everything: str, rounds: int) -> str:
    """Compare two threads with one, and with two processes that share nothing."""
    model = misinfo.load()
    found = documents(everything, 3_000, 16_000_000)
    parts = [found[i : i + 350] for i in range(0, len(found), 350)]

    def work(some: Sequence[Any]) -> None:
        for part in some:
            batch.judge(model, part)

    def twice(some: Sequence[Any]) -> None:
        processes = [get_context("fork").Process(target=work, args=(some,)) for _ in range(2)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()

    threads, processes = [], []
    with ThreadPoolExecutor(2) as pool_:
        for _ in range(rounds):
            one = seconds(work, parts)
            two = seconds(lambda p: list(pool_.map(lambda x: batch.judge(model, x), p)), parts)
            threads.append(one / two)
            processes.append(2 * one / seconds(twice, parts))

    def told(ratios: Sequence[float]) -> str:
        return f"{median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}]"

    return (
        f"Two threads are {told(threads)} times as fast as one on articles of 3 kB, two processes "
        f"that share nothing {told(processes)} times: more than that the machine does not give "
        f"(n = {rounds} rounds). That is scoring alone: with tables of short posts, whose rows are "
        "read and written by one thread at a time, threads gain little."
    )


def big_tables(everything: str, sizes: Sequence[int]) -> str:
    """Score JSON lines of growing size from the command line; report time and memory."""
    posts = documents(everything, 400, 3_000_000)
    lines = [json.dumps({"id": n, "body": post}) + "\n" for n, post in enumerate(posts)]
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "posts.jsonl"
            with source.open("w", encoding="utf-8") as file:
                written = 0
                while written < size * 1_000_000:
                    file.writelines(lines)
                    written += sum(map(len, lines))
            begin = time.perf_counter()
            code = (
                "import sys; from misinfo.cli import app\n"
                "try: app()\n"
                "finally: print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0], "
                "file=sys.stderr)"
            )
            done = subprocess.run(
                [sys.executable, "-c", code, "score", str(source), "-o", f"{folder}/out.jsonl"],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            took = time.perf_counter() - begin
            peak = int(done.stderr.split()[-1]) / 1024
            actual = source.stat().st_size / 1e6
            rows.append(
                [f"{actual:,.0f} MB", f"{took:.1f} s", f"{actual / took:.1f}", f"{peak:.0f} MB"]
            )
            print(rows[-1], flush=True)
    return table(["JSON lines", "time", "MB/s", "peak memory"], rows)


def start_up() -> str:
    """Time the command on a short file, and what it does before it scores."""
    # once compiled, as an installer leaves it, Python code is not compiled at every start
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

    def run(*parts: str) -> bytes:
        line = [sys.executable, *parts]
        return subprocess.run(line, check=True, capture_output=True, env=environment).stdout

    def command(*parts: str) -> list[float]:
        found = []
        for _ in range(12):
            begin = time.perf_counter()
            run(*parts)
            found.append(time.perf_counter() - begin)
        return found[1:]

    numpy = command("-c", "import numpy")
    score = command("-m", "misinfo", "score", str(ROOT / "examples/sober.txt"))
    code = (
        "import time, misinfo.model, numpy; b = time.perf_counter(); misinfo.model.load();"
        "print(time.perf_counter() - b)"
    )
    loads = [float(run("-c", code)) for _ in range(11)]
    return table(
        ["what", "median [fastest, slowest] of 11"],
        [
            [name, f"{median(v) * 1e3:.0f} ms [{min(v) * 1e3:.0f}, {max(v) * 1e3:.0f}]"]
            for name, v in (
                ("starting Python and importing NumPy", numpy),
                ("`misinfo score examples/sober.txt`", score),
                ("loading the model", loads),
            )
        ],
    )


def plot(rates: dict[str, dict[str, list[float]]]) -> None:
    """Draw the medians."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogLocator

    figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    names = list(next(iter(rates.values())))
    for number, name in enumerate(names):
        values = [median(rates[kind][name]) for kind in rates]
        places = np.arange(len(rates)) + number * 0.2
        axes.bar(places, values, 0.19, label=name)
        for place, value in zip(places, values, strict=True):
            axes.annotate(f"{value:.1f}", (place, value), ha="center", va="bottom", fontsize=8)
    axes.set_xticks(np.arange(len(rates)) + 0.2 * (len(names) - 1) / 2, list(rates))
    axes.set_yscale("log")
    axes.set_ylabel("MB/s on one core")
    axes.yaxis.set(major_locator=LogLocator(subs=(1, 2, 5)), major_formatter="{x:g}")
    axes.yaxis.set_minor_formatter("")
    figure.legend(loc="outside upper center", frameon=False, fontsize=8, ncols=len(names))
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(ROOT / "docs/speed.svg", metadata={"Date": None})


def main() -> int:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10, 100, 1000])
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    files = [f"{name}.csv.gz" for name in SETS]
    if missed := [name for name in files if not (arguments.data / name).is_file()]:
        print(f"no {', '.join(missed)} in {arguments.data}", file=sys.stderr)
        return 2
    everything = corpus(arguments.data)
    raced, rates = race(everything, arguments.rounds)
    sentences = misinfo.load().settings["training"]["rows"]
    sizes = " ".join(map(str, arguments.sizes))
    parts = [
        "# Speed",
        f"Made by `python benchmarks/speed.py --rounds {arguments.rounds} --sizes {sizes} --write`: "
        "whole documents in, document probability and "
        "flagged sentences out, on one core; contestants take turns, medians of "
        f"{arguments.rounds} rounds. Third-party text of six kinds, cut to size. All split the same "
        "documents into the same sentences, by the same compiled loops; only the reading of the sentences "
        "differs. From the second round on, the compiled engine remembers the words; on text that is read for the first time it "
        "takes about half as long again. Big tables, below, are read by a new process each.",
        f"The model learned from {sentences:,} labelled sentences; one of another corpus has other figures.",
        "![MB/s of each scorer](speed.svg)",
        raced,
        "## The limit",
        "A reader of this vocabulary looks up each n-gram of a text, and those that it knows must be "
        f"counted, found to be new or not, weighed, and cleared again: {BYTES} bytes of state at a "
        "place that cannot be foreseen, in tables of "
        f"{BYTES * len(misinfo.load().parts.vocabulary) / 1e6:.1f} megabytes, which the second-level "
        "cache holds in part and the third-level cache wholly. The limit is the time of that alone: "
        "look-ups in a table of fingerprints at places that are known beforehand, then counting and "
        "weighing with the numbers of the n-grams known beforehand. Who remembers words, as this engine "
        "does, needs fewer look-ups; counting and weighing nobody can go without, so the share of "
        "that alone stands below. The rest of the engine's time goes into finding the n-grams: lower "
        "case, words, the memory of words, and the tries for what was not seen before.",
        limit(everything),
        "## Threads",
        two_threads(everything, arguments.rounds),
        "## Big tables",
        "`misinfo score posts.jsonl -o out.jsonl`, one thread, JSON read and written included:",
        big_tables(everything, arguments.sizes),
        "## Start",
        start_up(),
    ]
    report = "\n\n".join(parts) + "\n"
    print(report)
    if arguments.write:
        plot(rates)
        (ROOT / "docs/speed.md").write_text(report, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
