"""Our recipe, trained on public sets, beside what others published on them: docs/published.md.

    python benchmarks/published.py [--data FOLDER] [--only NAME] [--write]

Every choice (orders of n-grams, how rare they may be, C, log-count ratios) is made by grouped
cross-validation on training rows, by the search that ``misinfo train --search`` runs or, for four
classes, by the same in small. Intervals are 95%, by
bootstrap over test rows (over sites for FakeHealth). FOLDER holds the public sets, by default
``../shared/data``; they stay with their owners.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from textwrap import fill
from typing import Any, NamedTuple
from urllib.parse import urlparse

import numpy as np
from blocks import DATA, ROOT, read_rows, table
from joblib import Parallel, delayed
from matplotlib import rc_context
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import GroupKFold, StratifiedKFold

from misinfo import metrics
from misinfo.fitting import Recipe, cross_validate, fit
from misinfo.pipeline import VECTORISER, build_pipeline
from misinfo.rows import Row
from misinfo.searching import search

Values = NDArray[Any]


class Result(NamedTuple):
    """One line of the table."""

    name: str
    measure: str
    ours: metrics.Estimate
    published: Sequence[tuple[str, float]]
    protocol: str


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """Read a table of the public sets; nothing when it is not there."""
    path = folder / name
    if not path.is_file():
        print(f"{path} is not there: left out", file=sys.stderr)
        return []
    return read_rows(path)


def labelled(texts: Sequence[str], bad: Sequence[bool], groups: Sequence[str] = ()) -> list[Row]:
    """Return texts with labels as rows; each is a group of its own unless groups are named."""
    names = groups or [str(n) for n in range(len(texts))]
    return [Row(t, b, (), g, "") for t, b, g in zip(texts, bad, names, strict=True)]


def right(labels: Values, log_odds: Values) -> float:
    """Return the share of rows on the right side of one half."""
    return float(np.mean((log_odds > 0) == labels))


def chosen(data: Sequence[Row]) -> Recipe:
    """Search in training rows for accuracy, and say what was found."""
    found = search(data, range(len(data)), objective=right)
    best = max(value for _, value in found.tried)
    print(f"  chosen of {len(found.tried)}: {found.chosen}; {best:.4f} out of fold", flush=True)
    return found.chosen


def flagged(learn: Sequence[Row], texts: Sequence[str], recipe: Recipe) -> Values:
    """Say which texts have a calibrated probability over one half by a model fitted on rows.

    It is calibrated as ``misinfo train`` does, by Platt's method on log-odds out of fold.
    """
    out = cross_validate(learn, recipe=recipe).log_odds
    line = LogisticRegression(C=1e6).fit(out, [row.overstated for row in learn])
    found = fit(learn, range(len(learn)), recipe=recipe).log_odds(texts)
    return np.asarray(line.decision_function(found) > 0)


def weighted_f1(labels: Values, flags: Values) -> float:
    """Return the F1 of each class, weighted by its rows."""
    return float(f1_score(labels, flags, average="weighted"))


def macro_f1(labels: Values, guesses: Values) -> float:
    """Return the mean F1 of the classes."""
    return float(f1_score(labels, guesses, average="macro"))


def estimate(measure: Callable[..., float], *columns: Values, **options: Any) -> metrics.Estimate:
    """Return a measure with its interval."""
    return metrics.bootstrap(measure, *columns, rounds=500, **options)


def constraint(folder: Path) -> Iterator[Result]:
    """Official split: chosen on Train, checked on Val, fitted on both."""
    parts = [
        rows(folder, f"constraint/{name}.csv")
        for name in ("Constraint_Train", "Constraint_Val", "english_test_with_labels")
    ]
    if not all(parts):
        return
    train, val, test = (
        labelled([row["tweet"] for row in part], [row["label"] == "fake" for row in part])
        for part in parts
    )
    recipe = chosen(train)
    published = [
        ("TF-IDF, linear SVM (Patwa et al. 2020)", 0.9332),
        ("linear SVM, linguistic features (Felber 2021)", 0.9519),
        ("ensemble of BERT models, the winner", 0.9869),
    ]
    for name, learn, judge, others, how in (
        ("Constraint, validation", train, val, [], "chosen and trained on Train"),
        ("Constraint, test", [*train, *val], test, published, "chosen on Train, trained on Train "
         "and Val"),
    ):  # fmt: skip
        flags = flagged(learn, [row.text for row in judge], recipe)
        truth = np.array([row.overstated for row in judge])
        yield Result(name, "weighted F1", estimate(weighted_f1, truth, flags), others, how)


def plain_style(text: str) -> str:
    """Return a text without its case, its quotation marks and its final punctuation."""
    return re.sub(r"[\W_]+$", "", text.lower().strip("\"'“”‘’ "))


def pubhealth(folder: Path) -> Iterator[Result]:
    """The 987 test claims, as they are and without their style."""
    found = rows(folder, "pubhealth.csv.gz")
    if not found:
        return
    published = [
        ("ChatGPT, zero-shot", 0.701),
        ("Self-RAG 7B, zero-shot (Asai et al. 2023)", 0.724),
        ("CRAG, zero-shot (Yan et al. 2024)", 0.756),
    ]
    test = np.array([row["pubhealth_test"] == "True" for row in found])
    bad = np.array([row["label_raw"] == "claim_false" for row in found])
    stops = np.array([row["text"].rstrip().endswith(".") for row in found])
    for name, style, others in (
        ("PUBHEALTH, 987 test claims", str, published),
        ("the same without case and final punctuation", plain_style, []),
    ):
        texts = [style(row["text"]) for row in found]
        learn = [i for i in range(len(found)) if not test[i]]
        # Claims that differ in style alone stay together.
        groups = [plain_style(found[i]["text"]) for i in learn]
        train = labelled([texts[i] for i in learn], bad[learn].tolist(), groups)
        recipe = chosen(train)
        judge = np.flatnonzero(test)
        flags = flagged(train, [texts[i] for i in judge], recipe)
        ours = estimate(accuracy_score, bad[judge], flags)
        yield Result(name, "accuracy", ours, others, f"trained on {len(train):,} other claims")
    guess = estimate(accuracy_score, bad[test], ~stops[test])
    yield Result("the same by the final full stop alone", "accuracy", guess, [], "no training")
    common = estimate(accuracy_score, bad[test], np.full(test.sum(), bad[~test].mean() > 0.5))
    yield Result("the same by the commoner label", "accuracy", common, [], "no training")


MORE = 0.3  # what a row of another set weighs


PAIRS = list(combinations(range(4), 2))
NOTHING: Any = ((), np.empty(0))  # no texts and labels of other sets


class Classes(NamedTuple):
    """A head for each class and for each two of them, and how these are mixed into one verdict.

    The bundled model has such a mixing of its classes too, fitted out of fold.
    """

    features: Any
    heads: Sequence[Any]
    mixing: Any

    def scores(self, texts: Sequence[str]) -> Values:
        """Return the log-odds of each head."""
        matrix = self.features.transform(texts)
        return np.column_stack([head.decision_function(matrix) for head in self.heads])

    def predict(self, texts: Sequence[str]) -> Values:
        """Return the likeliest class of each text."""
        return np.asarray(self.mixing.predict(self.scores(texts)))


def ten_heads(texts: Sequence[str], labels: Values, more: Any) -> Classes:
    """Fit the heads on some rows, and on more of other sets; they are not mixed yet."""
    shape = {**VECTORISER, "char_range": (2, 5), "word_min_df": 2, "char_min_df": 20}
    shape["char_weight"] = 1.0
    pipeline = build_pipeline(shape, 2.0, 0.1)
    pipeline.set_params(classifier__class_weight="balanced")
    weights = np.append(np.ones(len(texts)), np.full(len(more[0]), MORE))
    texts, labels = [*texts, *more[0]], np.append(labels, more[1]).astype(int)
    matrix = pipeline[:-1].fit_transform(texts)
    heads = [clone(pipeline[-1]).fit(matrix, labels == n, weights) for n in range(4)]
    for one, other in PAIRS:
        kept = np.flatnonzero((labels == one) | (labels == other))
        heads.append(clone(pipeline[-1]).fit(matrix[kept], labels[kept] == one, weights[kept]))
    return Classes(pipeline[:-1], heads, None)


def unlike(more: Any, texts: Sequence[str]) -> Any:
    """Leave out of other sets what is judged."""
    known = set(texts)
    kept = [i for i, text in enumerate(more[0]) if text not in known]
    return [more[0][i] for i in kept], more[1][kept]


def classes(texts: Sequence[str], labels: Values, more: Any = NOTHING) -> Classes:
    """Fit the heads, and their mixing on scores out of fold within these rows."""
    scores = np.empty((len(texts), 4 + len(PAIRS)))
    for learn, judge in StratifiedKFold(5, shuffle=True, random_state=0).split(texts, labels):
        judged = [texts[i] for i in judge]
        found = ten_heads([texts[i] for i in learn], labels[learn], unlike(more, judged))
        scores[judge] = found.scores(judged)
    mixing = LogisticRegression(C=0.05, max_iter=2000).fit(scores, labels)
    return ten_heads(texts, labels, more)._replace(mixing=mixing)


# Codes of the two causal-language sets, as strengths: none, correlational, conditional, causal.
STRENGTH = {"pubmed_causal_language_use": [0, 3, 2, 1], "annotated_eureka": [0, 1, 2, 3]}


def causal_rows(folder: Path, name: str) -> tuple[list[str], Values]:
    """Return sentences and strengths of a causal-language set."""
    found = rows(folder, f"causal/{name}.csv")
    return [r["sentence"] for r in found], np.array(
        [STRENGTH[name][int(r["label"])] for r in found]
    )


def causal(folder: Path, title: str, name: str, others: Any) -> Iterator[Result]:
    """Five-fold cross-validation; choices within each fold's training rows."""
    texts, labels = causal_rows(folder, name)
    (other,) = set(STRENGTH) - {name}
    if not texts:
        return
    more_texts, more_labels = causal_rows(folder, other)
    for part in ("train", "test"):
        for pair in rows(folder, f"insciout/insciout_{part}.jsonl"):
            for side in ("press_release", "abstract"):
                more_texts.append(pair[f"{side}_conclusion"])
                more_labels = np.append(more_labels, int(pair[f"{side}_strength"]))
    for more, what in (NOTHING, ""), ((more_texts, more_labels), ", learning from other sets too"):
        guesses = labels.copy()
        for learn, judge in StratifiedKFold(5, shuffle=True, random_state=0).split(texts, labels):
            judged = [texts[i] for i in judge]
            found = classes([texts[i] for i in learn], labels[learn], unlike(more, judged))
            guesses[judge] = found.predict(judged)
        how = f"5-fold, mixing fitted within each fold; four classes{what}"
        yield Result(title + what, "macro-F1", estimate(macro_f1, labels, guesses), others, how)


