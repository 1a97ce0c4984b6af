"""From arrays of numbers to what users see: records, and columns of probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .reading import NO_WORDS, STRANGE, Reader, Reading
from .records import Explainer, Score, Sentence


def scores(
    reader: Reader,
    reading: Reading,
    threshold: float,
    sentence_threshold: float,
    explainer: Explainer,
) -> Iterator[Score]:
    """Return what a reading says of each document.

    Parameters
    ----------
    reader : Reader
        What made the reading.
    reading : Reading
        Of some documents.
    threshold, sentence_threshold : float
        Probabilities from which a document with a flagged sentence is called overstated, and from
        which a sentence is flagged.
    explainer : Explainer
        What says why a sentence has its number, when it is asked.

    Yields
    ------
    Score
        One for each document, in order.

    Examples
    --------
    >>> import misinfo
    >>> model = misinfo.load()
    >>> reading = model.reader.read(["Open daily.", ""])
    >>> [len(score.sentences) for score in scores(model.reader, reading, 0.5, 0.5, model)]
    [1, 0]
    """
    tags = reader.flagged(reading, sentence_threshold)
    verdicts = reading.overstated(threshold, sentence_threshold).tolist()
    made_by = maker(reader.settings)
    floor = reader.settings["known_floor"]
    shares, doubts = reading.known().tolist(), reading.doubts(floor)
    probabilities, bounds, begin = reading.probabilities.tolist(), reading.bounds.tolist(), 0
    for number, document in enumerate(reading.documents):
        first, begin = begin, begin + int(reading.lengths[number])
        share = shares[number]
        probability = float(reading.pooled[number])
        yield Score(
            probability,
            verdicts[number],
            threshold,
            sentence_threshold,
            tuple(
                Sentence(
                    document[start:end],
                    start,
                    end,
                    probabilities[n],
                    n in tags,
                    reader.named(tags[n]) if n in tags else (),
                    explainer,
                    tags.get(n),
                )
                for n, (start, end) in enumerate(bounds[first:begin], first)
            ),
            share,
            tuple(_warnings(doubts[number], share, floor)),
            made_by,
            document,
        )


def two_columns(parts: Iterable[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return probabilities as scikit-learn's classifiers do.

    Parameters
    ----------
    parts : iterable of ndarray of float64
        Probabilities of overstated, piece by piece.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        Of measured, and of overstated.

    Examples
    --------
    >>> two_columns([np.array([0.25]), np.array([1.0])])
    array([[0.75, 0.25], [0.  , 1.  ]])
    """
    probabilities = np.concatenate([np.empty(0), *parts])
    return np.column_stack([1 - probabilities, probabilities])


def maker(settings: Mapping[str, Any]) -> str:
    """Return what a score says of the model that made it.

    Parameters
    ----------
    settings : mapping
        Of the model.

    Returns
    -------
    str
        Its name, and the day of its training where that is known.

    Examples
    --------
    >>> maker({"name": "mine", "training": {"date": "2026-01-31"}}), maker({"name": "mine"})
    ('mine of 2026-01-31', 'mine')
    """
    date = (settings.get("training") or {}).get("date")
    return f"{settings['name']} of {date}" if date else str(settings["name"])


def _warnings(doubt: str, known: float, floor: float) -> Iterator[str]:
    if doubt == NO_WORDS:
        yield "there are no words in this text"
    elif doubt:
        yield (
            f"{STRANGE} ({int(100 * known)}%, fewer than {100 * floor:g}%): the text may not be "
            "English, not be prose, or be disguised; read it, and do not rely on the number"
        )
