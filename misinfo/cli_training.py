"""Commands for those who train: train, check, evaluate, compare, suggest, export."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from . import tables, tellers, writers
from .cli_options import DONE, FOUND, UNREADABLE, ModelOption, complain
from .errors import DataError, MisinfoError
from .formats import Chunk
from .metrics import Estimate
from .model import load

TextColumn = Annotated[str | None, typer.Option(help="Column of texts, guessed by default.")]
LabelColumn = Annotated[str | None, typer.Option(help="Column of labels, guessed by default.")]
Positive = Annotated[
    list[str] | None,
    typer.Option("--positive", help="Label that counts as overstated; may be given several times."),
]
GroupColumn = Annotated[
    str | None, typer.Option(help="Column of groups that are never on both sides of a split.")
]
Unit = Annotated[str | None, typer.Option(help="What a row is: sentence or document.")]
By = Annotated[list[str] | None, typer.Option("--by", help="Column to slice by; several times.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line.

    Parameters
    ----------
    app : typer.Typer
        The whole command line.
    """
    for command in (train, check, evaluate, compare, suggest, export):
        app.command()(command)


def _training() -> ModuleType:
    try:
        return import_module(".training", __package__)
    except ImportError as error:
        raise MisinfoError(
            f"this needs scikit-learn ({error}): pip install 'misinfo[train]'"
        ) from error


def _labelled(paths: list[Path], unit: str | None, **columns: Any) -> Any:
    if unit not in (None, "sentence", "document"):
        raise MisinfoError(f"--unit is sentence or document, not {unit!r}")
    from .labelled import read_labelled

    return read_labelled(paths, unit=unit, **columns)


def _tell(found: Any) -> None:
    """Say what was read and guessed, and what could not be used."""
    console = Console(stderr=True, highlight=False)
    for note in found.notes:
        console.print(note, soft_wrap=True)
    for problem in found.problems[:20]:
        complain(problem)
    if len(found.problems) > 20:
        complain(f"and {len(found.problems) - 20} more rows that could not be used")


def train(
    data: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Labelled data; the bundled claims by default."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The model folder to write.")
    ] = Path("models/overstated-cure"),
    force: Annotated[bool, typer.Option("--force", help="Replace a folder that exists.")] = False,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    positive: Positive = None,
    group_column: GroupColumn = None,
    tags_column: Annotated[
        str | None, typer.Option(help="Column of kinds, split at | or ,.")
    ] = None,
    weight_column: Annotated[str | None, typer.Option(help="Column of weights.")] = None,
    unit: Unit = None,
    with_default: Annotated[
        bool, typer.Option("--with-default", help="Learn from the bundled claims too.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and audit the data, and say what would be done.")
    ] = False,
) -> None:
    """Train, calibrate and measure a model on labelled data of any shape."""
    if output.exists() and not force and not dry_run:
        raise MisinfoError(f"{output} exists already: name another with -o, or add --force")
    training = _training()
    from rich.progress import Progress

    from .audit import audit

    console = Console(stderr=True, highlight=False)
    paths = data or training.default_data()
    found = _labelled(
        paths,
        unit,
        text_column=text_column,
        label_column=label_column,
        positive=positive or (),
        group_column=group_column,
        tags_column=tags_column,
        weight_column=weight_column,
    )
    if with_default:
        found = training.with_default(found)
        paths = [*paths, *training.default_data()]
    _tell(found)
    if data:
        for check_ in audit(found.rows):
            if not check_.passed:
                console.print(
                    f"note: {check_.name}: {check_.value:.3g} {check_.unit}", soft_wrap=True
                )
    bad = sum(row.overstated for row in found.rows)
    console.print(
        f"{len(found.rows):,} rows, {bad:,} of them overstated, one {found.unit} each; heads: "
        f"{', '.join(('overstated', *found.tags))}",
        soft_wrap=True,
    )
    if dry_run:
        return
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("reading", total=None)

        def tell(done: int, total: int, what: str) -> None:
            progress.update(task, completed=done, total=total, description=what)
            if not console.is_terminal:
                console.print(f"{done}/{total} {what}", soft_wrap=True)

        model = training.train(paths, labelled=found, name=output.name, progress=tell)
    model.save(output)
    typer.echo(f"wrote {output}\n\n{model.parts.card}")
    raise typer.Exit(UNREADABLE if found.problems else DONE)


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Labelled data; the bundled claims by default."),
    ] = None,
    as_json: Json = False,
    top: Annotated[int, typer.Option(min=0, help="How many places to show for each check.")] = 5,
) -> None:
    """Audit labelled data: schema, duplicates, conflicts, leaks, templates, doubtful labels.

    Exit code 1 when a limit is broken.
    """
    training = _training()
    from .audit import audit

    try:
        found = _labelled(files or training.default_data(), None)
    except DataError as error:
        if as_json:
            typer.echo(writers.plain({"problems": list(error.problems)}))
        else:
            complain(error)
        raise typer.Exit(FOUND) from error
    checks = audit(found.rows)
    if as_json:
        plain = [check_.to_dict() for check_ in checks]
        report = {"rows": len(found.rows), "problems": found.problems, "checks": plain}
        typer.echo(writers.plain(report))
    else:
        for problem in found.problems:
            complain(problem)
        tellers.audit(Console(highlight=False), len(found.rows), checks, top)
    if found.problems or not all(check_.passed for check_ in checks):
        raise typer.Exit(FOUND)


