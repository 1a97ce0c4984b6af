"""The model card: what a model is, from its settings and its measured figures."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from .errors import MisinfoError
from .metrics import Estimate
from .rows import Row
from .storage import sha256


def model_card(settings: Mapping[str, Any]) -> str:
    """Write the card of a model, for the people who must decide whether to use it.

    Parameters
    ----------
    settings : mapping
        What ``model.json`` holds, figures included.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> import misinfo
    >>> model_card(misinfo.load().settings).splitlines()[0]
    '# overstated-cure'
    """
    if "metrics" not in settings:
        return _unmeasured_card(settings)
    training = settings["training"]
    whole = settings.get("unit") == "document"  # a row is scored whole
    row_name = "texts" if whole else "sentences"
    bundled = training.get("bundled", True)
    number = training.get("left_out", 0)
    left_out = f"Rows of weight 0 that were left out: {number:,}. " if number else ""
    number = training.get("settings", {}).get("joined", 0)
    joined = (
        f"From {number:,} rows more that are three neighbours in one, at a weight of 0.3, since "
        "sentences of real pages are longer. "
        if number
        else ""
    )
    options = training.get("options")
    counted = "All rows count the same. " if options else ""
    if options and (column := options.get("weight_column")):
        counted = f"Rows count as much as column {column!r} says. "
    parts = [
        f"# {settings['name']}",
        "Scores health text for overstated-cure language: promises that go beyond what medicine "
        "can keep. It judges wording, not truth, and people least of all."
        if bundled
        else "Scores texts for what its labels call overstated: "
        f"{' '.join(training['labels'].split())}. It judges "
        "wording, not truth, and people least of all.",
        "## What it is",
        _what(settings)
        + (
            " Texts are scored whole."
            if whole
            else " Sentences are scored, documents are pooled from the generalised mean, with "
            "exponent 1/2, of the odds of their sentences"
            + (
                ", and from the mean probability of each class in them."
                if len(settings["pooling"]["weights"]) > 1
                else "."
            )
        ),
        "## What it learned from",
        f"{training['rows']:,} labelled {row_name}, {training['overstated']:,} of them overstated"
        + (f"; {training['articles']:,} whole documents" if training["articles"] else "")
        + f". {joined}{left_out}{counted}Trained on {training['date']} with "
        + ", ".join(f"{name} {number}" for name, number in training["versions"].items())
        + ".",
    ]
    if training["data"]:
        rows = [[data["name"], f"`{data['sha256']}`"] for data in training["data"]]
        parts.append(_table(["file", "sha256"], rows))
    if search := training.get("search"):
        parts += [
            "## How its recipe was chosen",
            f"Tried: {len(search['tried'])} recipes; objective: {search['objective']}. Chosen: "
            f"{search['chosen']}. The figures of this table flatter the winner; AUC and average "
            "precision in the tables of the next section do not: for those the search was run anew "
            "within each fold, where it chose "
            f"{'; '.join(sorted(set(search['chosen_in_each_fold'])))}. The other figures, and the "
            "thresholds, are of the recipe that was chosen, out of fold, and may flatter it a "
            "little.",
            _table(
                ["recipe", "average precision"],
                [[name, f"{value:.4f}"] for name, value in search["tried"].items()],
            ),
        ]
    parts += _how_good(settings, row_name, bundled)
    parts += _promises(settings, row_name, bundled)
    return "\n\n".join(parts) + "\n"


def _how_good(settings: Mapping[str, Any], row_name: str, bundled: bool) -> list[str]:
    """Return the section of figures."""
    figures, limits = settings["metrics"], settings["thresholds"]
    options, kept = settings["training"].get("options"), "rows of one group"
    if options:
        column = options.get("group_column")
        kept = f"{kept} (column {column!r})" if column else "rows of the same text"
    if bundled:
        pairs = "a pair of claims, or all sentences of a document,"
        kept = f"{kept}, {pairs}" if options else pairs
    columns = {
        "AUC": "auc",
        "average precision": "average_precision",
        "recall": "recall",
        "false-positive rate": "false_positive_rate",
        "calibration error": "calibration_error",
    }
    parts = [
        "## How good it is",
        f"Every figure is out of fold: five-fold cross-validation in which {kept} are always on "
        "the same side. Intervals are 95%, by bootstrap over those groups. Recall and "
        "false-positive rate are those at the threshold below, which was set on the same rows.",
        _table(
            [f"{row_name} of", "n", "overstated", *columns],
            [
                [name, f"{row['n']:,}", f"{row['overstated']:,}"]
                + [_estimate(row[key]) for key in columns.values()]
                for name in (("all", "claims", "articles") if bundled else ("all",))
                if (row := figures.get(name))
            ],
        ),
    ]
    if row := figures.get("documents"):
        parts.append(
            f"Documents (n = {row['n']:,}, {row['overstated']:,} of them overstated): AUC "
            f"{_estimate(row['auc'])}, recall {_estimate(row['recall'])}, calibration error "
            f"{row['calibration_error']:.3f}. Among sober documents the correlation between "
            f"length and score is {_correlation(row['length_correlation_sober'])}."
        )
    if figures["leave_one_genre_out"]:
        parts += [
            "Leave one genre of claims out: trained on everything else, tested on that genre. "
            "Small genres are left out several at a time.",
            _table(
                ["genre", "n", "overstated", "AUC"],
                [
                    [genre, f"{row['n']:,}", f"{row['overstated']:,}", _estimate(row["auc"])]
                    for genre, row in figures["leave_one_genre_out"].items()
                ],
            ),
        ]
    if figures["tags"]:
        parts += [
            "Tags, on the overstated rows:",
            _table(
                ["tag", "n", "average precision", "named from probability"],
                [
                    [
                        f"`{tag}`",
                        f"{row['n']:,}",
                        _estimate(row["average_precision"], "no row is without it"),
                        f"{limits['tags'][tag]:.2f}",
                    ]
                    for tag, row in figures["tags"].items()
                ],
            ),
        ]
    return parts


def _promises(settings: Mapping[str, Any], row_name: str, bundled: bool) -> list[str]:
    """Return the sections on thresholds, on mistakes and on use."""
    training, limits = settings["training"], settings["thresholds"]
    sentence, document = limits["sentence"], limits["document"]
    sober = (
        "sentences on health of sober documents" if training["articles"] else f"measured {row_name}"
    )
    quiet = "sober documents on health" if training["articles"] else sober
    whole = settings.get("unit") == "document"
    pointed = "" if whole else ", where a sentence of it is flagged"
    reached = "on how many sober ones was not measured, each row being one sentence."
    if "measured" in document:
        reached = f"{_percent(document['measured'])} of {document['n']:,} {quiet} reach it."
    return [
        "## What the thresholds promise",
        f"A sentence is flagged from probability {sentence['value']:.3f}: out of fold, "
        f"{_percent(sentence['measured'])} of {sentence['n']:,} {sober} reach it. A document is "
        f"called overstated from {document['value']:.3f}{pointed}: {reached}"
        f"{_elsewhere(sentence, document)}",
        "## What it gets wrong",
        "- It reads words, not the world: a true claim in a seller's voice is flagged, a false one "
        "in a sober voice is not.\n"
        "- Claims that are denied, quoted or taken back within a sentence, and claims that are "
        "only implied, are its hardest cases"
        + (
            ": see the implied claims and the boundary pairs above.\n"
            "- It was written and labelled by few authors, with the help of language models; "
            "names, products and institutions in it are invented. Labels were second-read in "
            "part: the data card says how far.\n"
            "- It knows English. On other languages the number means little, and a warning says "
            f"so, where fewer than {100 * settings['known_floor']:g}% of the n-grams are known."
            if bundled
            else ".\n- It knows what its labelled rows show, their accidents included: run "
            "`misinfo check` on them, and `misinfo evaluate` on rows from elsewhere."
        ),
        "## Fit for",
        "Sorting, moderation queues, research, and a first look at one's own copy. Not for "
        "diagnosis, fact checking, automatic sanctions, or verdicts on people.",
    ]


def _what(settings: Mapping[str, Any]) -> str:
    vectoriser, heads = settings["vectoriser"], len(settings["heads"]) - 1
    weight = vectoriser.get("char_weight", 1.0)
    less = f", a character n-gram weighing {weight:g} of a word n-gram" if weight != 1 else ""
    named = settings.get("classes", {"measured": []})
    says, why = "one logistic regression says overstated or not", "one for each of {} tags says why"
    if named["measured"]:
        why = "the log-odds of each of {} tags are linear in its scores"
        says = (
            "a multinomial logistic regression says which kind of measured wording it is "
            f"({', '.join(named['measured'])}), or "
            f"why it is overstated ({', '.join(named['overstated'])})"
        )
    words = f"word n-grams {orders(vectoriser['word_range'])}"
    characters = f"character n-grams {orders(vectoriser['char_range'])} within words"
    blocks = f"{words} and {characters}, {settings['n_words']:,} word n-grams among them{less}"
    if not settings["n_words"]:
        blocks = characters
    elif not settings.get("n_characters", True):
        blocks = f"{words}, {settings['n_words']:,} of them"
    return f"TF-IDF over {blocks}; {says}" + (f", and {why.format(heads)}." if heads else ".")


def _unmeasured_card(settings: Mapping[str, Any]) -> str:
    return (
        f"# {settings['name']}\n\nMade of a fitted scikit-learn pipeline. {_what(settings)} Texts "
        "are scored whole. What it learned from, and how often it is wrong, is not known: "
        "`misinfo evaluate` measures it. Its threshold "
        f"({settings['thresholds']['document']['value']:g}) was set by hand.\n"
    )


def unmeasured(name: str, threshold: float, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a model that was fitted elsewhere.

    Parameters
    ----------
    name : str
        What it calls itself.
    threshold : float
        Of texts and of sentences.
    found : mapping
        Keys ``n_words``, ``vectoriser`` and ``classes``; ``n_characters`` where it is known.

    Returns
    -------
    dict
        What ``model.json`` holds, without figures.

    Examples
    --------
    >>> unmeasured("mine", 0.5, {"n_words": 0, "vectoriser": {}, "classes": {}})["heads"]
    ['overstated']
    """
    limit = {"value": threshold}
    return {
        "name": name,
        "heads": ["overstated"],
        "classes": found["classes"],
        "unit": "document",
        "vectoriser": {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in found["vectoriser"].items()
        },
        "pooling": {"weights": [1.0], "intercept": 0.0},
        "thresholds": {"sentence": limit, "document": limit, "tags": {}},
        "known_floor": 0.0,  # nothing says which language it knows
        **{key: found[key] for key in ("n_words", "n_characters") if key in found},
    }


