"""Logistic regression, also on features weighted by how unevenly labels use them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .errors import needed

if needed("sklearn"):
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression


class LogRatioRegression(LogisticRegression):  # type: ignore[misc]
    """Fit on features times their log-count ratio, and fold the ratios into the weights.

    What is fitted is an ordinary logistic regression for two classes: its ``coef_`` are for the
    features as they come.

    Parameters
    ----------
    smoothing : float, default 0.1
        Added to the sum of each feature in each class.
    C : float, default 8.0
        Inverse strength of the L2 regularisation.
    class_weight : dict or "balanced", optional
        As in scikit-learn.
    random_state : int, default 0
        As in scikit-learn.

    Notes
    -----
    NBSVM (Wang and Manning 2012) with logistic loss: a feature that one label uses much more than
    the other is regularised less.

    Examples
    --------
    >>> model = LogRatioRegression().fit(np.eye(4), [0, 0, 1, 1])
    >>> model.predict(np.eye(4)).tolist()
    [0, 0, 1, 1]
    """

    def __init__(
        self,
        smoothing: float = 0.1,
        C: float = 8.0,  # noqa: N803 - scikit-learn's name
        class_weight: Any = None,
        random_state: int | None = 0,
    ) -> None:
        super().__init__(
            C=C, class_weight=class_weight, solver="liblinear", random_state=random_state
        )
        self.smoothing = smoothing

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LogRatioRegression:  # noqa: N803
        """Fit the model.

        Parameters
        ----------
        X : array or sparse matrix of shape (n_texts, n_features)
            Not negative.
        y : array of shape (n_texts,)
            Two classes.
        sample_weight : array of shape (n_texts,), optional
            How much each row counts.

        Returns
        -------
        LogRatioRegression
            Itself.

        Examples
        --------
        >>> LogRatioRegression(smoothing=1.0).fit(np.eye(2), [0, 1]).coef_.shape
        (1, 2)
        """
        y = np.asarray(y)
        high = y == np.unique(y)[-1]
        weights = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight)
        matrix = sparse.csr_array(X)
        sums = [(matrix[part].T @ weights[part]) + self.smoothing for part in (high, ~high)]
        ratio = np.log(sums[0] / sums[0].sum()) - np.log(sums[1] / sums[1].sum())
        super().fit((matrix * ratio[None, :]).tocsr(), y, sample_weight)
        self.coef_ *= ratio
        return self


def build_classifier(c: float, smoothing: float = 0.0) -> LogisticRegression:
    """Return the last step of ``pipeline.build_pipeline``, unfitted."""
    if smoothing:
        return LogRatioRegression(smoothing, c)
    return LogisticRegression(C=c, solver="newton-cg")  # takes single precision as it is