def evaluate(
    data: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="Labelled data, or the suite.")
    ] = None,
    capabilities: Annotated[
        bool, typer.Option("--capabilities", help="Take the suite of named capabilities instead.")
    ] = False,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    positive: Positive = None,
    group_column: GroupColumn = None,
    unit: Unit = None,
    by: By = None,
    report: Annotated[
        Path | None, typer.Option(help="Write a report with plots, one HTML file.")
    ] = None,
    as_json: Json = False,
    top: Annotated[int, typer.Option(min=0, help="How many of the worst errors to show.")] = 10,
    model: ModelOption = None,
) -> None:
    """Measure a model on labelled data, or on the suite of capabilities (exit 1 under a floor)."""
    loaded = load(model)
    console = Console(highlight=False)
    if capabilities:
        _capabilities(console, loaded, (data or [Path("tests/capabilities")])[0], as_json, top)
        return
    if not data:
        raise MisinfoError("name a file of labelled data, or add --capabilities")
    from . import evaluation

    found = _labelled(
        data,
        unit,
        text_column=text_column,
        label_column=label_column,
        positive=positive or (),
        group_column=group_column,
    )
    _tell(found)
    measured = evaluation.evaluate(loaded, found, by=by or ())
    texts = [row.text for row in found.rows]
    if report:
        try:
            from .plots import report_page
        except ImportError as error:
            raise MisinfoError(
                f"a report needs matplotlib ({error}): pip install 'misinfo[train]'"
            ) from error
        writers.whole(report, report_page(loaded, measured, found))
    if as_json:
        typer.echo(writers.plain(measured.to_dict()))
    else:
        tellers.evaluation(console, measured, texts, loaded, top)
    raise typer.Exit(UNREADABLE if found.problems else DONE)


