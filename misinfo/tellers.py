"""What an audit, an evaluation, a suite and a comparison say on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from .errors import plural
from .metrics import Estimate, rounded_up
from .records import Explainer
from .writers import Console, clean, indented, weighed

if TYPE_CHECKING:  # the audit needs scikit-learn, and every command would wait for the others
    from .audit import Check
    from .capabilities import Capability
    from .comparison import Comparison
    from .evaluation import Report


def audit(console: Console, labels: Mapping[str, int], checks: Sequence[Check], top: int) -> None:
    """Print what an audit found.

    Parameters
    ----------
    console : Console
        Where to.
    labels : mapping of str to int
        How many rows of each label were looked at.
    checks : sequence of Check
        What was asked, and what was found.
    top : int
        How many places to show for each check.

    Examples
    --------
    >>> audit(Console(width=80), {"overstated": 1, "measured": 0}, [], top=3)
    1 row: 1 overstated, 0 measured
    ...
    """
    rows = sum(labels.values())
    each = ", ".join(f"{n:,} {label}" for label, n in labels.items())
    console.print(f"{plural(rows, 'row')}: {each}\n", soft_wrap=True)
    table = Table("", "check", "figure", "limit", "what it is", box=None, header_style="dim")
    for check in checks:
        mark = (
            ("[green]ok[/]" if check.passed else "[bold red]broken[/]")
            if check.limit is not None and check.passed is not None
            else ""
        )
        limit = "" if check.limit is None else f"{check.limit:g}"
        table.add_row(mark, check.name, check.shown, limit, check.unit)
    console.print(table)
    for check in checks:
        if check.found and top:
            console.print(f"\n[bold]{check.name}[/]", soft_wrap=True)
            for place in check.found[:top]:
                console.print(Text("  " + clean(place)), soft_wrap=True)
            if len(check.found) > top:
                console.print(f"  [dim]and {len(check.found) - top} more[/]", soft_wrap=True)


def figures(console: Console, found: Mapping[str, Estimate]) -> None:
    """Print figures with their intervals.

    Parameters
    ----------
    console : Console
        Where to.
    found : mapping of str to Estimate
        Name to figure.

    Examples
    --------
    >>> figures(Console(width=80), {"auc": Estimate(0.9, 0.8, 1.0)})
    <BLANKLINE>
    auc  0.900 [0.800, 1.000]
    """
    width = max(map(len, found), default=0)
    console.print()
    for name, estimate in found.items():
        console.print(Text(f"{name.replace('_', ' '):<{width}}  {estimate}"), soft_wrap=True)


def evaluation(console: Console, report: Report, model: Explainer, top: int) -> None:
    """Print how good a model is on labelled rows.

    Parameters
    ----------
    console : Console
        Where to.
    report : Report
        As ``evaluation.evaluate`` returns it.
    model : Model
        Says why the worst errors have their numbers.
    top : int
        How many of them to show.
    """
    console.print(
        f"{report.n:,} rows, {report.positives:,} overstated; flagged from probability "
        f"{report.threshold:.3f}"
    )
    for note in report.notes:
        console.print(note, soft_wrap=True)
    figures(console, report.figures)
    if report.tags:
        console.print("\naverage precision of each label, among overstated rows", style="dim")
    for tag, n, precision in report.tags:
        console.print(Text(f"  {clean(tag)} ({plural(n, 'row')}): {precision}"), soft_wrap=True)
    sober = plural(report.n - report.positives, "measured row")
    console.print(f"\nthreshold for a false-positive rate, on {sober}, of", style="dim")
    for rate, value in report.thresholds.items():
        console.print(f"  {100 * rate:g}%: {rounded_up(value)}")
    for name, (n, found) in report.slices.items():
        console.print(Text(f"\n{name} ({n:,} rows)", style="bold"))
        keys = [key for key in ("auc", "recall", "false_positive_rate") if key in found]
        line = ", ".join(f"{key.replace('_', ' ')} {found[key]}" for key in keys)
        console.print(f"  {line}", soft_wrap=True)
    if top and report.errors:
        console.print(Text("\nworst errors", style="bold"))
    for n, probability, label in report.errors[:top]:
        what = "overstated" if label else "measured"
        console.print(Text(f"  {probability:.2f}  {what}, {clean(report.place(n))}", style="red"))
        text = report.texts[n]
        words = model.explain(text).weightiest
        indented(console, Text(clean(" ".join(text.split())[:300])))
        indented(console, Text(", ".join(map(weighed, words)), style="dim"))


def learning_curve(console: Console, found: Sequence[tuple[int, Estimate, Estimate]]) -> None:
    """Print what fewer rows would have given.

    Parameters
    ----------
    console : Console
        Where to.
    found : sequence of tuple
        As ``fitting.learning_curve`` returns it.

    Examples
    --------
    >>> curve = [(n, Estimate(v, v, v), Estimate(v, v, v)) for n, v in ((50, 0.8), (100, 0.85))]
    >>> learning_curve(Console(width=80), curve)
    <BLANKLINE>
    ...
    The last doubling of the rows brought +0.050 AUC.
    """
    if not found:
        return
    console.print("\nlearning curve: models of the bundled recipe trained on these rows alone")
    table = Table("rows", "AUC", "average precision", box=None, header_style="dim")
    for n, area, precision in found:
        table.add_row(f"{n:,}", str(area), str(precision))
    console.print(table)
    if len(found) > 1:
        gain = found[-1][1].value - found[-2][1].value
        console.print(f"The last doubling of the rows brought {gain:+.3f} AUC.")


def capabilities(
    console: Console, found: Sequence[Capability], whole: Mapping[str, Estimate], top: int
) -> None:
    """Print what a model makes of a suite of capabilities.

    Parameters
    ----------
    console : Console
        Where to.
    found : sequence of Capability
        As ``capabilities.capabilities`` returns them.
    whole : mapping of str to Estimate
        Figures of the whole suite.
    top : int
        How many of the failed cases to show of each capability under its floor.
    """
    table = Table("capability", "n", "passed", "AUC", "floor", box=None, header_style="dim")
    for one in sorted(found, key=lambda one: one.passed.value):
        style = "bold red" if one.low else ""
        auc = "" if one.auc != one.auc else f"{one.auc:.3f}"
        table.add_row(
            escape(one.name), str(one.n), str(one.passed), auc, f"{one.floor:.2f}", style=style
        )
    console.print(table)
    figures(console, whole)
    for one in found:
        for case in one.failed[: top if one.low else 0]:
            console.print(f"{one.name}: {case.text}", soft_wrap=True, markup=False)


def comparison(console: Console, found: Comparison, top: int) -> None:
    """Print whether a new model is better than an old one.

    Parameters
    ----------
    console : Console
        Where to.
    found : Comparison
        As ``comparison.compare`` returns it.
    top : int
        How many flipped texts to show.
    """
    for note in found.notes:
        console.print(note, soft_wrap=True)
    table = Table("", "old", "new", "difference [97.5%]", box=None, header_style="dim")
    for name in found.old:
        difference = str(found.differences.get(name, ""))
        values = (str(side[name]).partition(" ")[0] for side in (found.old, found.new))
        table.add_row(name.replace("_", " "), *values, difference)
    console.print(table)
    console.print(
        f"\n{len(found.fixed):,} verdicts became right, {len(found.broken):,} wrong "
        f"(McNemar's exact test: p = {found.p_value:.3g})",
        soft_wrap=True,
    )
    for name, (n, fixed, broken) in found.slices.items():
        console.print(Text(f"  {name}: {n:,} rows, {fixed} fixed, {broken} broken"), soft_wrap=True)
    for title, rows in (("became right", found.fixed), ("became wrong", found.broken)):
        for n in rows[:top]:
            text = clean(" ".join(found.rows[n].text.split())[:160])
            console.print(Text(f"  {title}: {text}"), soft_wrap=True)
    console.print(
        f"\nranking (AUC): {found.ranking}; verdicts at the threshold (F1 and McNemar's test): "
        f"{found.decisions}",
        soft_wrap=True,
    )
    many = f"{found.n:,} rows"
    mixed = (
        f"On these {many} the new model's ranking is {found.ranking}, and its verdicts at the "
        f"threshold are {found.decisions}."
    )
    if found.decisions == "mixed":
        recall, rate = (
            [side[name].value for side in (found.old, found.new)]
            for name in ("recall", "false_positive_rate")
        )
        less, fewer = ("more", "more") if recall[1] > recall[0] else ("less", "fewer")
        mixed = (
            f"On these {many} the new model finds {less} (recall {recall[0]:.2f} -> "
            f"{recall[1]:.2f}) and flags {fewer} measured rows ({rate[0]:.1%} -> {rate[1]:.1%})."
        )
    said = {
        "better": f"The new model is better on these {many}.",
        "worse": f"The new model is worse on these {many}.",
        "mixed": mixed,
        "cannot tell": f"Cannot tell with {many}: the intervals hold zero, the tests disagree, or "
        "there are too few groups.",
    }
    console.print(Text(said[found.verdict], style="bold"), soft_wrap=True)