def orders(bounds: Sequence[int]) -> str:
    """Word the least and the greatest length of n-grams.

    Parameters
    ----------
    bounds : sequence of int
        Both.

    Returns
    -------
    str
        One number when they are equal.

    Examples
    --------
    >>> orders((1, 3)), orders((4, 4))
    ('1 to 3', '4')
    """
    return " to ".join(map(str, dict.fromkeys(bounds)))


def _estimate(value: Sequence[float] | None, why: str = "a label is missing") -> str:
    return f"unknown ({why})" if value is None else str(Estimate(*value))


def _correlation(value: float | None) -> str:
    return "unknown: they are too few, or too alike" if value is None else f"{value:.2f}"


def _elsewhere(sentence: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    if "elsewhere" not in sentence or "elsewhere" not in document:
        return ""
    lines, pages = sentence["elsewhere"], document["elsewhere"]
    return (
        f" Text about other things is flagged more often: {_percent(lines['measured'])} of "
        f"{lines['n']:,} such sentences, {_percent(pages['measured'])} of {pages['n']:,} such "
        "documents."
    )


def _percent(value: Sequence[float]) -> str:
    return f"{Estimate(*value):.2%}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    cells = ([" ".join(cell.split()).replace("|", r"\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def provenance(paths: Sequence[Path], data: Sequence[Row]) -> dict[str, Any]:
    """Record what a model is trained on, when, and with what.

    Call it before training: the files may change meanwhile.

    Parameters
    ----------
    paths : sequence of Path
        The files.
    data : sequence of Row
        What was read from them.

    Returns
    -------
    dict
        The environment variable ``SOURCE_DATE_EPOCH`` sets the date.

    Raises
    ------
    MisinfoError
        When that is no date.

    Examples
    --------
    >>> provenance([], [])["rows"]
    0
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", f"{datetime.now(UTC).timestamp():.0f}")
    try:
        moment = datetime.fromtimestamp(int(given), UTC)
    except (ValueError, OverflowError, OSError):
        raise MisinfoError(
            f"SOURCE_DATE_EPOCH is {given!r}, which is no date: set it to seconds since 1970, or "
            "unset it"
        ) from None
    return {
        "date": moment.date().isoformat(),
        "rows": len(data),
        "overstated": sum(row.overstated for row in data),
        "articles": len({row.article for row in data if row.article}),
        "data": [{"name": path.name, "sha256": sha256(path)} for path in _used(paths, data)],
        "versions": {
            "python": platform.python_version(),
            **{package: version(package) for package in ("misinfo", "numpy", "scikit-learn")},
        },
    }


def _used(paths: Sequence[Path], data: Sequence[Row]) -> list[Path]:
    """Return the files that rows are from; all of them when rows do not say where they are from."""
    parts = {f"{row.part}, " if row.part else "" for row in data}
    known = "" not in parts and parts
    return [
        path
        for path in paths
        if not known or any(part.startswith((f"{path}, ", f"{path.name}, ")) for part in parts)
    ]
