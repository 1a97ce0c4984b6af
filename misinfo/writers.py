"""What a person or a program gets to see of a score."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from rich import console as rich_console
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from .errors import called, plural
from .explaining import WORD
from .marking import CAREFUL, CONTROL, INVENTED, clipped, unpointed
from .outputs import placed
from .policy import Aside
from .records import Document, Example, Explanation, Score, Sentence, Term

BAR = 24
NARROW = 30
"""Columns of a terminal under which nothing is wrapped here: no word would be left whole."""
_UNBOUNDED = 1_000_000  # columns, so that a table in a file is never cut off


class Console(rich_console.Console):
    """A console that shows what others wrote as it is, and on which it steers nothing.

    Parameters
    ----------
    **options
        As Rich's, which by itself takes ``:100:`` for a picture and colours numbers.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"emoji": False, "highlight": False, **options})

    def render(
        self,
        renderable: rich_console.RenderableType,
        options: rich_console.ConsoleOptions | None = None,
    ) -> Iterator[Segment]:
        """Render as ever, with signs that steer replaced.

        Parameters
        ----------
        renderable : str, Text, Table or other
            Styles and what moves the cursor of a progress bar are Rich's own, and stay.
        options : ConsoleOptions, optional
            Such as the width.

        Yields
        ------
        Segment
            Of one style.

        Examples
        --------
        >>> Console(width=80).print("tea\\x1b[2J", markup=False)
        tea�[2J
        """
        for part in super().render(renderable, options):
            yield part if part.control else part._replace(text=clean(part.text))


def terminal(
    console: Console,
    document: Document,
    score: Score,
    top: int,
    asides: Sequence[Aside] = (),
    below: int = 0,
) -> None:
    """Print a score for people to read.

    Parameters
    ----------
    console : Console
        Colours are left out when it is not a terminal.
    document : Document
        What was scored.
    score : Score
        What the model says of it.
    top : int
        How many findings to show, worst first, and how many of the others.
    asides : sequence of Aside
        What more was allowed or ignored.
    below : int, default 0
        How many sentences more are flagged, but below the severity that was asked for.

    Examples
    --------
    >>> import misinfo
    >>> document = Document("tea.txt", "Open daily. Our tea cures cancer, guaranteed.")
    >>> terminal(Console(width=80), document, misinfo.score(document.text), top=1)
    tea.txt
      OVERSTATED ...
    """
    console.print(Text(clean(called(document.name)), style="bold"), soft_wrap=True)
    verdict = (
        (" OVERSTATED ", "bold white on red")
        if score.overstated
        else (" measured ", "black on green")
    )
    count = f"{len(score.findings):,} of {plural(len(score.sentences), 'sentence')} flagged"
    count += f", {below:,} below --min-severity" if below else ""
    console.print(
        Text.assemble(
            " ",
            verdict,
            " ",
            bar(score.probability, console.encoding),
            f" {score.probability:.2f}",
            (f"  threshold {score.threshold:.2f}, {count}", "dim"),
        ),
        soft_wrap=True,
    )
    if reason := unpointed(score):
        console.print(Text(f"  {reason}", style="dim"), soft_wrap=True)
    for warning in score.warnings:
        console.print(Text.assemble("  ", ("note: ", "bold yellow"), warning), soft_wrap=True)
    for finding in score.findings[:top]:
        head = Text.assemble(
            "\n  ",
            (f"{finding.probability:.2f}", "bold red"),
            (f"  {clean(str(document.place(finding.start)))}  ", "dim"),
            (", ".join(finding.named), "cyan"),
        )
        console.print(head, soft_wrap=True)
        indented(console, highlighted(finding))
        indented(console, Text(", ".join(map(weighed, finding.terms[:5])), style="dim"))
    if len(score.findings) > top:
        console.print(
            Text(
                f"\n  and {len(score.findings) - top} more: --top {len(score.findings)}",
                style="dim",
            ),
            soft_wrap=True,
        )
    if asides:
        told = f"\n  {len(asides)} more allowed or ignored"
        console.print(Text(told, style="dim"), soft_wrap=True)
    for aside in asides[:top]:
        finding, why = aside.finding, aside.reason or "no reason given"
        place = clean(str(document.place(finding.start)))
        told = f"  {finding.probability:.2f}  {place}  {aside.kind}: {clean(why)}"
        console.print(Text(told, style="dim"), soft_wrap=True)
        indented(console, Text(clean(" ".join(finding.text.split())), style="dim"))
    console.print()


