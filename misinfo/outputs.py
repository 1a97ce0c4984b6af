"""Files that are there whole or not at all; pipes and devices stay what they are."""

from __future__ import annotations

import errno
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

_STAYS = {errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS}
"""What the system says where a file cannot be put in the place of another."""


def writable(path: str | Path) -> None:
    """Refuse what cannot be written, before there is anything to write.

    Parameters
    ----------
    path : str or Path
        Where to write.

    Raises
    ------
    MisinfoError
        When it begins as addresses do, for a folder of its name would be made here; when it is
        write-protected, or is not there and its folder is.

    Examples
    --------
    >>> writable("out/scored.csv")
    """
    if re.match(r"[A-Za-z][\w+.-]+:/", str(path)):  # a drive has one letter
        raise MisinfoError(
            f"{path} is an address, and only files are written: name a file here with -o, and copy "
            "it there"
        )
    if os.path.isfile(path):
        # an administrator may write it nonetheless, but hardly wants to
        if not os.access(path, os.W_OK) or not os.stat(path).st_mode & 0o222:
            raise MisinfoError(f"{path}: is write-protected and left alone; name another file")
    elif not os.path.exists(path) and str(path) != "-":
        folder = next(filter(os.path.exists, Path(os.path.realpath(path)).parents))
        if not os.access(folder, os.W_OK):
            raise MisinfoError(
                f"{path}: cannot be written: nothing may be written in {folder}; name another"
            )


@contextmanager
def placed(path: Path) -> Iterator[IO[bytes]]:
    """Open a file beside its place, and move it there when it is whole.

    Parameters
    ----------
    path : Path
        The file; its folders are made. What is replaced keeps its permissions, and its owner where
        that is allowed. A link stays, and what it names is written. A pipe or a device is written
        as it stands. A file that cannot be replaced, such as one that is mounted into a container
        by itself, is written over once everything is there: if that fails, it is not whole.

    Yields
    ------
    file
        To write bytes to.

    Raises
    ------
    MisinfoError
        As `writable` does, and when it cannot be opened, written or moved. Other errors of whoever
        writes are left alone.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with placed(Path(folder) / "new" / "list.txt") as file:
    ...         _ = file.write(b"tea")
    ...     (Path(folder) / "new" / "list.txt").read_bytes()
    b'tea'
    """
    writable(path)
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
                new = Path(stack.enter_context(_beside(target))) / "new"
            opened = _File(path, new)
        with io.BufferedWriter(opened) as file:
            yield file
        if not special:
            with _told(path):
                _moved(new, target)


def _beside(target: Path) -> TemporaryDirectory[str]:
    """Make a folder to write in; elsewhere if only the target itself may be written."""
    try:
        return TemporaryDirectory(prefix=".misinfo-", dir=target.parent)
    except OSError as error:
        if error.errno not in _STAYS or not target.is_file():
            raise
    return TemporaryDirectory(prefix=".misinfo-")


def _moved(new: Path, target: Path) -> None:
    if target.exists():
        old = target.stat()
        for owner in ((-1, old.st_gid), (old.st_uid, -1)):
            with suppress(OSError, AttributeError):  # not allowed, or Windows
                os.chown(new, *owner)
        shutil.copymode(target, new)
    try:
        new.replace(target)
    except OSError as error:
        if error.errno not in _STAYS or not target.is_file():
            raise
        shutil.copyfile(new, target)


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
