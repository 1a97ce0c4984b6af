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

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import MisinfoError
from .records import Score

if TYPE_CHECKING:
    from .model import Model, load
else:  # with NumPy, when they are asked for: a command can be interrupted before

    def __getattr__(name: str) -> Any:
        if name not in ("Model", "load"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(".model", __name__), name)

    def __dir__() -> list[str]:
        return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])


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
    from .model import load

    return load().score(text, threshold)