def pubmed(folder: Path) -> Iterator[Result]:
    """Conclusions of abstracts."""
    published = [("BioBERT (Yu et al. 2019)", 0.88)]
    return causal(folder, "causal language, PubMed", "pubmed_causal_language_use", published)


def press(folder: Path) -> Iterator[Result]:
    """Sentences of press releases."""
    return causal(folder, "causal language, press releases", "annotated_eureka", [])


def insciout(folder: Path) -> Iterator[Result]:
    """Does a release say more than its abstract? Compare the strengths of both sentences."""
    pairs = rows(folder, "insciout/insciout_test.jsonl")
    learned = [causal_rows(folder, name) for name in STRENGTH]
    if not pairs or not all(len(texts) for texts, _ in learned):
        return
    texts = [text for part, _ in learned for text in part]
    found = classes(texts, np.concatenate([labels for _, labels in learned]))
    strengths = [
        found.predict([pair[f"{side}_conclusion"] for pair in pairs])
        for side in ("press_release", "abstract")
    ]
    kinds = np.array(["downplays", "same", "exaggerates"])
    guesses = kinds[np.sign(strengths[0] - strengths[1]) + 1]
    truth = np.array([pair["exaggeration_label"] for pair in pairs])
    yield Result(
        f"InSciOut, {len(pairs)} pairs: exaggerates, same or downplays",
        "macro-F1",
        estimate(macro_f1, truth, guesses),
        [],
        "strength of each sentence by the heads for causal language, trained on both sets above",
    )