def _capabilities(console: Console, model: Any, folder: Path, as_json: bool, top: int) -> None:
    from . import capabilities as suites

    suite = suites.read_capabilities(folder)
    found = suites.capabilities(model, suite, suites.floors(folder))
    whole = suites.suite_figures(model, suite)
    low = [one for one in found if one.passed.value < one.floor]
    if as_json:
        typer.echo(
            writers.plain(
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
        table = Table("capability", "n", "passed", "AUC", "floor", box=None, header_style="dim")
        for one in sorted(found, key=lambda one: one.passed.value):
            style = "bold red" if one in low else ""
            auc = "" if one.auc != one.auc else f"{one.auc:.3f}"
            table.add_row(
                one.name, str(one.n), str(one.passed), auc, f"{one.floor:.2f}", style=style
            )
        console.print(table)
        tellers.figures(console, whole)
        for one in low:
            for case in one.failed[:top]:
                console.print(f"{one.name}: {case.text}", soft_wrap=True, markup=False)
    if low:
        complain(f"under the floor: {', '.join(one.name for one in low)}")
        raise typer.Exit(FOUND)


def compare(
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
        float, typer.Option(min=0, help="Loss of AUC that is still accepted.")
    ] = 0.0,
    as_json: Json = False,
    top: Annotated[int, typer.Option(min=0, help="How many flipped texts to show.")] = 5,
) -> None:
    """Say whether a new model is better than an old one; exit 1 when it is worse."""
    from . import comparison

    found = _labelled(
        data,
        unit,
        text_column=text_column,
        label_column=label_column,
        positive=positive or (),
        group_column=group_column,
    )
    _tell(found)
    result = comparison.compare(load(old), load(new), found, by=by or ())
    if as_json:
        typer.echo(writers.plain(result.to_dict()))
    else:
        tellers.comparison(Console(highlight=False), result, [r.text for r in found.rows], top)
    difference: Estimate = result.differences["auc"]
    if result.verdict == "worse" and difference.value < -tolerance:
        raise typer.Exit(FOUND)


def suggest(
    data: Annotated[Path, typer.Argument(metavar="FILE", help="A table of unlabelled texts.")],
    n: Annotated[int, typer.Option("-n", min=1, help="How many to pick.")] = 200,
    output: Annotated[str, typer.Option("--output", "-o", help="The table to write.")] = "-",
    text_column: TextColumn = None,
    model: ModelOption = None,
) -> None:
    """Pick the texts whose labels would teach the model most, ready for labelling."""
    _training()
    from . import comparison

    rows = [
        row
        for chunk in tables.read(str(data))
        for row, error in zip(chunk.rows, chunk.errors, strict=True)
        if not error
    ]
    name = text_column or tables.text_column(rows)
    tables.column(rows, name)
    rows = [row for row in rows if isinstance(row.get(name), str) and row[name].strip()]
    loaded = load(model)
    texts = [row[name] for row in rows]
    picked = comparison.suggest(loaded, texts, n)
    guesses = loaded.predict_proba([texts[i] for i in picked])[:, 1].tolist()
    chosen = [
        {
            "id": f"new-{i + 1}",
            "text": texts[i],
            "label": "",
            "tags": "",
            "guess": "overstated" if guess >= loaded.threshold else "measured",
            "probability": round(guess, 4),
        }
        for i, guess in zip(picked, guesses, strict=True)
    ]
    with tables.written(output, "" if tables.is_table(output) else ".csv") as write:
        write(Chunk(chosen, [""] * len(chosen)))


def export(
    model: Annotated[
        Path | None, typer.Argument(metavar="[MODEL]", help="The bundled one by default.")
    ] = None,
    format: Annotated[str, typer.Option("--format", "-f", help="joblib.")] = "joblib",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; MODEL.joblib by default.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Write the model as a scikit-learn pipeline that loads without misinfo.

    The pipeline does not undo disguises (look-alike letters, letters set apart): that is misinfo's
    own step. On other text it gives the same sentence numbers.
    """
    if format != "joblib":
        raise MisinfoError(f"unknown format {format!r}: the only one is joblib")
    _training()
    import joblib

    loaded = load(model)
    output = output or Path(f"{loaded.path.name if loaded.path else 'model'}.joblib")
    if output.exists() and not force:
        raise MisinfoError(f"{output} exists already: name another with -o, or add --force")
    pipeline = loaded.to_pipeline()
    pipeline.steps = [step for step in pipeline.steps if step[0] != "undisguise"]
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.resolve().parent) as folder:
        joblib.dump(pipeline, Path(folder) / "pipeline", compress=3)
        (Path(folder) / "pipeline").replace(output)
    typer.echo(f"wrote {output}; load it with joblib.load, and only where you trust the file")
