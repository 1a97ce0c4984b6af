"""Commands that measure: evaluate, compare."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import tellers, writers
from .cli_options import (
    DONE,
    FOUND,
    UNREADABLE,
    By,
    GroupColumn,
    Json,
    LabelColumn,
    ModelOption,
    Positive,
    TextColumn,
    Unit,
    apart,
    complain,
    labelled,
    number,
    remark,
    tell,
    typed,
)
from .errors import MisinfoError
from .model import Model, load
from .storage import sha256

SUITE = Path("tests/capabilities")


def evaluate(
    ctx: typer.Context,
    data: Annotated[
        list[Path] | None, typer.Argument(metavar="FILE...", help="Labelled data, or the suite.")
    ] = None,
    capabilities: Annotated[
        bool,
        typer.Option(
            "--capabilities",
            help="Take the suite of named capabilities instead: FILE, or that of the checkout in "
            "which the command runs.",
        ),
    ] = False,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    positive: Positive = None,
    group_column: GroupColumn = None,
    unit: Unit = None,
    by: By = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Write a report with plots, one HTML file; a file that exists is replaced."
        ),
    ] = None,
    as_json: Json = False,
    top: Annotated[int, typer.Option(min=0, help="How many of the worst errors to show.")] = 10,
    rate: Annotated[
        list[float] | None,
        typer.Option(
            "--rate",
            min=0,
            max=1,
            callback=number,
            help="Find the threshold for this false-positive rate; repeatable.",
        ),
    ] = None,
    learning_curve: Annotated[
        bool, typer.Option("--learning-curve", help="Say what fewer rows would have given.")
    ] = False,
    model: ModelOption = None,
) -> None:
    """Measure a model on labelled data, or on capabilities.

    Of the suite of capabilities, exit 1 when a figure is under its floor. Exit 3 when rows could
    not be used.
    """
    apart(report, data or ())
    loaded = load(model)
    console = writers.Console()
    if capabilities:
        _alone(ctx, data or [])
        _capabilities(console, loaded, data[0] if data else SUITE, as_json, top)
        return
    if not data:
        raise MisinfoError("name a file of labelled data, or add --capabilities")
    if report:
        if str(report) == "-":
            raise MisinfoError("--report writes a page into a file: name one, such as report.html")
        from .plots import report_page  # before measuring: what it needs may be missing
    from . import evaluation

    found = labelled(ctx, data, loaded.settings.get("training"))
    tell(found)
    _seen(loaded, data)
    curve = []
    if learning_curve:
        from . import training

        curve = training.learning_curve(found.rows, found.weights)
    measured = evaluation.evaluate(
        loaded, found, by=by or (), rates=rate or evaluation.RATES, unit=unit
    )
    if report:
        page = report_page(loaded, measured, found, curve=curve, files=[*map(str, data)])
        with writers.opened(report) as file:
            file.write(page)
    if as_json:
        more = [{"rows": n, "auc": list(a), "average_precision": list(p)} for n, a, p in curve]
        if typed(ctx, "top"):
            measured = measured._replace(errors=measured.errors[:top])
        plain = measured.to_dict(loaded) | ({"learning_curve": more} if more else {})
        typer.echo(writers.json_line(plain))
    else:
        tellers.evaluation(console, measured, loaded, top)
        tellers.learning_curve(console, curve)
    raise typer.Exit(UNREADABLE if found.problems else DONE)


def _alone(ctx: typer.Context, data: list[Path]) -> None:
    """Refuse what the suite of capabilities has no use for."""
    used = (None, "capabilities", "data", "as_json", "top", "model")
    idle = [p.opts[0] for p in ctx.command.params if p.name not in used and typed(ctx, p.name)]
    if idle:
        raise MisinfoError(f"leave out {', '.join(idle)}: --capabilities takes the suite as it is")
    if len(data) > 1:
        raise MisinfoError("--capabilities takes one folder: measure one suite after the other")


def _seen(model: Model, paths: list[Path]) -> None:
    """Say when a model learned from the files that it is measured on."""
    learned = {data["sha256"] for data in model.settings.get("training", {}).get("data", ())}
    for path in paths:
        if path.is_file() and sha256(path) in learned:
            remark(
                "warning",
                f"{model.settings['name']} was trained on {path}: figures on it flatter the model. "
                "Those of its card are out of fold: misinfo info --card",
            )


def _capabilities(
    console: writers.Console, model: Model, folder: Path, as_json: bool, top: int
) -> None:
    from . import capabilities as suites

    if not folder.exists():
        raise MisinfoError(
            f"no folder {folder}: name that of the suite, which lies in {SUITE} of a checkout of "
            "misinfo and is not installed"
        )
    suite = suites.read_capabilities(folder)
    found = suites.capabilities(model, suite, suites.floors(folder))
    whole = suites.suite_figures(model, suite)
    low = [one.name for one in found if one.low]
    if as_json:
        typer.echo(
            writers.json_line(
                {
                    "figures": {name: list(value) for name, value in whole.items()},
                    "capabilities": {
                        one.name: {"n": one.n, "passed": list(one.passed), "floor": one.floor}
                        for one in found
                    },
                }
            )
        )
    else:
        tellers.capabilities(console, found, whole, top)
    if low:
        complain(f"under the floor: {', '.join(low)}")
        raise typer.Exit(FOUND)


def compare(
    ctx: typer.Context,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A model folder.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Another.")],
    data: Annotated[list[Path], typer.Argument(metavar="DATA...", help="Labelled data.")],
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    positive: Positive = None,
    group_column: GroupColumn = None,
    unit: Unit = None,
    by: By = None,
    tolerance: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            callback=number,
            help="Loss that is still accepted: of AUC, and of F1 at the threshold.",
        ),
    ] = 0.0,
    as_json: Json = False,
    top: Annotated[int, typer.Option(min=0, help="How many flipped texts to show.")] = 5,
) -> None:
    """Say whether a new model is better than an old one.

    Exit 1 when it is worse, 3 when rows could not be used; 0 when it is better, when that is mixed,
    and when it cannot tell. Two things are judged: the ranking (AUC), and the verdicts at each
    model's threshold (F1, with McNemar's test).
    """
    from . import comparison, labels

    models = load(old), load(new)
    learned = [model.settings.get("training") or {} for model in models]
    found = labelled(ctx, data, learned[0] if learned[0].get("options") else learned[1])
    tell(found)
    told, taken = learned[1].get("options", {}), found.options
    if not positive and "positive" in told and taken:
        name = taken["label_column"]
        present = list(dict.fromkeys(labels.mark(row.get(name)) for row in found.columns))
        meant = labels.learned(present, name, told) or told["positive"]
        if {*meant} != {*taken["positive"]}:
            what = f"{' or '.join(meant)} overstated, and is measured on"
            remark("warning", f"NEW learned to call {what} {' or '.join(taken['positive'])}")
    for model in models:
        _seen(model, data)
    result = comparison.compare(*models, found, by=by or (), unit=unit)
    if as_json:
        plain = result.to_dict()
        if typed(ctx, "top"):
            plain |= {name: plain[name][:top] for name in ("fixed", "broken")}
        typer.echo(writers.json_line(plain))
    else:
        tellers.comparison(writers.Console(), result, top)
    if found.problems:
        raise typer.Exit(UNREADABLE)
    raise typer.Exit(FOUND if result.loses(tolerance) else DONE)
