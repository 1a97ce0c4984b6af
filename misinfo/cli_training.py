"""Commands for those who train: train, check, suggest, export."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.markup import escape

from . import tables, tellers, writers
from .cli_options import (
    DONE,
    FOUND,
    UNREADABLE,
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
    remark,
    say,
    stoppable,
    tell,
    typed,
)
from .errors import DataError, MisinfoError, ModelError, needed, plural
from .formats import Chunk
from .metrics import Estimate, rounded_up
from .model import Model, load
from .outputs import placed, writable
from .storage import vacant
from .writers import Console, clean

if TYPE_CHECKING:
    from .rows import Row

MMAP_THRESHOLD = -3  # glibc's number for it; bytes from which an array is mapped by itself
FEW = 10  # rows of one kind, under which its head is a guess


def train(
    ctx: typer.Context,
    data: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="Labelled data; the bundled claims by default."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The model folder to write; by default models/overstated-cure, or models/ and the "
            "name of the first FILE.",
        ),
    ] = None,
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
    search: Annotated[
        bool,
        typer.Option("--search", help="Choose n-grams, their weights and C; takes longer."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and audit the data, and say what would be done.")
    ] = False,
) -> None:
    """Train, calibrate and measure a model on labelled data.

    Exit code 3 when rows could not be used.
    """
    name = data[0].name.removesuffix(".gz").removesuffix(".zst") if data else "overstated-cure"
    output = output or Path("models", Path(name).stem)
    writable(output)
    _fresh(output, force or dry_run)
    vacant(output)
    _hand_back_memory()
    from rich.progress import Progress

    from . import training
    from .audit import audit, conflicts
    from .splitting import FOLDS
    from .validation import with_weight

    console = Console(stderr=True)
    paths = data or training.default_data()
    found = labelled(ctx, paths)
    own, _ = with_weight(found.rows, found.weights)
    if with_default:
        if not set(training.default_data()).isdisjoint(path.resolve() for path in paths):
            raise MisinfoError("the bundled claims are read already: leave out --with-default")
        console.print("reading the bundled claims and articles")
        found = training.with_default(found)
        paths = [*paths, *training.default_data()]
    tell(found)
    rows, _ = with_weight(found.rows, found.weights)
    if data:
        console.print(f"looking for duplicates, conflicts and leaks in {len(own):,} rows")
        for check_ in audit(own):
            if check_.passed is False:
                note = f"{check_.name}: {check_.shown} {check_.unit}"
                _note(note, check_.found if check_.name == "conflicting labels" else ())
        if with_default:
            console.print("looking for the same texts in the bundled rows")
            if other := conflicts(own, rows[len(own) :]):
                _note(f"{len(other):,} texts have the other label in the bundled rows", other)
        for tag in found.tags:
            if (n := sum(tag in row.tags for row in rows)) < FEW:
                _note(f"only {n} rows have {clean(tag)}: its head will know little")
    bad = sum(row.overstated for row in rows)
    say(
        f"{len(rows):,} rows, {bad:,} of them overstated, one {found.unit} each; heads: "
        f"{clean(', '.join(('overstated', *found.tags)))}"
    )
    training.enough(_telling(rows))
    if (n := Counter(row.group for row in rows).most_common(1)[0][1]) * FOLDS > len(rows):
        remark(
            "warning",
            f"one group holds {n:,} of {len(rows):,} rows, and is never split: thresholds and "
            "figures will be those of models that learned from few rows. Groups that share a text "
            "are one: leave out repeated texts, or name another --group-column",
        )
    if dry_run:
        there = " (it exists: with --force)" if output.exists() and not force else ""
        how = ", after a search for the recipe" if search else ""
        say(f"nothing written; without --dry-run: {output}{there}{how}")
        raise typer.Exit(UNREADABLE if found.problems else DONE)
    shown = console.is_terminal and console.file.isatty()  # FORCE_COLOR alone is for colours
    with Progress(console=console, disable=not shown) as progress:
        task = progress.add_task("reading", total=None)

        def advance(done: int, total: int, what: str) -> None:
            progress.update(task, completed=done, total=total, description=escape(clean(what)))
            if not shown:
                say(f"{done}/{total} {clean(what)}")

        model = training.train(
            paths, labelled=found, name=output.name, search=search, progress=advance
        )
    try:
        model.save(output, replace=force)
    except ModelError as error:  # what took minutes is not lost
        raise MisinfoError(f"{error}; the new model is in {_beside(output, model)}") from error
    typer.echo(clean(f"wrote {output}\n\n{model.parts.card}"))
    if doubts := _doubts(model.settings["metrics"]["all"]):
        remark(
            "warning",
            f"out of fold the model {' and '.join(doubts)}. Do rows belong together (pairs, "
            "threads, one author)? Name their column with --group-column; and try more rows",
        )
    raise typer.Exit(UNREADABLE if found.problems else DONE)


def _doubts(figures: Mapping[str, Any]) -> list[str]:
    """Return what speaks against using a model, by its figures out of fold."""
    auc, doubts = Estimate(*figures["auc"]), []
    if auc.low <= 0.5:
        doubts.append(f"is not shown to rank better than chance, 0.5 (AUC {auc})")
    if figures["recall"][0] == 0:
        doubts.append("flags none of the overstated rows (recall 0)")
    return doubts


def _note(what: str, places: Sequence[str] = ()) -> None:
    """Say what an audit found, and the first places."""
    say(f"note: {what}")
    for place in places[:5]:
        say(f"  {clean(place)}")


def _fresh(output: Path, force: bool) -> None:
    """Refuse to write over what exists, unless that is wanted."""
    if (output.is_dir() or output.is_file()) and not force:  # pipes and devices lose nothing
        raise MisinfoError(f"{output} exists already: name another with -o, or add --force")


def _beside(output: Path, model: Model) -> Path:
    """Save a model under the next name that is free, and return it."""
    for number in count(2):
        place = Path(f"{output.resolve()}-{number}")
        try:
            model.save(place, replace=False)
            break
        except ModelError:
            if not place.exists():
                raise
    return place


def _telling(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that something can be learned from: they have a word."""
    return [row for row in rows if re.search(r"\w", row.text)]