def site(address: str) -> str:
    """Return the site of an address, also of one in the Internet Archive."""
    address = re.sub(r"^https?://web\.archive\.org/web/\w+/", "", address)
    return urlparse(address if "://" in address else f"//{address}").netloc.removeprefix("www.")


def fakehealth(folder: Path) -> Iterator[Result]:
    """Five folds grouped by site; the bundled model's recipe, nothing chosen."""
    found = rows(folder, "fakehealth.csv.gz")
    if not found:
        return
    failed = np.array([float(row["overstate_n"] or "nan") for row in found])
    targets = {
        "FakeHealth, fewer than three stars": (
            np.array([row["label_raw"] == "fake" for row in found]),
            np.ones(len(found), dtype=bool),
        ),
        "FakeHealth, three or four criteria of overstatement failed": (
            failed >= 3,
            ~np.isnan(failed),
        ),
    }
    texts = [row["text"] for row in found]
    sites = np.array([site(row["url"]) for row in found])
    values = np.zeros((len(targets), len(found)))
    for learn, judge in GroupKFold(5, shuffle=True, random_state=0).split(sites, groups=sites):
        pipeline = build_pipeline()
        known = pipeline[:-1].fit_transform([texts[i] for i in learn])
        new = pipeline[:-1].transform([texts[i] for i in judge])
        for number, (bad, kept) in enumerate(targets.values()):
            line = pipeline[-1].fit(known[kept[learn]], bad[learn][kept[learn]])
            values[number, judge] = line.decision_function(new)
    for (name, (bad, kept)), scores in zip(targets.items(), values, strict=True):
        ours = estimate(metrics.roc_auc, bad[kept], scores[kept], groups=sites[kept])
        how = f"{kept.sum():,} articles, 5-fold by site ({len(set(sites[kept]))}), nothing chosen"
        yield Result(name, "AUC", ours, [], how)


