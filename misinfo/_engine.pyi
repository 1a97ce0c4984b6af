from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

class Table:
    def __init__(
        self,
        vocabulary: Sequence[str],
        n_words: int,
        idf: NDArray[np.floating[Any]],
        coef: NDArray[np.floating[Any]],
        intercept: NDArray[np.floating[Any]],
        word_range: tuple[int, int],
        char_range: tuple[int, int],
        min_token: int,
        lowercase: bool = True,
        n_main: int = 1,
        scale: NDArray[np.float32] | None = None,
    ) -> None: ...
    def read(
        self,
        texts: Sequence[str],
        places: NDArray[np.int64] | None,
        sizes: Sequence[int],
        main_only: bool,
    ) -> tuple[NDArray[np.float64], NDArray[np.int64]]: ...
    def bare(self, texts: Sequence[str], rounds: int) -> tuple[int, float, float]: ...
