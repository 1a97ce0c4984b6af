"""Where the bundled data lies, and how a model lies in its folder: plain data, no code."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from .errors import ModelError, ReadError
from .parts import MOST_WORDS, Parts, Vocabulary

FORMAT = 1
"""Version of the model folder.

To raise it: add one, write a reader for the new layout and register it in ``_READERS`` beside the
old ones, never change an old reader, and add a forged folder of the old version to the tests.
"""

FILES = {"model.json", "vocabulary.txt", "weights.safetensors", "README.md"}
"""What a model folder holds."""


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file.

    Parameters
    ----------
    path : Path
        A file.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> len(sha256(Path(__file__)))
    64
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def bundled(folder: str) -> Path:
    """Return a data folder of this package: inside it when installed, beside it in a checkout.

    Parameters
    ----------
    folder : str
        ``datasets`` or ``models``.

    Returns
    -------
    Path
        An existing folder.

    Raises
    ------
    ReadError
        When the installation lacks it, or lies in an archive.

    Examples
    --------
    >>> bundled("models").name
    'models'
    """
    here = Path(__file__).resolve().parent
    for parent in (here, here.parent):
        if (parent / folder).is_dir():
            return parent / folder
    if not here.is_dir():
        raise ReadError(f"misinfo cannot be run from an archive ({here}): unpack or install it")
    raise ReadError(f"no folder '{folder}' in {here}: install misinfo again")


def vacant(path: str | Path) -> Path:
    """Check that a model can be written to a folder, and that nothing but a model is lost.

    Parameters
    ----------
    path : str or Path
        The folder; it need not exist.

    Returns
    -------
    Path
        The folder, resolved.

    Raises
    ------
    ModelError
        When something else than a model is in the way, or lies beside it, or no folder can be made.

    Examples
    --------
    >>> vacant(bundled("models") / "overstated-cure").name
    'overstated-cure'
    """
    path = Path(path).resolve()
    try:  # what is missing is made later, in the nearest folder that there is
        beside = next((parent for parent in path.parents if parent.exists()), path)
        tempfile.TemporaryDirectory(dir=beside, prefix=f".{path.name}.").cleanup()
    except OSError as error:
        raise ModelError(
            f"{path}: cannot be written: {error.strerror}; name another folder"
        ) from error
    if not path.exists():
        return path
    inside = {file.name for file in path.iterdir()} if path.is_dir() else set()
    if not path.is_dir() or (inside and not (path / "model.json").is_file()):
        raise ModelError(f"{path} is there and is no model: it is left alone; name another folder")
    if others := sorted(inside - FILES):
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        raise ModelError(
            f"{path} holds more than a model ({', '.join(others[:5])}{more}): it is left alone; "
            "move them, or name another folder"
        )
    return path


def write_folder(path: str | Path, parts: Parts, replace: bool = True) -> None:
    """Write a model folder; an old folder is replaced only when the new one is whole.

    Parameters
    ----------
    path : str or Path
        The folder.
    parts : Parts
        What to write. The same parts give the same bytes.
    replace : bool, default True
        Without it a model that is there is left alone.

    Raises
    ------
    ModelError
        As `vacant` does, for parts that `read_folder` would refuse, and when a model is left alone.

    Examples
    --------
    >>> import misinfo, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_folder(folder + "/mine", misinfo.load().parts)
    ...     read_folder(folder + "/mine").settings == misinfo.load().parts.settings
    True
    """
    path = vacant(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as beside:
        new, old = Path(beside) / "new", Path(beside) / "old"
        new.mkdir()
        settings = json.dumps({"format": FORMAT, **parts.settings}, indent=1, ensure_ascii=False)
        (new / "model.json").write_text(settings + "\n", encoding="utf-8", newline="\n")
        vocabulary = "".join(f"{term}\n" for term in parts.vocabulary)
        (new / "vocabulary.txt").write_bytes(vocabulary.encode("utf-8", "surrogatepass"))
        arrays = {k: v for k, v in parts._asdict().items() if isinstance(v, np.ndarray)}
        save_file(arrays, new / "weights.safetensors")
        (new / "weights.safetensors").chmod(0o644)  # it is written for its owner alone
        (new / "README.md").write_text(parts.card, encoding="utf-8", newline="\n")
        try:
            _READERS[FORMAT](new, json.loads(settings))
        except _BAD as error:
            raise ModelError(f"{path} is not written: nobody could load it: {error}") from error
        try:
            if replace and path.exists():
                path.rename(old)
            new.rename(path)  # the system refuses that where a folder with files has appeared
        except BaseException as error:  # an interruption too
            if old.exists() and not path.exists():
                old.rename(path)
            if isinstance(error, OSError) and path.exists():
                raise ModelError(f"{path} exists already and is left alone") from error
            raise
        shutil.rmtree(old, ignore_errors=True)


def read_folder(path: str | Path) -> Parts:
    """Read a model folder of this or an earlier format.

    Parameters
    ----------
    path : str or Path
        The folder.

    Returns
    -------
    Parts
        Checked to fit together; nothing that the files say is ever run.

    Raises
    ------
    ModelError
        When there is no model, when it is damaged, or when it is of a later format.

    Examples
    --------
    >>> read_folder(bundled("models") / "overstated-cure").settings["heads"][0]
    'overstated'
    """
    path = Path(path)
    for tries in range(20, 0, -1):
        before = state(path)
        try:
            parts = _read(path)
            if before == state(path):
                return parts
        except ModelError:
            if tries == 1 or (before and before == state(path)):
                raise
        time.sleep(0.002)  # another process replaces it, and for a moment there is none
    raise ModelError(f"{path} was replaced each time that it was read: try again")


def state(path: Path) -> list[tuple[int, ...]]:
    """Return what changes with a model folder, though copies keep times; nothing of none."""
    try:
        found = [(path / name).stat() for name in ("", "model.json", "weights.safetensors")]
    except OSError:
        found = []
    return [(one.st_ino, one.st_mtime_ns, one.st_ctime_ns) for one in found]


def _read(path: Path) -> Parts:
    if not (path / "model.json").is_file():
        raise ModelError(
            f"no model in {path}: there is no model.json; write one with 'misinfo train -o {path}'"
        )
    try:
        settings = json.loads((path / "model.json").read_text(encoding="utf-8"))
        version = settings.pop("format")
        if version not in _READERS:
            raise ModelError(
                f"{path} has format {version}, this misinfo reads up to {FORMAT}: "
                "try 'pip install --upgrade misinfo'"
            )
        return _READERS[version](path, settings)
    except _BAD as error:
        why = f"({type(error).__name__}: {error}): copy or train it again"
        raise ModelError(f"the model in {path} is damaged {why}") from error


def _read_1(path: Path, settings: dict[str, Any]) -> Parts:
    raw = (path / "vocabulary.txt").read_bytes().decode("utf-8", "surrogatepass")
    if "\r\n" in raw:
        raise ValueError("vocabulary.txt has carriage returns, as Git puts them in on Windows")
    vocabulary = Vocabulary(raw)
    arrays = load_file(path / "weights.safetensors")
    idf, coef, intercept = arrays["idf"], arrays["coef"], arrays["intercept"]
    scale, tags = arrays.get("scale"), arrays.get("tags")
    card = (path / "README.md").read_text(encoding="utf-8")
    parts = Parts(vocabulary, idf, coef, intercept, settings, card, scale, tags)
    columns, n_tags = len(intercept), len(settings["heads"]) - 1
    if coef.shape != (len(vocabulary), columns) or idf.shape != (len(vocabulary),):
        raise ValueError(f"weights {coef.shape} do not fit vocabulary and intercepts")
    if settings["n_words"] not in range(len(vocabulary) + 1):
        raise ValueError(f"{settings['n_words']} of {len(vocabulary)} n-grams cannot be words")
    if (coef.dtype.kind == "i") != (scale is not None):
        raise ValueError("whole numbers need a scale")
    if scale is not None and scale.shape != (columns,):
        raise ValueError(f"scales {scale.shape} do not fit {columns} columns")
    if min(parts.sides[0], columns + 1 - sum(parts.sides)) < 1:
        raise ValueError(f"classes do not fit {columns} columns")
    n_weights, n_classes = len(settings["pooling"]["weights"]), sum(parts.sides)
    if n_weights not in (1, 1 + n_classes):
        raise ValueError(f"{n_weights} weights of pooling do not fit {n_classes} classes")
    if (tags is None and n_tags) or (tags is not None and tags.shape != (columns + 1, n_tags)):
        raise ValueError(f"{n_tags} tags do not fit {columns} columns")
    if settings["vectoriser"]["min_token"] not in (1, 2):
        raise ValueError("a word has at least 1 or 2 characters")
    if max(settings["vectoriser"]["word_range"]) > MOST_WORDS:
        raise ValueError(f"word n-grams have at most {MOST_WORDS} words")
    _sound(settings)
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ValueError("weights that are not finite")
    return parts


def _sound(settings: Mapping[str, Any]) -> None:
    """Refuse settings that no scoring could use."""
    for key in ("word_range", "char_range"):
        low, high = settings["vectoriser"][key]
        if {type(low), type(high)} != {int} or not 1 <= low <= high:
            raise ValueError(f"n-grams of {low} to {high}")
    heads = settings["heads"]
    if not all(isinstance(head, str) for head in heads) or len(set(heads)) < len(heads):
        raise ValueError("heads that are no different names")
    if settings.get("unit", "sentence") not in ("sentence", "document"):
        raise ValueError(f"a row is no {settings['unit']!r}")
    limits, pooling = settings["thresholds"], settings["pooling"]
    values = [limits["sentence"]["value"], limits["document"]["value"], settings["known_floor"]]
    if not all(0 <= value <= 1 for value in (*values, *map(limits["tags"].__getitem__, heads[1:]))):
        raise ValueError("thresholds that are not from 0 to 1")
    if not all(math.isfinite(value) for value in (*pooling["weights"], pooling["intercept"])):
        raise ValueError("weights of pooling that are not finite")
    if not isinstance(settings["name"], str):
        raise ValueError("its name is no text")
    if not isinstance(settings.get("training", {}), dict):
        raise ValueError("what it was trained on is no object")


_BAD = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, SafetensorError)
_READERS: Mapping[int, Callable[[Path, dict[str, Any]], Parts]] = {1: _read_1}
