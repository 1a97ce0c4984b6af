"""Plots of an evaluation, and the report that holds them: one self-contained page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import needed

if needed("matplotlib"):
    import matplotlib
    from matplotlib.figure import Figure

from . import __version__
from .evaluation import Report
from .labelled import Labelled
from .marking import escaped, frame, imprint
from .metrics import Estimate, flagged_and_hits, rounded_up
from .model import Model
from .scoring import maker

Axes = Any
MEASURED, OVERSTATED = "#4f86b0", "#d1513d"  # both stand out on white and on black
_INK = "#010203"  # stands for the colour of the page's text


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
    flagged, hits = flagged_and_hits(labels, values)
    alarms = flagged - hits
    axes.plot(np.r_[0, alarms / alarms[-1]], np.r_[0, hits / hits[-1]], color=OVERSTATED)
    axes.plot([0, 1], [0, 1], ":", color=_INK)
    axes.set(xlabel="false-positive rate", ylabel="recall")


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
    flagged, hits = flagged_and_hits(labels, values)
    axes.plot(hits / hits[-1], hits / flagged, color=OVERSTATED)
    axes.set(xlabel="recall", ylabel="precision", ylim=(0, 1.02))


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
        [values[bins == b].mean() for b in full],
        [labels[bins == b].mean() for b in full],
        "o-",
        color=OVERSTATED,
    )
    axes.plot([0, 1], [0, 1], ":", color=_INK)
    axes.set(xlabel="probability given", ylabel="share overstated")


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
    axes.hist(values[~labels], edges, alpha=0.6, label="measured", color=MEASURED)
    axes.hist(values[labels], edges, alpha=0.6, label="overstated", color=OVERSTATED, hatch="///")
    axes.set(xlabel="probability", ylabel="rows", yscale="log")
    axes.legend(frameon=False)


def learning(axes: Axes, curve: Sequence[tuple[int, Estimate, Estimate]]) -> None:
    """Draw what fewer rows would have given.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to.
    curve : sequence of tuple
        As ``fitting.learning_curve`` returns it.
    """
    rows, areas, precisions = zip(*curve, strict=True)
    for found, name, colour, style in (
        (areas, "AUC", MEASURED, "o-"),
        (precisions, "average precision", OVERSTATED, "s--"),
    ):
        values, lows, highs = np.array(found).T
        around = values - lows, highs - values
        axes.errorbar(rows, values, around, fmt=style, color=colour, label=name)
    axes.set(xlabel="rows learned from", xscale="log", xticks=rows)
    axes.set_xticks([], minor=True)
    axes.set_xticklabels([f"{n:,}" for n in rows])
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=2)  # above the data


ERRORS = 30  # how many of the worst the report shows
FAR = 500  # characters, such as an address, that may stand before the next word that is read
LONGEST = 10_000  # characters that are shown of a row
PLOTS: Mapping[str, tuple[Callable[[Axes, Any, Any], None], str]] = {
    "Precision and recall: of what is flagged, and of what should be": (
        precision_recall,
        "average_precision",
    ),
    "ROC: recall at each rate of false alarms; the dotted line is guessing": (roc, "auc"),
    "Reliability: how often a probability comes true; the dotted line is right": (
        reliability,
        "calibration_error",
    ),
    "How the probabilities of both labels are spread": (histogram, ""),
}
"""Captions, what they stand under, and the figure that says it in a number."""
FIGURES = {
    "auc": "AUC: how often an overstated row has a higher probability than a measured one",
    "average_precision": "average precision over all thresholds",
    "f1": "F1, the harmonic mean of precision and recall",
    "recall_at_1%": "recall at 1% false positives",
    "recall_at_5%": "recall at 5% false positives",
}
"""Names that say what the figure is; of the others the key does."""


def svg(draw: Callable[..., None], *drawn: Any) -> str:
    """Draw one plot as markup that stands in a page.

    Parameters
    ----------
    draw : callable
        One of this module's.
    *drawn : object
        What it draws on its axes.

    Returns
    -------
    str
        An ``<svg>`` element, the same for the same input.

    Examples
    --------
    >>> svg(roc, np.array([True, False]), np.array([0.9, 0.1]))[:4]
    '<svg'
    """
    inked = ("axes.edgecolor", "axes.labelcolor", "text.color", "xtick.color", "ytick.color")
    style: dict[Any, Any] = dict.fromkeys((*inked, "hatch.color"), _INK)
    style |= {"svg.hashsalt": "misinfo", "svg.fonttype": "path", "font.size": 9.5}
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(4.6, 3.1), layout="constrained")
        axes = figure.subplots()
        draw(axes, *drawn)
        axes.spines[["top", "right"]].set_visible(False)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None}, transparent=True)
    markup = file.getvalue()
    return _plain(markup[markup.index("<svg") :])


def _plain(markup: str) -> str:
    """Return a drawing without styles, which the page's policy forbids, and in the page's ink."""
    markup = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", markup, flags=re.DOTALL)
    markup = re.sub(r'<g id="[^"]*"', "<g", markup)
    markup = re.sub(r'style="([^"]*)"', _attributes, markup)
    return markup.replace(_INK, "currentColor").replace(
        "<svg ", '<svg role="img" aria-hidden="true" ', 1
    )


def _attributes(style: re.Match[str]) -> str:
    pairs = (rule.split(":", 1) for rule in style[1].split(";") if ":" in rule)
    return " ".join(f'{name.strip()}="{value.strip()}"' for name, value in pairs)


def report_page(
    model: Model,
    report: Report,
    data: Labelled,
    curve: Sequence[tuple[int, Estimate, Estimate]] = (),
    files: Sequence[str] = (),
) -> str:
    """Return the report of an evaluation as one HTML page.

    Parameters
    ----------
    model : Model
        That was measured.
    report : Report
        What was measured.
    data : Labelled
        The rows.
    curve : sequence of tuple, optional
        A learning curve of the rows.
    files : sequence of str, optional
        Names of the files that the rows were read from.

    Returns
    -------
    str
        A page without scripts and without anything from elsewhere.

    Examples
    --------
    >>> import misinfo
    >>> from misinfo.rows import Row
    >>> from misinfo.evaluation import evaluate
    >>> rows = [Row("Cancer cured!", True, (), "1", ""), Row("Open daily.", False, (), "2", "")]
    >>> data = Labelled(rows * 9, (), "sentence", [{}] * 18, [])
    >>> page = report_page(misinfo.load(), evaluate(misinfo.load(), data, rounds=20), data)
    >>> page.count("<svg")
    4
    """
    name = escaped(str(model.settings["name"]))
    meaning = f" ({escaped(data.meaning)})" if data.meaning else ""
    worst = "Worst errors"
    if len(report.errors) > ERRORS:
        worst += f", {ERRORS} of {len(report.errors):,}"
    unusable = f" {report.unusable:,} more rows could not be used." if report.unusable else ""
    notes = "".join(f" {note[0].upper()}{note[1:]}." for note in report.notes)
    figures = "".join(
        f'<tr><th scope="row">{_figure(key)}</th><td class="n">{value}</td></tr>'
        for key, value in report.figures.items()
    )
    slices = "".join(
        f'<tr><th scope="row">{escaped(key)}</th><td class="n">{n:,}</td>'
        + "".join(
            f'<td class="n">{found.get(what, "-")}</td>'
            for what in ("auc", "recall", "false_positive_rate")
        )
        + "</tr>"
        for key, (n, found) in report.slices.items()
    )
    limits = "".join(
        f'<tr><th scope="row">{100 * rate:g}%</th><td class="n">{rounded_up(value)}</td></tr>'
        for rate, value in report.thresholds.items()
    )
    tags = "".join(
        f'<tr><th scope="row">{escaped(tag)}</th><td class="n">{n:,}</td>'
        f'<td class="n">{value}</td></tr>'
        for tag, n, value in report.tags
    )
    errors = "".join(
        _error(model, data.rows[n].text, report.place(n), p, y)
        for n, p, y in report.errors[:ERRORS]
    )
    drawn = {}
    for what, (draw, key) in PLOTS.items():
        said = f" ({_figure(key).partition(':')[0]} {report.figures[key]})" if key else ""
        drawn[what + said] = svg(draw, report.labels, report.probabilities)
    if curve:
        drawn["What fewer rows would have given, to a model that learns from them alone"] = svg(
            learning, curve
        )
    plots = "".join(
        f"<figure>{plot}<figcaption>{caption}</figcaption></figure>"
        for caption, plot in drawn.items()
    )
    source = f"From {escaped(', '.join(files))}: " if files else ""
    parts = [
        f'<header class="top"><p class="kicker">misinfo</p><h1>{name}: evaluation</h1>'
        f'<p class="lede">{source}{report.n:,} rows, each judged as a {report.unit}, '
        f"{report.positives:,} overstated{meaning}; flagged from "
        f"probability {report.threshold:.3f}.{unusable}{notes} Intervals, in brackets, are 95%, by "
        "bootstrap over groups.</p>"
        "</header><main>",
        _table("Figures", ("figure", "value and interval"), figures),
        _table("Labels and tags", ("label", "rows", "average precision"), tags,
            "How well each is told apart from the others, among overstated rows.") if tags else "",
        f'<h2>Plots</h2><div class="plots">{plots}</div>',
        _table("Threshold for a wanted false-positive rate", ("rate", "threshold"), limits,
            f"Set on {report.n - report.positives:,} measured rows."),
        _table("Slices", ("slice", "rows", "AUC", "recall", "false-positive rate"), slices)
        if slices else "",
        _table(
            worst, ("row", "label", "probability", "text"), errors,
            'Words <mark class="plus">marked so</mark> pull towards overstated, words '
            '<span class="minus">marked so</span> away from it.',
        ) if errors else "",
        "</main>",
        imprint(__version__, [maker(model.settings)]),
    ]  # fmt: skip
    return frame(f"{model.settings['name']}: evaluation", "\n".join(parts))


def _figure(key: str) -> str:
    return FIGURES.get(key, key.replace("_", " "))


def _table(title: str, heads: Sequence[str], rows: str, caption: str = "") -> str:
    words = ("text", "label", "slice", "figure", "rate", "row")
    cells = "".join(
        f'<th scope="col"{"" if head in words else " class=n"}>{head}</th>' for head in heads
    )
    return (
        f"<h2>{title}</h2>{f'<p>{caption}</p>' if caption else ''}"
        f'<div class="scroll" role="region" aria-label="{title}" tabindex="0"><table>'
        f"<thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _error(model: Model, text: str, place: str, probability: float, label: bool) -> str:
    shown, at = "", 0  # as it stands in the table: what the model reads lacks addresses and marks
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    for word in model.explain(text).words:
        start = text.find(word.text, at, at + FAR)
        if start >= 0:
            said = escaped(word.text)
            if word.weight > 0.4:
                said = f'<mark class="plus">{said}</mark>'
            elif word.weight < -0.4:
                said = f'<span class="minus">{said}</span>'
            shown, at = shown + escaped(text[at:start]) + said, start + len(word.text)
    shown += escaped(text[at:])
    what = "overstated" if label else "measured"
    return (
        f'<tr><th scope="row" class="where">{escaped(place)}</th><td>{what}</td>'
        f'<td class="n">{probability:.2f}</td><td class="quoted">{shown}</td></tr>'
    )