def explanation(
    console: Console, found: Explanation, top: int, examples: Iterable[Example] = ()
) -> None:
    """Print why a sentence has its number.

    Parameters
    ----------
    console : Console
        Where to.
    found : Explanation
        What the model says of the sentence.
    top : int
        How many n-grams to list.
    examples : iterable of Example
        Claims like the sentence with their measured twins.

    Examples
    --------
    >>> import misinfo
    >>> explanation(Console(width=80), misinfo.load().explain("Tea cures gout."), top=3)
    <BLANKLINE>
      Tea cures gout.
    ...
    """
    console.print()
    indented(console, coloured(found.text, found.words))
    console.print(
        Text.assemble(
            "  ", bar(found.probability, console.encoding), f" {found.probability:.2f}\n"
        ),
        soft_wrap=True,
    )
    tags = ", ".join(f"{tag} {p:.2f}" for tag, p in list(found.tags.items())[:3])
    console.print(
        Text.assemble(("  kinds, if overstated: ", "dim"), (tags, "cyan")), soft_wrap=True
    )
    words = ", ".join(map(weighed, found.weightiest))
    console.print(Text.assemble(("  words that weigh most: ", "dim"), words), soft_wrap=True)
    table = Table("n-gram", "kind", "weight", box=None, padding=(0, 2), header_style="dim")
    for term in found.ngrams[:top]:
        weight = Text(f"{term.weight:+.3f}", style=_style(term.weight))
        table.add_row(Text(repr(term.text)), term.kind, weight)
    rest = sum(term.weight for term in found.ngrams[top:])
    others = f"{max(0, len(found.ngrams) - top)} others"
    table.add_row(Text(others, style="dim"), "", f"{rest:+.3f}")
    table.add_row(Text("intercept", style="dim"), "", f"{found.intercept:+.3f}")
    table.add_row(Text("log-odds", style="bold"), "", Text(f"{found.log_odds:+.3f}", style="bold"))
    width = console.width
    if not _wraps(console):
        console.width = _UNBOUNDED
    console.print(table)
    console.width = width
    reasons = {""}
    for number, example in enumerate(examples):
        if not number:
            console.print(Text(f"\n  {CAREFUL}", style="bold"))
            console.print(Text(f"  {INVENTED}", style="dim"), soft_wrap=True)
        for what, claim in (("a claim like it", example.claim), ("its twin", example.careful)):
            indented(console, Text.assemble((f"{what:<15}  ", "dim"), clean(claim)))
        if example.why not in reasons:
            indented(console, Text(example.why, style="dim"))
        reasons.add(example.why)


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """Open a file beside its place, and move it there when it is whole.

    Parameters
    ----------
    path : Path
        The file, as `outputs.placed` takes it.

    Yields
    ------
    file
        To write text to, in UTF-8.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with opened(Path(folder) / "new" / "list.txt") as file:
    ...         _ = file.write("tea")
    ...     (Path(folder) / "new" / "list.txt").read_text()
    'tea'
    """
    with (
        placed(path) as raw,
        io.TextIOWrapper(raw, "utf-8", errors="backslashreplace", newline="\n") as file,
    ):
        yield file


def highlighted(sentence: Sentence) -> Text:
    """Return a sentence with the words that tipped the scale in colour.

    Parameters
    ----------
    sentence : Sentence
        Of any score.

    Returns
    -------
    rich.text.Text
        The sentence as it stands in the document.

    Examples
    --------
    >>> import misinfo
    >>> highlighted(misinfo.score("It cures cancer.").sentences[0]).plain
    'It cures cancer.'
    """
    found = sentence.explanation
    if len(found.words) != len(WORD.findall(sentence.text)):  # a disguise joined or split words
        return coloured(found.text, found.words)
    return coloured(sentence.text, found.words)


def coloured(text: str, words: Iterable[Term]) -> Text:
    """Return a text whose words are coloured by their weights.

    Parameters
    ----------
    text : str
        The sentence.
    words : iterable of Term
        One for each of its words, in order, as an `Explanation` has them.

    Returns
    -------
    rich.text.Text
        Red and bold for overstated, green for measured, plain for near zero.

    Examples
    --------
    >>> coloured("Tea cures", [Term("Tea", 0.0), Term("cures", 2.0)]).spans[-1].style
    'bold red'
    """
    found = Text()
    for part, word in zip(re.findall(rf"(?:{WORD.pattern})\s*", text), words, strict=False):
        said = part.rstrip()
        found.append(clean(said), style=_style(word.weight))
        found.append(" " * (said != part))
    found.rstrip()
    return found


def bar(probability: float, encoding: str = "utf-8") -> Text:
    """Return a probability as a bar.

    Parameters
    ----------
    probability : float
        From 0 to 1.
    encoding : str, default "utf-8"
        Of the stream; where it has no blocks, the bar is of other signs.

    Returns
    -------
    rich.text.Text
        Of a fixed width.

    Examples
    --------
    >>> len(bar(0.25)) == len(bar(1.0))
    True
    """
    full = round(probability * BAR)
    style = "red" if probability >= 0.5 else "yellow" if probability >= 0.2 else "green"
    try:
        signs = "█░".encode(encoding).decode(encoding)
    except UnicodeError:
        signs = "#-"
    return Text.assemble((signs[0] * full, style), (signs[1] * (BAR - full), "dim"))


def json_line(value: Any) -> str:
    """Return a value as one line of JSON that any stream can carry.

    Parameters
    ----------
    value : dict or list
        Plain values.

    Returns
    -------
    str
        With letters as they are; lone surrogates are escaped, and a figure that there is not is
        null.

    Examples
    --------
    >>> json_line({"text": "µg", "auc": float("nan")})
    '{"text": "µg", "auc": null}'
    """
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        value = json.loads(json.dumps(value), parse_constant=lambda _: None)
        text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def weighed(term: Term) -> str:
    return f"{clean(clipped(term.text))} {term.weight:+.1f}"


def _style(weight: float) -> str:
    if weight >= 1:
        return "bold red"
    if weight >= 0.4:
        return "red"
    return "green" if weight <= -0.4 else ""


def indented(console: Console, text: Text) -> None:
    if _wraps(console):
        console.print(Padding(text, (0, 2, 0, 8)))
    else:
        console.print(Text("        ") + text, soft_wrap=True)


def _wraps(console: Console) -> bool:
    return console.is_terminal and console.width >= NARROW


def clean(text: str) -> str:
    """Return text that cannot steer the terminal."""
    return CONTROL.sub("\ufffd", text)
