# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: freethreading_compatible=True
"""The compiled part of ``disguises``: what its loops over characters do, in C.

``disguises`` says what is done and why; both give the same for any string.
"""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memchr


cdef extern from "Python.h":
    int PyUnicode_IS_ASCII(object)
    int PyUnicode_KIND(object)
    void *PyUnicode_DATA(object)
    object PyUnicode_FromKindAndData(int, const void *, Py_ssize_t)
    str PyUnicode_New(Py_ssize_t, Py_UCS4)


cdef enum:
    BLOCK = 2048

# 1 letter, 2 what may stand between letters, 4 space, 8 per cent, 16 and 32 see ``_MARKED``,
# 64 hashtag, 128 control character
cdef uint8_t[256] KIND
for _code in range(256):
    _found = chr(_code)
    KIND[_code] = (
        (_found.isascii() and _found.isalpha())
        | (_found in " \t!#$%()*+-./:;=?@[\\]^_`{|}~") << 1
        | (_found == " ") << 2
        | (_found == "%") << 3
        | (_found in ":]*_Ww") << 4
        | (_found in "/(*_Ww") << 5
        | (_found == "#") << 6
        | (_code < 9 or 13 < _code < 28 or _code == 127) << 7
    )


def suspicious(str text not None):
    """Say whether a text of ASCII letters may not say what is read; see ``_suspicious``."""
    if not PyUnicode_IS_ASCII(text):
        raise ValueError("a text of ASCII letters was expected")
    return _suspicious(<const uint8_t *>PyUnicode_DATA(text), len(text))


cdef bint _suspicious(const uint8_t *letters, Py_ssize_t length) noexcept nogil:
    cdef Py_ssize_t start = 0, n, i
    cdef uint8_t kinds[BLOCK]
    cdef uint8_t alone[BLOCK]
    cdef uint8_t hit = 0
    while start < length:
        n = min(BLOCK, length - start)
        for i in range(n):
            kinds[i] = KIND[letters[start + i]]
        # Written without conditions, so that the compiler does many letters at once.
        for i in range(n):
            hit |= kinds[i] >> 7
        for i in range(n - 1):
            hit |= (
                kinds[i] >> 2 & kinds[i + 1] >> 3 | kinds[i] >> 4 & kinds[i + 1] >> 5
                | kinds[i] >> 6 & kinds[i + 1]
            )
        for i in range(1, n - 1):
            alone[i] = kinds[i - 1] >> 1 & kinds[i] & kinds[i + 1] >> 1
        # Four letters, the inner ones alone, with one to three characters between each.
        for i in range(n - 6):
            hit |= kinds[i] & alone[i + 2] & alone[i + 4] & kinds[i + 6]
        for i in range(n - 9):
            hit |= kinds[i] & alone[i + 3] & alone[i + 6] & kinds[i + 9]
        for i in range(n - 12):
            hit |= kinds[i] & alone[i + 4] & alone[i + 8] & kinds[i + 12]
        if hit & 1 or start + n == length:
            break
        start += n - 12  # blocks overlap by what is looked for
    return hit & 1 == 1


def plain(str text not None, str table not None):
    """Return a text in ASCII, and whether it may not say everything as it is read.

    See ``disguises._plain``.
    """
    cdef Py_ssize_t length = len(text), size = len(table), i
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef const uint8_t *to = <const uint8_t *>PyUnicode_DATA(table)
    cdef uint8_t *copy
    cdef Py_UCS4 letter
    cdef bint odd
    cdef str said = text
    if not PyUnicode_IS_ASCII(table):
        raise ValueError("a table of ASCII letters was expected")
    if not PyUnicode_IS_ASCII(text):
        said = PyUnicode_New(length, 127)
        copy = <uint8_t *>PyUnicode_DATA(said)
        for i in range(length):
            letter = _letter(data, kind, i)
            if letter >= 128:
                letter = to[letter] if letter < <Py_UCS4>size else 0
            copy[i] = <uint8_t>letter
    cdef const uint8_t *letters = <const uint8_t *>PyUnicode_DATA(said)
    odd = memchr(letters, 0, length) != NULL or _suspicious(letters, length)
    return said, odd


def odd(
    str said not None, const int64_t[:, ::1] bounds not None, Py_ssize_t first, Py_ssize_t last
):
    """Return which sentences, from one number to another, `said` does not say as they are read."""
    cdef const uint8_t *letters = <const uint8_t *>PyUnicode_DATA(said)
    cdef Py_ssize_t length = len(said), number
    cdef int64_t start, end
    if not PyUnicode_IS_ASCII(said) or bounds.shape[1] != 2 or not (
        0 <= first <= last <= bounds.shape[0]
    ):
        raise ValueError("sentences of a text in ASCII were expected")
    found = []
    for number in range(first, last):
        start, end = bounds[number, 0], bounds[number, 1]
        if not 0 <= start <= end <= length:
            raise ValueError(f"no such part of a text: {start} to {end}")
        if memchr(letters + start, 0, end - start) or _suspicious(letters + start, end - start):
            found.append(number)
    return found


def translated(str text not None, str table not None):
    """Return a text with those of its letters replaced that have another than NUL in a table."""
    cdef Py_ssize_t length = len(text), size = len(table), i
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef const uint8_t *to = <const uint8_t *>PyUnicode_DATA(table)
    cdef uint32_t *copy
    if not PyUnicode_IS_ASCII(table):
        raise ValueError("a table of ASCII letters was expected")
    copy = <uint32_t *>PyMem_Malloc(4 * length)
    if copy == NULL:
        raise MemoryError
    try:
        for i in range(length):
            copy[i] = _letter(data, kind, i)
            if copy[i] < <uint32_t>size and to[copy[i]]:
                copy[i] = to[copy[i]]
        return PyUnicode_FromKindAndData(4, copy, length)
    finally:
        PyMem_Free(copy)


cdef inline Py_UCS4 _letter(void *data, int kind, Py_ssize_t i) noexcept nogil:
    if kind == 1:
        return (<uint8_t *>data)[i]
    return (<uint16_t *>data)[i] if kind == 2 else (<uint32_t *>data)[i]
