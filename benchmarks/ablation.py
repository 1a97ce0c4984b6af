"""What each choice of the model is worth, and what more data would be: docs/model.md.

    python benchmarks/ablation.py [--data FOLDER] [--write]

Each variant is fitted and judged by grouped five-fold cross-validation on the bundled data, by
leaving out two kinds of claims, and by the capability suite. Third-party sets are scored for the
report alone; nothing is chosen by them. About half an hour on two cores.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from blocks import DATA, ROOT, read_rows, table
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from misinfo import capabilities, fitting, joining, metrics, pipeline, splitting, text, training
from misinfo.contrasts import probabilities, total
from misinfo.mixing import classes, fit_mixing, mixed
from misinfo.pooling import gathered, highest, logistic, mean_log_odds
from misinfo.rows import Row
from misinfo.validation import documents, sober

Floats = NDArray[np.float64]
OUT = ("boundary pairs", "people talking")
LEFT = (2, 1, 0)  # overstated sentences that a thinned document keeps
SUITE = capabilities.read_capabilities(ROOT / "tests/capabilities")
JOINED = "and learned from neighbours joined by threes, too (as shipped)"
MANY = joining.MANY
CASES = [case for part in SUITE.values() for case in part]


def model(settings: Mapping[str, Any]) -> Any:
    """Return an unfitted pipeline with some settings changed."""
    shape = {**pipeline.VECTORISER, **settings.get("vectoriser", {})}
    found = pipeline.build_pipeline(shape, settings.get("c", pipeline.C))
    if settings.get("plain"):
        found.steps = found.steps[1:]
    for name, values in settings.get("params", {}).items():
        found.set_params(**{name: values})
    parts = settings.get("parts")
    if parts:
        union = found.named_steps["features"]
        union.transformer_list = [item for item in union.transformer_list if item[0] in parts]
        union.transformer_weights = None
    return found


def weights(data: Sequence[Row], settings: Mapping[str, Any]) -> Floats:
    """Return a weight for each row."""
    claim = settings.get("claims", 1.0)
    return np.array([1.0 if row.article else claim for row in data])


def fit(data: Sequence[Row], settings: Mapping[str, Any]) -> Any:
    """Fit a variant."""
    found = model(settings)
    return found.fit(
        [row.text for row in data],
        [row.overstated for row in data],
        classifier__sample_weight=weights(data, settings),
    )


def judged(data: Sequence[Row], learn: Any, judge: Any, settings: Mapping[str, Any]) -> Floats:
    """Return log-odds of some rows by a variant fitted on others."""
    found = fit([data[i] for i in learn], settings)
    return np.asarray(found.decision_function([data[i].text for i in judge]))


def out_of_fold(data: Sequence[Row], settings: Mapping[str, Any]) -> Floats:
    """Return log-odds of each row by a variant that never saw its group."""
    splits = splitting.folds(data)
    parts = Parallel(2)(delayed(judged)(data, *split, settings) for split in splits)
    return fitting.out_of_fold(splits, [part[:, None] for part in parts]).log_odds[:, 0]


def outside(folder: Path) -> dict[str, tuple[list[str], NDArray[Any], NDArray[Any]]]:
    """Return sentences, lengths and labels of third-party documents."""
    found = {}
    for name, positive in (
        ("sondhi_dev", "unreliable"),
        ("x_posts", "fake"),
        ("medquad_dev", None),
        ("spam_medical", ""),
    ):
        file = folder / f"{name}.csv.gz"
        if not file.is_file():
            continue
        rows = read_rows(file)[:1500]
        parts = [text.sentences(row["text"]) for row in rows]
        labels = np.array([positive == "" or row.get("label_raw", "") == positive for row in rows])
        lengths = np.array([len(part) for part in parts])
        found[name] = ([s for part in parts for s in part], lengths, labels)
    return found


def variant(data: Sequence[Row], settings: Mapping[str, Any], sets: Any) -> list[str]:
    """Measure one variant."""
    labels = np.array([row.overstated for row in data])
    found = out_of_fold(data, settings)
    threshold = metrics.threshold_at_fpr(found[sober(data)], 0.01)
    left = []
    for genre in OUT:
        judge = [i for i, row in enumerate(data) if row.genre == genre and not row.article]
        if not judge:
            left.append("")
            continue
        out = set(judge)
        values = judged(data, [i for i in range(len(data)) if i not in out], judge, settings)
        left.append(f"{metrics.roc_auc(labels[judge], values):.3f}")
    whole = fit(data, settings)
    suite = whole.decision_function([case.text for case in CASES])
    truth = np.array([case.overstated for case in CASES])
    cells = [
        f"{len(whole.named_steps['features'].get_feature_names_out()):,}",
        f"{metrics.roc_auc(labels, found):.3f}",
        f"{np.mean(found[labels] >= threshold):.3f}",
        *left,
        f"{metrics.roc_auc(truth, suite):.3f}",
        f"{np.mean(suite[truth] >= threshold):.3f}",
    ]  # fmt: skip
    for sentences, lengths, bad in sets.values():
        values = whole.decision_function(sentences)
        if bad.all():
            cells.append(f"{np.mean(highest(values, lengths) >= threshold):.2f}")
        elif not bad.any():
            cells.append(f"{np.mean(values >= threshold):.2%}")
        else:
            cells.append(f"{metrics.roc_auc(bad, mean_log_odds(values, lengths)):.3f}")
    return cells


VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("binary, otherwise as shipped", {}),
    ("words alone", {"parts": ("words",)}),
    ("characters alone", {"parts": ("characters",)}),
    ("single words and pairs", {"vectoriser": {"word_range": (1, 2)}}),
    ("characters 3 to 4", {"vectoriser": {"char_range": (3, 4)}}),
    ("characters 2 to 5", {"vectoriser": {"char_range": (2, 5)}}),
    ("characters count as much as words", {"vectoriser": {"char_weight": 1.0}}),
    ("plain term frequency", {"params": {
        "features__words__sublinear_tf": False, "features__characters__sublinear_tf": False}}),
    ("rare n-grams too (2 and 4)", {"vectoriser": {"word_min_df": 2, "char_min_df": 4}}),
    ("frequent n-grams only (8 and 20)", {"vectoriser": {"word_min_df": 8, "char_min_df": 20}}),
    ("C = 2", {"c": 2.0}),
    ("C = 32", {"c": 32.0}),
    ("balanced classes", {"params": {"classifier__class_weight": "balanced"}}),
    ("claims weigh half", {"claims": 0.5}),
    ("disguises not undone", {"plain": True}),
]  # fmt: skip


def main_heads(data: Sequence[Row]) -> tuple[str, Floats, Floats, Any]:
    """Compare ways of making the main head; also return what the shipped one says, and the folds."""
    labels, random = np.array([row.overstated for row in data]), np.random.default_rng(0)
    truth, quiet = np.array([case.overstated for case in CASES]), sober(data)
    order = np.arange(len(data))
    for side in (labels, ~labels):  # tags are dealt out anew among rows of one label
        order[side] = random.permutation(order[side])
    taught = {
        "tags": data,
        "none": [replace(row, tags=()) for row in data],
        "chance": [
            replace(row, tags=data[n].tags) for row, n in zip(data, order.tolist(), strict=True)
        ],
    }
    rows, folds = [], None
    shipped: Floats = np.empty(0)
    shares: Floats = np.empty((0, 0))
    for name, told, tags, by_fold in (
        ("binary: overstated or measured", "none", (), True),
        ("a class for each kind of measured wording", "tags", (), True),
        ("and one for each reason, mixed by hand", "tags", training.TAGS, False),
        ("and one for each reason, mixing fitted", "tags", training.TAGS, True),
        (JOINED, "tags", training.TAGS, True),
        ("as many classes by chance, mixing fitted", "chance", training.TAGS, True),
    ):
        joining.MANY = 0 if name == JOINED else MANY
        known, out = classes(taught[told], tags), fitting.cross_validate(taught[told], tags)
        found, mixing, above = np.zeros(len(data)), known.start(), len(known.overstated)
        classes_ = np.zeros((len(data), mixing.shape[1]))
        for number in range(splitting.FOLDS):
            learn, judge = out.fold != number, out.fold == number
            if by_fold:  # no row is judged by a mixing that was fitted on it
                mixing = fit_mixing(out.log_odds[learn], labels[learn], known)
            found[judge], classes_[judge] = probabilities(mixed(out.log_odds[judge], mixing), above)
        if by_fold:
            mixing = fit_mixing(out.log_odds, labels, known)
        heads = fitting.fit(taught[told], range(len(data)), tags)
        scores = mixed(heads.log_odds([case.text for case in CASES]), mixing)
        suite = total(scores, above)
        threshold = metrics.threshold_at_fpr(found[quiet], 0.01)
        rows.append(
            [
                name,
                str(scores.shape[1]),
                f"{metrics.roc_auc(labels, found):.3f}",
                f"{np.mean(found[labels] >= threshold):.3f}",
                f"{metrics.roc_auc(truth, suite):.3f}",
                f"{np.mean(suite[truth] >= threshold):.3f}",
                f"{np.mean(suite[~truth] >= threshold):.3f}",
            ]
        )
        print(" | ".join(rows[-1]), flush=True)
        if name == JOINED:
            shipped, shares, folds = found, classes_, out.fold
    header = ["main head", "scores", "AUC", "recall", "capabilities, AUC", "recall",
              "false positives"]  # fmt: skip
    return table(header, rows), shipped, shares, folds


def calibration(data: Sequence[Row], found: Floats, fold: Any) -> str:
    """Compare ways of calibrating, each fitted on four folds and judged on the fifth."""
    labels = np.array([row.overstated for row in data])
    results = {"none (the mixing is fitted; as shipped)": logistic(found)}
    platt, isotonic = np.zeros(len(found)), np.zeros(len(found))
    for number in range(5):
        learn, judge = fold != number, fold == number
        line = LogisticRegression(C=1e6).fit(found[learn, None], labels[learn])
        platt[judge] = line.predict_proba(found[judge, None])[:, 1]
        steps = IsotonicRegression(out_of_bounds="clip").fit(found[learn], labels[learn])
        isotonic[judge] = steps.predict(found[judge])
    results |= {"Platt on top": platt, "isotonic on top": isotonic}
    groups = [row.group for row in data]
    return table(
        ["calibration", "calibration error"],
        [
            [
                name,
                str(
                    metrics.bootstrap(
                        metrics.calibration_error, labels, p, groups=groups, rounds=200
                    )
                ),
            ]
            for name, p in results.items()
        ],
    )


POOLINGS: dict[str, Callable[[Floats], float]] = {
    "highest": np.max,
    "mean odds": lambda part: float(np.log(np.mean(np.exp(part)))),
    "mean odds, exponent 1/2": lambda part: float(mean_log_odds(part, np.array([len(part)]))[0]),
    "mean odds, exponent 1/4": lambda part: float(4 * np.log(np.mean(np.exp(part / 4)))),
    "mean log-odds": np.mean,
    "ninth decile": lambda part: float(np.quantile(part, 0.9, method="inverted_cdf")),
    "mean of the three highest": lambda part: float(np.sort(part)[-3:].mean()),
    "share above zero": lambda part: float((part > 0).mean()),
    "number above zero (grows with length)": lambda part: float((part > 0).sum()),
}


def pooling(data: Sequence[Row], found: Floats, shares: Floats, fold: Any) -> str:
    """Compare ways of pooling sentences into documents, out of fold."""
    units = documents(data)
    whole = np.flatnonzero(units.article)
    starts = units.starts
    rows_of = [units.rows[starts[i] : starts[i] + units.lengths[i]] for i in whole]
    bad, folds = units.overstated[whole], fold[units.rows[starts[whole]]]
    random = np.random.default_rng(0)

    def thinned(rows: NDArray[np.intp], left: int) -> NDArray[np.intp]:
        overstated = random.permutation([row for row in rows.tolist() if data[row].overstated])
        return np.setdiff1d(rows, overstated[left:])

    parts = [rows_of, *([thinned(rows, left) for rows in rows_of] for left in LEFT)]
    size = np.log(units.lengths[whole])[~bad]

    def fitted(c: float) -> list[Floats]:
        """Pool by the mean odds and the mean of each class, each document by other documents."""
        evidence, limits = [], []
        for these in parts:
            rows, lengths = np.concatenate(these), np.array([len(part) for part in these])
            evidence.append(gathered(found[rows], shares[rows], lengths))
            limits.append(highest(found[rows], lengths))
        pooled = [np.zeros(len(whole)) for _ in parts]
        for number in range(splitting.FOLDS):
            judge = folds == number
            line = LogisticRegression(C=c, max_iter=1000).fit(evidence[0][~judge], bad[~judge])
            for values, features, most in zip(pooled, evidence, limits, strict=True):
                values[judge] = np.minimum(line.decision_function(features[judge]), most[judge])
        return pooled

    ways = {
        name: [np.array([way(found[rows]) for rows in these]) for these in parts]
        for name, way in POOLINGS.items()
    }
    for c in (1.0, 10.0, 100.0):
        shipped = " (as shipped)" if c == training.POOLING else ""
        ways[f"exponent 1/2, and the mean of each class, C {c:g}{shipped}"] = fitted(c)
    cells = []
    for name, (values, *less) in ways.items():
        limit = metrics.threshold_at_fpr(values[~bad], 0.02)
        cells.append(
            [
                name,
                str(metrics.bootstrap(metrics.roc_auc, bad, values, rounds=300)),
                f"{np.mean(values[bad] >= limit):.3f}",
                *(
                    str(
                        metrics.bootstrap(
                            metrics.roc_auc, bad, np.where(bad, thin, values), rounds=300
                        )
                    )
                    for thin in less
                ),
                f"{np.corrcoef(size, values[~bad])[0, 1]:.2f}",
            ]
        )
    header = ["pooling", "AUC of documents", "recall at 2% false positives",
              *(f"AUC, {left} overstated left" for left in LEFT),
              "correlation with length, sober"]  # fmt: skip
    return table(header, cells)


def curve(data: Sequence[Row]) -> str:
    """Learn from parts of the claims, the sober and the overstated documents."""
    random = np.random.default_rng(0)
    bad = {row.article for row in data if row.overstated and row.article}
    kinds = {
        "claims": [r.group for r in data if not r.article],
        "sober documents": [r.group for r in data if r.article and r.article not in bad],
        "overstated documents": [r.group for r in data if r.article in bad],
    }
    order = {
        name: random.permutation(sorted(set(groups))).tolist() for name, groups in kinds.items()
    }
    labels = np.array([row.overstated for row in data])
    truth = np.array([case.overstated for case in CASES])
    groups = np.array([row.group for row in data])
    learn, judge = splitting.folds(data)[0]

    def point(name: str, share: float) -> tuple[str, float, float, float]:
        out = set(order[name][int(share * len(order[name])) :])
        rows = [data[i] for i in learn if groups[i] not in out]
        found = fit(rows, {})
        values = found.decision_function([data[i].text for i in judge])
        suite = found.decision_function([case.text for case in CASES])
        return (name, share, metrics.roc_auc(labels[judge], values), metrics.roc_auc(truth, suite))

    points = Parallel(2)(
        delayed(point)(name, share) for name in kinds for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained", sharex=True)
    for name in kinds:
        mine = [p for p in points if p[0] == name]
        for number, title in ((2, "AUC, a fold held out"), (3, "AUC, capability suite")):
            panel = axes[number - 2]
            panel.plot([p[1] for p in mine], [p[number] for p in mine], marker="o", label=name)
            panel.set_title(title, fontsize=10)
            panel.set_xlabel("share of this part; the others whole")
            panel.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False, fontsize=8)
    figure.savefig(ROOT / "docs/learning.svg", metadata={"Date": None})
    return table(
        ["part", *(f"{share:.0%}" for share in (0, 0.25, 0.5, 0.75, 1))],
        [[name, *(f"{p[2]:.3f} / {p[3]:.3f}" for p in points if p[0] == name)] for name in kinds],
    )


def main() -> int:
    """Measure everything."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--share", type=float, default=1.0, help="of the groups, for less time")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    corpus = training.read(training.default_data())
    data = [row for row in corpus if crc32(row.group.encode()) % 1000 < 1000 * arguments.share]
    sets = (
        outside(arguments.data) if arguments.share == 1 else {}
    )  # a part knows too few page menus
    rows = []
    for name, settings in VARIANTS:
        rows.append([name, *variant(data, settings, sets)])
        print(" | ".join(rows[-1]), flush=True)
    compared, found, shares, fold = main_heads(data)
    titles = {
        "sondhi_dev": "Sondhi pages, AUC",
        "x_posts": "X posts, AUC",
        "medquad_dev": "MedQuAD, flagged",
        "spam_medical": "spam, pointed at",
    }
    header = ["variant", "n-grams", "AUC", "recall", *(f"without {genre}" for genre in OUT),
              "capabilities, AUC", "capabilities, recall", *(titles[name] for name in sets)]  # fmt: skip
    parts = [
        "# The model, choice by choice",
        f"Made by `python benchmarks/ablation.py --share {arguments.share:g} --write`. Each row changes one thing. AUC and recall "
        f"are out of fold on {len(data):,} labelled sentences, recall at 1% false positives on "
        'sentences about health of sober documents; "without" is the AUC on a kind of claims that was left out '
        "of training."
        + (" The last columns are third-party text: measured, never chosen by." if sets else ""),
        f"The corpus had {len(corpus):,} labelled sentences then; a model of another corpus has other figures.",
        table(header, rows),
        "These are variants of a binary model: overstated or measured. The differences between sensible variants are small beside what more claims bring (below): "
        "what the model knows comes from the data. Rarer n-grams gain a little and cost megabytes; "
        "the shipped frequencies keep the folder under 8 MB.",
        "## Classes",
        "The shipped model has a class for each reason why wording is overstated, and for each kind of "
        "measured wording (denied, reported, hedged ...); how the fitted heads are mixed into their "
        "scores is fitted out of fold. What counts is what the tags mean: dealt out by chance they "
        "are worth nothing. Not every class has enough rows in a part of the data. Joined neighbours "
        "are learned from where there are more than 50,000 rows: they are no better on text like the "
        "corpus, and are there for the longer sentences of real pages.",
        compared,
        "## Calibration",
        calibration(data, found, fold),
        "## Pooling",
        pooling(data, found, shares, fold),
        "With no overstated sentence left a document should rank like a sober one (0.5): the weaker the "
        "regularisation, the more the voice of the rest decides.",
        "## Learning curve",
        "AUC on a held-out fold / on the capability suite when only a share of one part is learned "
        "from:",
        curve(data),
        "![Learning curve](learning.svg)",
    ]
    report = "\n\n".join(parts) + "\n"
    print(report)
    if arguments.write:
        (ROOT / "docs/model.md").write_text(report, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
