"""What the compiled part of ``text`` looks like from Python."""

import numpy as np
from numpy.typing import NDArray

class Bounds:
    def array(self) -> NDArray[np.int64]: ...

def prepared(
    text: str,
    table: str,
    joins: str,
    short: str,
    lettered: str,
    whole: str,
    wrapped: int,
    column: int,
    bracket: int,
) -> tuple[str, str]: ...
def find(
    found: Bounds, text: str, skeleton: str, hidden: str, pieces: list[str], longest: int
) -> int: ...
