"""Files that are there whole or not at all; pipes and devices stay what they are."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from .errors import MisinfoError


def local(path: str | Path) -> None:
    """Refuse to write to an address: a folder of its name would be made here.

    Parameters
    ----------
    path : str or Path
        Where to write.

    Raises
    ------
    MisinfoError
        When it begins as addresses do.

    Examples
    --------
    >>> local("out/scored.csv")
    """
    if re.match(r"[A-Za-z][\w+.-]+:/", str(path)):  # a drive has one letter
        raise MisinfoError(
            f"{path} is an address, and only files are written: name a file here with -o, and copy "
            "it there"
        )


@contextmanager
def placed(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside its place, and move it there when it is whole.

    Parameters
    ----------
    path : Path
        The file; its folders are made. What is replaced keeps its permissions. A link stays, and
        what it names is written. A pipe or a device is written as it stands.

    Yields
    ------
    file
        To write bytes to.

    Raises
    ------
    MisinfoError
        When it cannot be opened, written or moved. Other errors of whoever writes are left alone.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with placed(Path(folder) / "new" / "list.txt") as file:
    ...         _ = file.write(b"tea")
    ...     (Path(folder) / "new" / "list.txt").read_bytes()
    b'tea'
    """
    local(path)
    with ExitStack() as stack:
        with _told(path):
            new = target = Path(os.path.realpath(path))
            if special := path.exists() and not path.is_file():
                new = path  # what a pipe in /dev/fd resolves to is no path
            else:
                for folder in reversed((target.parent, *target.parent.parents)):
                    if not folder.exists():  # it goes again if nothing is written
                        stack.callback(_emptied, folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                beside = TemporaryDirectory(prefix=".misinfo-", dir=target.parent)
                new = Path(stack.enter_context(beside)) / "new"
            opened = _File(path, new)
        with io.BufferedWriter(opened) as file:
            yield file
        if not special:
            with _told(path):
                if target.exists():
                    shutil.copymode(target, new)
                new.replace(target)


def _emptied(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


class _File(io.FileIO):
    """A file whose failures to write are told by the name that was asked for."""

    def __init__(self, path: Path, new: Path) -> None:
        super().__init__(new, "w")
        self.path = path

    def write(self, data: Any) -> int:
        with _told(self.path):
            return super().write(data)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # no failure: whoever read has seen enough
        raise
    except OSError as error:
        raise MisinfoError(f"{path}: cannot be written: {error.strerror or error}") from error
