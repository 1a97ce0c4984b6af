"""Attributes that are computed when they are first asked for, without a lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class cached_property(Generic[T]):  # noqa: N801 - goes when Python 3.11 does
    """What ``functools.cached_property`` is from Python 3.12 on.

    In 3.11 all instances share one lock, and a process that was forked while another thread held
    it waits for ever. Here several threads may compute at once; all of them get the same value.

    Parameters
    ----------
    compute : callable
        The method that returns the value.

    Examples
    --------
    >>> class Text:
    ...     @cached_property
    ...     def words(self):
    ...         return ["tea"]
    >>> text = Text()
    >>> text.words is text.words
    True
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute, self.__doc__ = compute, compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> cached_property[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object, owner: type) -> cached_property[T] | T:
        if instance is None:
            return self
        value: T = instance.__dict__.setdefault(self.name, self.compute(instance))
        return value
