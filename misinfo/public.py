"""Public labelled sets by name: what they are, and their files, checked byte for byte."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .errors import MisinfoError, ReadError, needed
from .storage import sha256

REGISTRY = Path(__file__).with_name("public.toml")


@dataclass(frozen=True)
class PublicFile:
    """One file of a public set.

    Parameters
    ----------
    name : str
        What it is called.
    url : str
        Where it lies, pinned to one version.
    sha256 : str
        Of its bytes.
    """

    name: str
    url: str
    sha256: str


@dataclass(frozen=True)
class PublicSet:
    """A public labelled set.

    Parameters
    ----------
    name : str
        What the registry calls it.
    title, labels, licence, citation, home : str
        What it is, what its labels mean, and whose it is.
    rows : int
        In all files.
    results : tuple of str
        Published figures.
    text, label : str
        Columns; empty when the set cannot be fetched.
    positive : tuple of str
        Labels to train on as overstated.
    warning : str
        What its figures must not be taken for.
    page : str
        Where a version of it lies whose bytes nobody compared.
    files : tuple of PublicFile
        Those that can be fetched.
    """

    name: str
    title: str
    labels: str
    licence: str
    citation: str
    home: str
    rows: int
    results: tuple[str, ...]
    text: str = ""
    label: str = ""
    positive: tuple[str, ...] = ()
    warning: str = ""
    page: str = ""
    files: tuple[PublicFile, ...] = ()

    def command(self, folder: Path) -> str:
        """Return the command line that trains on the set.

        Parameters
        ----------
        folder : Path
            Where its files are.

        Returns
        -------
        str
            On its first file, which is the one for training where there are several.

        Examples
        --------
        >>> registry()["causal-press"].command(Path("data"))[:27]
        'misinfo train data/annotate'
        """
        positive = [part for label in self.positive for part in ("--positive", label)]
        columns = ("--text-column", self.text, "--label-column", self.label)
        file = str(folder / self.files[0].name)
        return shlex.join(
            ["misinfo", "train", file, *columns, *positive, "-o", f"models/{self.name}"]
        )


def registry() -> dict[str, PublicSet]:
    """Return the public sets that are known.

    Returns
    -------
    dict
        Name to set.

    Examples
    --------
    >>> registry()["constraint"].rows
    10700
    """
    found = {}
    for name, entry in tomllib.loads(REGISTRY.read_text(encoding="utf-8")).items():
        entry = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
        entry["files"] = tuple(PublicFile(**file) for file in entry.get("files", ()))
        found[name] = PublicSet(name, **entry)
    return found


def named(name: str) -> PublicSet:
    """Return a set by its name.

    Parameters
    ----------
    name : str
        As in the registry.

    Returns
    -------
    PublicSet
        The one of that name.

    Raises
    ------
    MisinfoError
        When there is none, with the names there are.

    Examples
    --------
    >>> named("insciout").rows
    663
    """
    sets = registry()
    if name not in sets:
        raise MisinfoError(f"no public set {name!r}; there are {', '.join(sets)}")
    return sets[name]


def cache() -> Path:
    """Return the folder where fetched files are kept.

    Returns
    -------
    Path
        The environment variable ``MISINFO_DATA`` names another.

    Raises
    ------
    MisinfoError
        When pooch is not installed.

    Examples
    --------
    >>> cache().name == "misinfo" or "MISINFO_DATA" in os.environ
    True
    """
    if folder := os.environ.get("MISINFO_DATA"):
        return Path(folder)
    return Path(str(needed("pooch").os_cache("misinfo")))


def fetch(found: PublicSet, folder: Path, source: Path | None = None) -> list[Path]:
    """Fetch the files of a set, check them, and keep them.

    Parameters
    ----------
    found : PublicSet
        Of the registry.
    folder : Path
        Where to keep them. What is there already and whole is not fetched again.
    source : Path, optional
        A folder that has the files already; nothing is then downloaded.

    Returns
    -------
    list of Path
        In the order of the registry. A file appears under its name only when it is whole.

    Raises
    ------
    MisinfoError
        When the set has no file whose bytes are known, or when pooch is not installed.
    ReadError
        When a file cannot be had, or is not the one that the registry names.
    """
    if not found.files:
        at = f" A version of it lies at {found.page}" if found.page else ""
        raise MisinfoError(
            f"{found.name} cannot be fetched: nobody compared the bytes of its files. It is "
            f"described at {found.home}.{at}"
        )
    if source is not None and not source.is_dir():
        raise MisinfoError(f"{source} is no folder: name one that holds the files")
    target = folder / found.name
    paths = [target / file.name for file in found.files]
    for file, path in zip(found.files, paths, strict=True):
        if path.is_file() and sha256(path) == file.sha256:
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise MisinfoError(f"{folder} is no folder: name one with --output") from error
        with tempfile.TemporaryDirectory(dir=folder, prefix=f".{file.name}.") as beside:
            new = Path(beside) / file.name
            place = _copy(file, source, new) if source else _download(file, new)
            if (sum_ := sha256(new)) != file.sha256:
                raise ReadError(
                    f"{place}: is not the file of the registry: its {new.stat().st_size:,} bytes "
                    f"have sha256 {sum_[:16]}..., not {file.sha256[:16]}...; it was changed or cut "
                    "short, and nothing of it was kept"
                )
            target.mkdir(exist_ok=True)
            new.replace(path)
    return paths


def _copy(file: PublicFile, source: Path, new: Path) -> str:
    places = [source / file.name, *source.glob(f"*/{file.name}")]
    place = next((place for place in places if place.is_file()), None)
    if place is None:
        raise ReadError(f"{source}: no file {file.name} in it or in a folder of it")
    try:
        shutil.copyfile(place, new)
    except OSError as error:
        raise ReadError(f"{place}: cannot be read: {error}") from error
    return str(place)


def _download(file: PublicFile, new: Path) -> str:
    downloader = needed("pooch").HTTPDownloader(progressbar=False, timeout=60)
    try:
        downloader(file.url, str(new), None)
    except OSError as error:  # requests' errors are OSErrors
        raise ReadError(
            f"{file.url}: cannot be fetched ({_reason(error)}). If you have the file at hand, "
            "name its folder: --from FOLDER"
        ) from error
    return file.url


def _reason(error: BaseException) -> str:
    """Return the innermost cause in one line: the outer ones repeat the address."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return str(error) or type(error).__name__