def _hand_back_memory() -> None:
    """Have glibc return large arrays to the system as soon as they are freed."""
    with suppress(OSError, AttributeError):  # elsewhere nothing needs to be done
        ctypes.CDLL("libc.so.6").mallopt(MMAP_THRESHOLD, 1 << 22)


def check(
    ctx: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="Labelled data; the bundled claims by default."),
    ] = None,
    text_column: TextColumn = None,
    label_column: LabelColumn = None,
    positive: Positive = None,
    group_column: GroupColumn = None,
    as_json: Json = False,
    top: Annotated[int, typer.Option(min=0, help="How many places to show for each check.")] = 5,
) -> None:
    """Audit labelled data: exit 1 when limits or rows fail.

    It looks at the schema, and for duplicates, conflicts, leaks, templates and doubtful labels.
    """
    from . import training
    from .audit import audit
    from .labelled import read_own
    from .labels import mark

    paths = files or training.default_data()
    try:
        found = labelled(ctx, paths)
    except DataError as error:
        sound = read_own(paths, strict=False)
        if sound is None or not sound.rows:
            if as_json:
                typer.echo(writers.json_line({"problems": list(error.problems)}))
            else:
                complain(error)
            raise typer.Exit(FOUND) from error
        found = sound
    checks = audit(found.rows)
    overstated = sum(row.overstated for row in found.rows)
    labels = {"overstated": overstated, "measured": len(found.rows) - overstated}
    if as_json:
        plain = [check_.to_dict() for check_ in checks]
        if typed(ctx, "top"):
            plain = [one | {"found": one["found"][:top]} for one in plain]
        column = found.options.get("label_column", "label")
        report = {
            "rows": len(found.rows),
            "labels": labels,
            "labels_of_the_table": Counter(mark(row[column]) for row in found.columns),
            "problems": found.problems,
            "notes": found.notes,
            "options": found.options,
            "checks": plain,
        }
        typer.echo(writers.json_line(report))
    else:
        tell(found)
        tellers.audit(Console(), labels, checks, top)
    if found.problems or any(check_.passed is False for check_ in checks):
        raise typer.Exit(FOUND)


