"""The model: score, explain, pool. NumPy only; scikit-learn is not needed to score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import records
from .disguises import exact, undisguise_all
from .errors import ModelError
from .explaining import explain
from .lazy import cached_property
from .parts import Parts
from .pooling import logistic
from .reading import Guard, Reader, chunks, within
from .scoring import scores, two_columns
from .storage import bundled, read_folder, state, write_folder
from .twins import Twins

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

DEFAULT = "overstated-cure"
Floats = NDArray[np.float64]
_LOADING = Guard()  # several threads that ask for a model at once get the same one
# One of each folder, the last that was asked for last.
_LOADED: dict[Path, tuple[list[tuple[int, ...]], Model]] = {}


class Model:
    """A trained model: what it knows is in its parts, what it promises in their settings.

    Parameters
    ----------
    parts : Parts
        Vocabulary, weights, settings and card.
    path : Path, optional
        The folder that it was read from. A pickled model is the name of its folder, which must
        then hold the same model; one without a folder is pickled whole.
    """

    def __init__(self, parts: Parts, path: Path | None = None) -> None:
        self.parts, self.path = parts, path
        self.settings = parts.settings
        self.reader = Reader(parts)
        self.tags, self.engine = self.reader.tags, self.reader.engine

    def __repr__(self) -> str:
        return f"<misinfo model {self.settings['name']!r}, {len(self.parts.vocabulary):,} n-grams>"

    def __reduce__(self) -> tuple[Any, ...]:
        if self.path is None:
            return Model, (self.parts,)
        if self.path == bundled("models") / DEFAULT:  # elsewhere it lies elsewhere
            return load, ()
        return load, (self.path,), self.parts.stamp

    def __setstate__(self, stamp: str) -> None:
        if self.parts.stamp != stamp:
            raise ModelError(f"{self.path} holds another model than the one that was pickled")

    def __deepcopy__(self, memo: object = None) -> Model:
        return self  # it is never changed

    __copy__ = __deepcopy__

    @property
    def threshold(self) -> float:
        """The probability from which a document is called overstated."""
        return self.reader.limits()[0]

    @property
    def sentence_threshold(self) -> float:
        """The probability from which a sentence is flagged."""
        return self.reader.limits()[1]

    def score(self, document: str, threshold: float | None = None) -> records.Score:
        """Score one text of any length.

        Parameters
        ----------
        document : str
            Any string.
        threshold : float, optional
            Probability from 0 to 1 that replaces the thresholds of documents and sentences.

        Returns
        -------
        Score
            With a probability, a verdict, the sentences and the findings.

        Raises
        ------
        TypeError
            When `document` is not a string.
        ValueError
            When `threshold` is not between 0 and 1.

        Examples
        --------
        >>> import misinfo
        >>> score = misinfo.load().score("Open daily. Our tea cures cancer, guaranteed.")
        >>> [finding.text for finding in score.findings]
        ['Our tea cures cancer, guaranteed.']
        """
        return next(self.score_many([document], threshold))

    def score_many(
        self, documents: Iterable[str], threshold: float | None = None
    ) -> Iterator[records.Score]:
        """Score texts one after the other, however many they are.

        Parameters
        ----------
        documents : iterable of str
            Read in pieces: up to 1,024 texts, or about a million characters, ahead of the scores.
            When it raises, the texts before are scored first.
        threshold : float, optional
            As in `score`.

        Yields
        ------
        Score
            One for each text, in order.

        Raises
        ------
        TypeError
            When a text is not a string.
        ValueError
            When `threshold` is not between 0 and 1.

        Examples
        --------
        >>> import misinfo
        >>> texts = ["Aspirin can irritate the stomach.", "Cancer cured in a week!"]
        >>> [score.overstated for score in misinfo.load().score_many(texts)]
        [False, True]
        """
        limits = self.reader.limits(threshold)
        for chunk in chunks(documents):
            yield from scores(self.reader, self.reader.read(chunk), *limits, self)

    def predict_proba(self, documents: Iterable[str]) -> Floats:
        """Return the probabilities of documents, as scikit-learn's classifiers do.

        Parameters
        ----------
        documents : iterable of str
            Texts of any length.

        Returns
        -------
        ndarray of float64, shape (n_documents, 2)
            Column 1 is the probability of overstated, as in ``score(text).probability``.

        Raises
        ------
        TypeError
            When a text is not a string.

        Examples
        --------
        >>> import misinfo
        >>> misinfo.load().predict_proba(["Diabetes cured for good!", "Open on Monday."]).shape
        (2, 2)
        """
        return two_columns(self.reader.read(chunk).pooled for chunk in chunks(documents))

    def predict_proba_sentences(self, sentences: Iterable[str]) -> Floats:
        """Return the probabilities of texts that are single sentences.

        Parameters
        ----------
        sentences : iterable of str
            Each is read whole, however long.

        Returns
        -------
        ndarray of float64, shape (n_sentences, 2)
            Column 1 is the probability of overstated; equal to ``to_pipeline().predict_proba``.

        Raises
        ------
        TypeError
            When a text is not a string.

        Examples
        --------
        >>> import misinfo
        >>> bool(misinfo.load().predict_proba_sentences(["Raw potato cures warts."])[0, 1] > 0.5)
        True
        """
        return two_columns(
            logistic(self.engine.classify(undisguise_all(chunk))[0]) for chunk in chunks(sentences)
        )

    def explain(self, sentence: str) -> records.Explanation:
        """Say how much each n-gram and each word contributes to the number of a sentence.

        Parameters
        ----------
        sentence : str
            Read whole.

        Returns
        -------
        Explanation
            The weights of its n-grams, or of its words, add up with the intercept to the log-odds.

        Raises
        ------
        TypeError
            When `sentence` is not a string.

        Examples
        --------
        >>> import misinfo
        >>> found = misinfo.load().explain("This cures cancer.")
        >>> abs(found.intercept + sum(t.weight for t in found.ngrams) - found.log_odds) < 1e-9
        True
        """
        return explain(self.engine, exact(sentence))

    @cached_property
    def _twins(self) -> Twins:
        return Twins(self.engine)

    def examples(self, sentence: str, tags: Sequence[str] = ()) -> tuple[records.Example, ...]:
        """Return bundled overstated claims like a sentence, each with its measured twin.

        Parameters
        ----------
        sentence : str
            Read whole.
        tags : sequence of str
            Those that it was given; claims that share one are favoured.

        Returns
        -------
        tuple of Example
            The most similar first, at most two; empty when nothing is similar enough.

        Raises
        ------
        TypeError
            When `sentence` is not a string.

        Examples
        --------
        >>> import misinfo
        >>> len(misinfo.load().examples("Garlic cures gout overnight.", ["cure"])) <= 2
        True
        """
        return self._twins.examples(exact(sentence), tags)

    def to_pipeline(self) -> Pipeline:
        """Return an ordinary fitted scikit-learn pipeline with the same sentence numbers.

        Returns
        -------
        sklearn.pipeline.Pipeline
            Steps ``undisguise``, ``features`` (a union of TF-IDF vectorisers) and
            ``classifier`` (a logistic regression). It has no heads of tags or of labels: it says
            overstated or measured alone.

        Raises
        ------
        MisinfoError
            When scikit-learn is not installed: ``pip install 'misinfo[train]'``.

        Examples
        --------
        >>> import misinfo
        >>> list(misinfo.load().to_pipeline().named_steps)
        ['undisguise', 'features', 'classifier']
        """
        from .pipeline import fitted

        return fitted(self.parts)

    @classmethod
    def from_pipeline(
        cls,
        pipeline: Any,
        *,
        name: str = "mine",
        positive: Any = None,
        threshold: float = 0.5,
    ) -> Model:
        """Make a model of a fitted scikit-learn pipeline, with the same numbers.

        Parameters
        ----------
        pipeline : sklearn.pipeline.Pipeline
            As ``misinfo.training.build_pipeline()`` makes it, fitted; also a fitted search over it.
        name : str, default "mine"
            What the model calls itself.
        positive : object, optional
            The class that counts as overstated; by default the second of numbers or booleans, and
            of texts the one whose name says so, such as ``fake``.
        threshold : float, default 0.5
            The probability from which text is flagged; ``misinfo evaluate`` says how often wrongly.

        Returns
        -------
        Model
            Texts are scored whole, as the pipeline scores them, and so is each sentence; only a
            text without a word is never overstated, whatever the pipeline says: its number is 0.

        Raises
        ------
        ModelError
            When the pipeline has another shape, saying what is supported, or no class is plain.
        ValueError
            When the threshold is not from 0 to 1.

        Examples
        --------
        >>> import misinfo
        >>> texts, pipeline = ["Our tea cures cancer."], misinfo.load().to_pipeline()
        >>> model = misinfo.Model.from_pipeline(pipeline, name="again")
        >>> bool(abs(model.predict_proba(texts) - pipeline.predict_proba(texts)).max() < 1e-9)
        True
        """
        from .cards import model_card, unmeasured
        from .from_pipeline import parts_of

        limit, parts = within(threshold), parts_of(pipeline, positive)
        settings = unmeasured(name, limit, parts.settings)
        return cls(parts._replace(settings=settings, card=model_card(settings)))

    def save(self, path: str | Path, replace: bool = True) -> None:
        """Write the model as a folder; an old folder is replaced only when the new one is whole.

        Parameters
        ----------
        path : str or Path
            The folder.
        replace : bool, default True
            Without it a model that is there is left alone, and ``ModelError`` raised.

        Examples
        --------
        >>> import misinfo, tempfile, pathlib
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     misinfo.load().save(pathlib.Path(folder) / "mine")
        ...     misinfo.load(pathlib.Path(folder) / "mine").threshold == misinfo.load().threshold
        True
        """
        write_folder(path, self.parts, replace)


def load(path: str | Path | None = None) -> Model:
    """Load a model folder; it is read once and kept, until it is replaced.

    Parameters
    ----------
    path : str or Path, optional
        A folder that ``misinfo train`` or ``Model.save`` wrote; the bundled model by default.

    Returns
    -------
    Model
        Safe to use from many threads.

    Raises
    ------
    ModelError
        When there is no model, when it is damaged, or when it is of a later format.

    Examples
    --------
    >>> import misinfo
    >>> misinfo.load() is misinfo.load()
    True
    """
    folder = bundled("models") / DEFAULT if path is None else Path(path).resolve()
    with _LOADING.lock:
        stamp = state(folder)
        found = _LOADED.pop(folder, None)
        if found is None or found[0] != stamp:
            parts = read_folder(folder)
            try:
                found = stamp, Model(parts, folder)
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                raise ModelError(f"the settings of {folder} are damaged: {error!r}") from error
        _LOADED[folder] = found
        if len(_LOADED) > 8:
            del _LOADED[next(iter(_LOADED))]
        return found[1]