SETS = {
    "constraint": constraint,
    "pubhealth": pubhealth,
    "pubmed": pubmed,
    "press": press,
    "insciout": insciout,
    "fakehealth": fakehealth,
}


def measured(name: str, folder: Path) -> list[Result]:
    """Return the results on one set, and print them as they come."""
    found = []
    for result in SETS[name](folder):
        print(f"  {result.name}: {result.measure} {result.ours}", flush=True)
        found.append(result)
    return found


def page(results: Sequence[Result], minutes: float) -> str:
    """Return docs/published.md."""
    lines = [
        [
            result.name,
            result.measure,
            f"**{result.ours.value:.3f}** [{result.ours.low:.3f}, {result.ours.high:.3f}]",
            "; ".join(f"{name} {value:.3f}" for name, value in result.published) or "-",
            result.protocol,
        ]
        for result in results
    ]
    return "\n".join(
        [
            "# Beside published results",
            "",
            "The recipe of `misinfo train` (TF-IDF of words and characters, logistic regression) "
            "retrained on public sets, beside what others published on them. It is a linear model "
            "that trains in seconds and explains itself; the best published figures are those of "
            "transformers. `python benchmarks/published.py --write` writes "
            f"this page ({minutes:.0f} minutes on two shared cores).",
            "",
            table(["set", "measure", "ours [95%]", "published", "protocol of ours"], lines),
            "",
            "![ours and published results](published.svg)",
            "",
            "## How to read it",
            "",
            "- Chosen by the search of `misinfo train --search`, on training rows alone, for accuracy, "
            "which is what is judged: orders of n-grams, then what characters weigh, then capitals, "
            "then how rare they may be, then C and log-count ratios. Flagged is what has a calibrated "
            "probability over one half.",
            "- While this was built the test rows were scored under several recipes: before capitals "
            "could be kept (Constraint 0.964, PUBHEALTH 0.763), PUBHEALTH when it was still searched "
            "for average precision (0.761), both with characters at half the weight of words, "
            "which the bundled model then had as a default and the search could not yet undo (0.959 "
            "and 0.775), and with another solver (0.976 and 0.765). After the search had come to judge "
            "recipes just as they are fitted, Constraint, searched for average precision, fell to 0.962 "
            "(PUBHEALTH 0.773); that it is searched for accuracy too was decided then, before the "
            "figure above was known.",
            "- Four classes: `misinfo.training.build_pipeline` with log-count ratios, characters 2 to 5, "
            "n-grams of at "
            "least 2 (words) and 20 rows (characters), C 2, smoothing 0.1, each class weighing the same; "
            "a head for each class and for each two of them, mixed by a regression on their scores, "
            "which is fitted out of fold within the rows learned from. Before the heads of two classes "
            "and the mixing came, PubMed had 0.756 and 0.769 in these folds. All of it was tried out "
            "beforehand on PubMed, in other folds of the same rows. The lines that learn from other sets add "
            "the sentences of the other causal-language set and of InSciOut, each at the weight "
            f"{MORE:g}; sentences that are judged are left out of them.",
            "- PUBHEALTH: the published figures are zero-shot, ours is trained on other claims of "
            "the same set, so it is no like-for-like victory. Its true claims are headlines with a "
            "full stop more often than its false ones: the second line has case and final "
            "punctuation removed, the third uses the full stop alone.",
            "- Constraint: the real posts come from few accounts. A good figure here says that "
            "styles were told apart, not that truth was found.",
            "- Other folds than those of the published figures on causal language, which are not "
            "published; the same number of them.",
            "- FakeHealth: a low rating often only means that a story is incomplete, which no "
            "wording shows.",
            "",
        ]
    )


