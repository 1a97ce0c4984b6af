"""Plots of an evaluation, and the report that holds them: one self-contained page."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import escape
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .evaluation import Report
from .labelled import Labelled
from .model import Model

Axes = Any
STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#1c1c1c;background:#fff}
h1,h2{line-height:1.2}table{border-collapse:collapse;width:100%;margin:1rem 0}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
figure{margin:0;display:inline-block;width:49%;min-width:20rem}svg{width:100%;height:auto}
mark{background:#fbd7c9}.minus{background:#d3eadb}small{color:#555}
@media print{body{margin:0;max-width:none}h2{break-after:avoid}tr,figure{break-inside:avoid}}
"""


def roc(axes: Axes, labels: NDArray[np.bool_], values: NDArray[np.float64]) -> None:
    """Draw recall against the false-positive rate.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to.
    labels : ndarray of bool, shape (n,)
        True for overstated.
    values : ndarray of float64, shape (n,)
        Probabilities.
    """
    order = np.argsort(-values, kind="stable")
    hits, alarms = np.cumsum(labels[order]), np.cumsum(~labels[order])
    axes.plot(np.r_[0, alarms / alarms[-1]], np.r_[0, hits / hits[-1]])
    axes.plot([0, 1], [0, 1], ":", color="grey")
    axes.set(title="ROC", xlabel="false-positive rate", ylabel="recall")


def precision_recall(axes: Axes, labels: NDArray[np.bool_], values: NDArray[np.float64]) -> None:
    """Draw precision against recall.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to.
    labels : ndarray of bool, shape (n,)
        True for overstated.
    values : ndarray of float64, shape (n,)
        Probabilities.
    """
    hits = np.cumsum(labels[np.argsort(-values, kind="stable")])
    axes.plot(hits / hits[-1], hits / np.arange(1, len(hits) + 1))
    axes.set(title="Precision and recall", xlabel="recall", ylabel="precision", ylim=(0, 1.02))


def reliability(axes: Axes, labels: NDArray[np.bool_], values: NDArray[np.float64]) -> None:
    """Draw the share of overstated rows against the probability that was given.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to.
    labels : ndarray of bool, shape (n,)
        True for overstated.
    values : ndarray of float64, shape (n,)
        Probabilities.
    """
    bins = np.clip((values * 10).astype(int), 0, 9)
    full = [b for b in range(10) if (bins == b).any()]
    axes.plot(
        [values[bins == b].mean() for b in full], [labels[bins == b].mean() for b in full], "o-"
    )
    axes.plot([0, 1], [0, 1], ":", color="grey")
    axes.set(title="Reliability", xlabel="probability given", ylabel="share overstated")


def histogram(axes: Axes, labels: NDArray[np.bool_], values: NDArray[np.float64]) -> None:
    """Draw how the probabilities of both labels are spread.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to.
    labels : ndarray of bool, shape (n,)
        True for overstated.
    values : ndarray of float64, shape (n,)
        Probabilities.
    """
    edges = np.linspace(0, 1, 26).tolist()
    axes.hist(values[~labels], edges, alpha=0.6, label="measured")
    axes.hist(values[labels], edges, alpha=0.6, label="overstated", hatch="//")
    axes.set(title="Probabilities", xlabel="probability", ylabel="rows", yscale="log")
    axes.legend(frameon=False)


PLOTS: tuple[Callable[[Axes, Any, Any], None], ...] = (
    precision_recall,
    roc,
    reliability,
    histogram,
)


def svg(draw: Callable[[Axes, Any, Any], None], report: Report) -> str:
    """Draw one plot as markup that stands in a page.

    Parameters
    ----------
    draw : callable
        One of `PLOTS`.
    report : Report
        With rows of both labels.

    Returns
    -------
    str
        An ``<svg>`` element, the same for the same report.

    Examples
    --------
    >>> y, p = np.array([True, False]), np.array([0.9, 0.1])
    >>> svg(roc, Report(2, 1, 0.5, {}, {}, [], {}, y, p))[:4]
    '<svg'
    """
    with matplotlib.rc_context({"svg.hashsalt": "misinfo", "svg.fonttype": "path"}):
        figure = Figure(figsize=(4.2, 3.2), layout="constrained")
        axes = figure.subplots()
        draw(axes, report.labels, report.probabilities)
        axes.spines[["top", "right"]].set_visible(False)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    markup = file.getvalue()
    return markup[markup.index("<svg") :]