def suggest(
    data: Annotated[Path, typer.Argument(metavar="FILE", help="A table of unlabelled texts.")],
    n: Annotated[int, typer.Option("-n", min=1, help="How many to pick.")] = 200,
    output: Annotated[str, typer.Option("--output", "-o", help="The table to write.")] = "-",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    text_column: TextColumn = None,
    model: ModelOption = None,
) -> None:
    """Pick the texts whose labels would teach the model most.

    Those of which it is least sure, nearest to a probability of one half, and unlike each other,
    are written ready for labelling. Rows keep their id, or are called new-N after the number of
    their row. Exit code 3 when rows could not be used.
    """
    apart(output, [data])
    if output not in ("-", "/dev/stdout"):
        _fresh(Path(output), force)
    needed("sklearn")
    from . import suggesting

    ids, texts, left_out = suggesting.read_unlabelled(data, text_column)
    loaded = load(model)
    # what cannot be written is told before anything is scored
    with stoppable(), tables.written(output, "" if Path(output).suffix else ".csv") as write:
        picked = suggesting.suggest(loaded, texts, n)
        guesses = loaded.score_many(texts[i] for i in picked)
        chosen = [
            {
                "id": ids[i],
                "text": texts[i],
                "label": "",
                "tags": "",
                "guess": "overstated" if guess.overstated else "measured",
                "probability": round(guess.probability, 4),
            }
            for i, guess in zip(picked, guesses, strict=True)
        ]
        write(Chunk(chosen, [""] * len(chosen)))
    if len(chosen) < min(n, len(texts)):
        what = f"{len(chosen):,} picked of {len(texts):,} texts"
        remark("note", f"{what}: the other uncertain ones are too much like these")
    if left_out:
        more = f"; and {len(left_out) - 5:,} more" if len(left_out) > 5 else ""
        rows_were = f"{plural(len(left_out), 'row')} {'was' if len(left_out) == 1 else 'were'}"
        complain(f"{rows_were} left out: {'; '.join(left_out[:5])}{more}")
        raise typer.Exit(UNREADABLE)


def export(
    model: Annotated[
        Path | None, typer.Argument(metavar="MODEL", help="The bundled one by default.")
    ] = None,
    format: Annotated[
        Literal["joblib"], typer.Option("--format", "-f", help="How to write.")
    ] = "joblib",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; MODEL.joblib by default.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
) -> None:
    """Write the model as a scikit-learn pipeline.

    It loads without misinfo, and says overstated or measured: heads of tags, and of several labels,
    are left out. It does not undo disguises, which is misinfo's own step: look-alike letters,
    letters set apart, web addresses, marks of Markdown, tags of HTML, but also curly quotation
    marks and apostrophes, dashes, ligatures, fractions and signs such as ™. On plain text it gives
    the same sentence numbers; give it other text through misinfo.disguises.undisguise. Its predict
    says overstated from 0.5: compare predict_proba with the threshold, which is told.
    """
    needed("sklearn")
    import joblib

    loaded = load(model)
    output = output or Path(f"{loaded.path.name if loaded.path else 'model'}.joblib")
    if output.is_dir():
        raise MisinfoError(f"{output} is a folder: name a file, such as -o {output}/model.joblib")
    _fresh(output, force)
    apart(output, loaded.path.iterdir() if loaded.path else ())
    pipeline = loaded.to_pipeline()
    pipeline.steps = [step for step in pipeline.steps if step[0] != "undisguise"]
    with placed(output) as file:
        joblib.dump(pipeline, file, compress=3)
    if loaded.tags:
        remark("note", f"without the heads {', '.join(loaded.tags)}: it says overstated or not")
    whole = loaded.reader.whole
    if (limit := loaded.threshold if whole else loaded.sentence_threshold) != 0.5:
        what = f"predict of the pipeline cuts at 0.5, misinfo flags from {rounded_up(limit)}"
        remark("note", f"{what}: compare predict_proba with that")
    typer.echo(f"wrote {output}; load it with joblib.load, and only where you trust the file")