def draw(results: Sequence[Result]) -> None:
    """Draw docs/published.svg: ours with intervals, published results as open marks."""
    with rc_context({"svg.hashsalt": "misinfo", "svg.fonttype": "path", "font.size": 9}):
        figure = Figure(figsize=(10, 0.42 * len(results) + 1.1), layout="constrained")
        axes = figure.subplots()
        for y, result in enumerate(reversed(results)):
            ours = result.ours
            axes.plot([ours.low, ours.high], [y, y], color="#1f5fa8", linewidth=2)
            axes.plot(
                ours.value, y, "o", color="#1f5fa8", label="ours, 95% interval" if not y else ""
            )
            for _, value in result.published:
                axes.plot(value, y, "D", color="#c2571a", fillstyle="none")
            names = (f"{re.sub(', zero-shot| [(].*', '', n)} {v:.3f}" for n, v in result.published)
            axes.text(1.01, y, "\n".join(names), fontsize=7, color="#8a3d12", va="center")
        axes.plot([], [], "D", color="#c2571a", fillstyle="none", label="published")
        axes.set_yticks(
            range(len(results)), [fill(f"{r.name}: {r.measure}", 48) for r in reversed(results)]
        )
        axes.set(xlim=(0.4, 1), ylim=(-0.6, len(results) - 0.3))
        axes.grid(axis="x", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(frameon=False, loc="outside lower right", ncols=2)
        figure.savefig(ROOT / "docs/published.svg", metadata={"Date": None})


def main() -> int:
    """Print the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--only", choices=list(SETS), action="append", help="these sets alone")
    parser.add_argument("--write", action="store_true", help="write docs/published.md and .svg")
    arguments = parser.parse_args()
    begin = time.monotonic()
    names = arguments.only or list(SETS)
    parts = Parallel(2)(delayed(measured)(name, arguments.data) for name in names)
    results = [result for part in parts for result in part]
    if not results:
        print(f"no set found in {arguments.data}", file=sys.stderr)
        return 2
    minutes = (time.monotonic() - begin) / 60
    if arguments.write and not arguments.only:
        (ROOT / "docs/published.md").write_text(page(results, minutes), encoding="utf-8")
        draw(results)
    print(f"{minutes:.1f} minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
