"""Work in threads or on a cluster, in order: what takes the place of `map`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from .errors import MisinfoError, needed

Mapper = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]


def threads(jobs: int) -> Mapper:
    """Return a map that works in threads; the compiled engine lets them run side by side.

    Parameters
    ----------
    jobs : int
        How many; -1 for one a core.

    Returns
    -------
    callable
        Like `map`: in order, at most two items more under way than there are threads.

    Raises
    ------
    MisinfoError
        When `jobs` is 0, or below it and ``joblib`` is not installed.

    Examples
    --------
    >>> list(threads(2)(abs, [-1, 2]))
    [1, 2]
    """
    if jobs == 0:
        raise MisinfoError("0 threads score nothing; try --jobs -1 for one a core")
    count = jobs if jobs > 0 else max(1, needed("joblib").cpu_count() + 1 + jobs)

    def mapped(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        pool = ThreadPoolExecutor(count)
        try:
            yield from _ahead(lambda item: pool.submit(function, item), items, count + 2)
        finally:
            pool.shutdown(cancel_futures=True)

    return mapped


def dask(address: str, ahead: int = 16) -> Mapper:
    """Return a map that works on a Dask cluster that is running.

    Parameters
    ----------
    address : str
        Of its scheduler, such as ``tcp://10.0.0.5:8786``.
    ahead : int
        How many chunks may be under way.

    Returns
    -------
    callable
        Like `map`: in order. Work of a lost worker is done again by another.

    Raises
    ------
    MisinfoError
        When ``distributed`` is not installed, when no scheduler answers, when a worker has another
        version of ``misinfo`` or ``sentencex``, and when the scheduler or too many of its workers
        are lost.

    Examples
    --------
    >>> mapper = dask("tcp://localhost:8786")  # doctest: +SKIP
    """
    distributed = needed("distributed")
    closed = getattr(distributed.client, "ClosedClientError", distributed.CancelledError)  # new
    lost = (distributed.CancelledError, distributed.KilledWorker, closed)

    def mapped(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        try:
            client = distributed.Client(address, timeout="10s")
        except (OSError, TimeoutError, ValueError) as error:
            raise MisinfoError(f"no Dask scheduler answers at {address}: {error}") from error
        with client:
            try:
                _same_versions(client)
                yield from _ahead(lambda i: client.submit(function, i, pure=False), items, ahead)
            except lost as error:
                raise MisinfoError(
                    f"the Dask scheduler at {address} or its workers were lost; look at their "
                    f"logs, then start anew: {' '.join(str(error).split())}"
                ) from error

    return mapped


def _same_versions(client: Any) -> None:
    """Refuse workers that would find other sentences, or other numbers for them."""
    for name in ("misinfo", "sentencex"):
        here = version(name)
        for worker, there in client.run(version, name, on_error="return").items():
            if isinstance(there, PackageNotFoundError):
                there = "missing"
            if isinstance(there, str) and there != here:
                raise MisinfoError(
                    f"{name} is {here} here, and {there} on the Dask worker {worker}: the numbers "
                    "would differ; install the same version everywhere"
                )


def _ahead(submit: Callable[[Any], Any], items: Iterable[Any], most: int) -> Iterator[Any]:
    """Return results in order; at most so many items are under way."""
    waiting: deque[Any] = deque()
    for item in items:
        waiting.append(submit(item))
        if len(waiting) >= most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
