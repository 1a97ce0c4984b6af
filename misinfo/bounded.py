"""Work on what strangers made, in a process of its own: it may hang or grow only so far."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import Any

from .errors import ReadError

SECONDS = 60.0
MEMORY = 2 << 30
"""Bytes of address space, where the system can limit them."""

_START = f"""
import json, sys
sys.path[:] = json.loads(sys.stdin.buffer.readline())
from {__name__} import main
main()
"""


def call(
    function: Callable[..., Any], raw: bytes = b"", seconds: float = SECONDS, **arguments: Any
) -> Any:
    """Call a function in another process, and end it when it takes too long.

    Parameters
    ----------
    function : callable
        At the top of a module of this package. It takes bytes and keywords, and returns what JSON
        can say.
    raw : bytes
        Its first argument.
    seconds : float
        How long it may take.
    **arguments
        Its keywords.

    Returns
    -------
    object
        Its result.

    Raises
    ------
    ReadError
        Its own one, or that it took too long, needed too much memory or crashed.

    Examples
    --------
    >>> from misinfo import documents
    >>> mail = b"Subject: Tea\\n\\nIt cures gout."
    >>> call(documents.extract, mail, ending=".eml", charset="", encoding="utf-8")[0]
    'Tea\\n\\nIt cures gout.'
    """
    order = json.dumps([function.__module__, function.__name__, arguments]).encode()
    places = [path or os.getcwd() for path in sys.path if isinstance(path, str)]
    paths = json.dumps(places).encode()
    if not sys.executable:
        raise ReadError("no process could be started to read it: sys.executable names no Python")
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _START],
            input=b"\n".join([paths, order, raw]),
            capture_output=True,
            timeout=seconds,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        raise ReadError(f"took longer than {seconds:g} seconds; it was given up") from None
    except OSError as error:
        raise ReadError(f"no process could be started to read it: {error}") from error
    if done.returncode or not done.stdout:
        last = done.stderr.decode(errors="replace").splitlines()[-1:]
        why = f" ({last[0][:200]})" if last else ""
        raise ReadError(
            f"broke its reader, or needed more than {MEMORY >> 30} GB of memory{why}; split it"
        )
    result, problem = json.loads(done.stdout)
    if problem is not None:
        raise ReadError(problem)
    return result


def main() -> None:
    """Do what ``call`` asks for on standard input, and answer on standard output."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    answers = sys.stdout.buffer
    module, name, arguments = json.loads(sys.stdin.buffer.readline())
    function = getattr(importlib.import_module(module), name)
    answer: tuple[Any, str | None]
    with (  # what the libraries remark has no end
        open(os.devnull, "w", encoding="utf-8", errors="replace") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
    ):
        try:
            answer = function(sys.stdin.buffer.read(), **arguments), None
        except ReadError as error:
            answer = None, str(error)
    answers.write(json.dumps(answer).encode())