def report_page(model: Model, report: Report, data: Labelled, top: int = 30) -> str:
    """Return the report of an evaluation as one HTML page.

    Parameters
    ----------
    model : Model
        That was measured.
    report : Report
        What was measured.
    data : Labelled
        The rows.
    top : int, default 30
        How many of the worst errors to show.

    Returns
    -------
    str
        A page without scripts and without anything from elsewhere.

    Examples
    --------
    >>> import misinfo
    >>> from misinfo.claims import Row
    >>> from misinfo.evaluation import evaluate
    >>> rows = [Row("Cancer cured!", True, (), "1", ""), Row("Open daily.", False, (), "2", "")]
    >>> data = Labelled(rows * 9, (), "sentence", [{}] * 18, [])
    >>> page = report_page(misinfo.load(), evaluate(misinfo.load(), data, rounds=20), data)
    >>> page.count("<svg")
    4
    """
    name = escape(str(model.settings["name"]))
    figures = "".join(
        f"<tr><th scope=row>{escape(key.replace('_', ' '))}</th><td class=n>{value}</td></tr>"
        for key, value in report.figures.items()
    )
    slices = "".join(
        f"<tr><th scope=row>{escape(key)}</th><td class=n>{n:,}</td>"
        + "".join(
            f"<td class=n>{found[what]}</td>" for what in ("auc", "recall", "false_positive_rate")
        )
        + "</tr>"
        for key, (n, found) in report.slices.items()
    )
    limits = "".join(
        f"<tr><th scope=row>{rate:.1%}</th><td class=n>{value:.3f}</td></tr>"
        for rate, value in report.thresholds.items()
    )
    errors = "".join(_error(model, data.rows[n].text, n, p, y) for n, p, y in report.errors[:top])
    plots = "".join(f"<figure>{svg(draw, report)}</figure>" for draw in PLOTS)
    parts = [
        f"<h1>{name}: evaluation</h1><p>{report.n:,} rows, {report.positives:,} overstated; "
        f"flagged from probability {report.threshold:.3f}. Intervals are 95%, by bootstrap over "
        "groups.</p>",
        f"<h2>Figures</h2><table>{figures}</table>{plots}",
        "<h2>Threshold for a wanted false-positive rate</h2><table><tr><th>rate</th><th>threshold"
        f"</th></tr>{limits}</table>",
        "<h2>Slices</h2><table><tr><th>slice</th><th>rows</th><th>AUC</th><th>recall</th><th>"
        f"false-positive rate</th></tr>{slices}</table>" if slices else "",
        "<h2>Worst errors</h2><p><small>Marked words pull towards overstated, underlined ones "
        "away.</small></p><table><tr><th>row</th><th>label</th><th>probability</th><th>text</th>"
        f"</tr>{errors}</table>" if errors else "",
    ]  # fmt: skip
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}: evaluation'
        '</title><meta name="viewport" content="width=device-width">'
        f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _error(model: Model, text: str, number: int, probability: float, label: bool) -> str:
    words = [
        f"<mark>{escape(word.text)}</mark>" if word.weight > 0.4
        else f"<u class=minus>{escape(word.text)}</u>" if word.weight < -0.4
        else escape(word.text)
        for word in model.explain(text[:2000]).words
    ]  # fmt: skip
    return (
        f"<tr><td class=n>{number + 1}</td><td>{'overstated' if label else 'measured'}</td>"
        f"<td class=n>{probability:.2f}</td><td>{' '.join(words)}</td></tr>"
    )
