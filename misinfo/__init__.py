"""Does this text promise more than medicine can?

``misinfo`` scores health text for overstated-cure language: a calibrated probability, the
sentences, the kind of overstatement, and the words that tipped the scale. It judges wording, not
truth.

>>> import misinfo
>>> score = misinfo.score("Our drops cure cataracts in two weeks. Shipping is free.")
>>> score.overstated, score.findings[0].text
(True, 'Our drops cure cataracts in two weeks.')
"""

from __future__ import annotations

from .errors import MisinfoError
from .model import Model, load
from .records import Score

__all__ = ["MisinfoError", "Model", "Score", "load", "score"]
__version__ = "0.1.0"


def score(text: str, threshold: float | None = None) -> Score:
    """Score one text with the bundled model.

    Parameters
    ----------
    text : str
        Of any length.
    threshold : float, optional
        Probability from 0 to 1 that replaces the model's own thresholds.

    Returns
    -------
    Score
        With ``probability``, ``overstated``, ``sentences`` and ``findings``.

    Raises
    ------
    TypeError
        When `text` is not a string.
    ValueError
        When `threshold` is not between 0 and 1.

    Examples
    --------
    >>> import misinfo
    >>> misinfo.score("Take one tablet a day with food.").overstated
    False
    """
    return load().score(text, threshold)
