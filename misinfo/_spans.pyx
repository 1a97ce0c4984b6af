# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: freethreading_compatible=True
"""The compiled part of ``text``: what its loops over characters do, in C.

``text`` says what is done and why; both give the same spans for any string.
"""

from cpython.mem cimport PyMem_Free, PyMem_Malloc
from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.string cimport memchr


cdef extern from "Python.h":
    int PyUnicode_IS_ASCII(object)
    int PyUnicode_KIND(object)
    void *PyUnicode_DATA(object)
    object PyUnicode_FromKindAndData(int, const void *, Py_ssize_t)
    int Py_UNICODE_ISALNUM(Py_UCS4) nogil
    int Py_UNICODE_ISSPACE(Py_UCS4) nogil


cdef enum:
    BLOCK = 2048
    LONGEST_NUMBER = 9  # a piece that is nothing but a number in front of an item is shorter

cdef uint8_t[256] KIND  # 1 letter, 2 what may stand between letters, 4 space, 8 per cent
for _code in range(256):
    _found = chr(_code)
    KIND[_code] = (
        (_found.isascii() and _found.isalpha())
        | (_found in " .*_-") << 1
        | (_found == " ") << 2
        | (_found == "%") << 3
    )

cdef struct Text:
    void *data
    int kind
    const uint8_t *skeleton
    Py_ssize_t longest


def find(str text, str skeleton, str hidden, list pieces, Py_ssize_t longest):
    """Return ``(start, end)`` of the sentences; see ``text._find``."""
    cdef Text t
    cdef const uint8_t *seen = <const uint8_t *>PyUnicode_DATA(hidden)
    cdef list found = []
    cdef Py_ssize_t begin = 0, place = 0, end
    cdef const uint8_t *line
    if not (PyUnicode_IS_ASCII(skeleton) and PyUnicode_IS_ASCII(hidden)) or len(hidden) != len(text):
        raise ValueError("the skeleton does not fit the text")
    for piece in pieces:
        place += len(<str?>piece)
    if len(skeleton) != len(text) or place != len(text) or longest < 2:
        raise ValueError("the pieces do not add up to the text")
    place = 0
    t.data, t.kind = PyUnicode_DATA(text), PyUnicode_KIND(text)
    t.skeleton, t.longest = <const uint8_t *>PyUnicode_DATA(skeleton), longest
    for piece in pieces:
        end = place + len(<str>piece)
        line = <const uint8_t *>memchr(seen + place, 10, end - place)
        while line != NULL:
            if begin < line - seen:
                _add(&t, found, begin, line - seen)
            begin = place = line - seen + 1
            line = <const uint8_t *>memchr(seen + place, 10, end - place)
        if begin == end:
            place = end
            continue
        if end - begin < LONGEST_NUMBER and _is_number(seen, place, end):
            place = end
            continue  # "1. " belongs to what it numbers
        place = end
        _add(&t, found, begin, place)
        begin = place
    if begin < place:
        _add(&t, found, begin, place)
    return found


def suspicious(str text):
    """Say whether a text has " %", or ASCII letters that stand one by one."""
    cdef Py_ssize_t length = len(text), start = 0, n, i
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef const uint8_t *one = <const uint8_t *>data
    cdef const uint16_t *two = <const uint16_t *>data
    cdef uint8_t kinds[BLOCK]
    cdef uint8_t hit = 0
    with nogil:
        while start < length:
            n = min(BLOCK, length - start)
            if kind == 1:
                for i in range(n):
                    kinds[i] = KIND[one[start + i]]
            elif kind == 2:
                for i in range(n):
                    kinds[i] = KIND[min(two[start + i], 128)]
            else:
                for i in range(n):
                    kinds[i] = KIND[min(_letter(data, kind, start + i), 128)]
            # Written without conditions, so that the compiler does many letters at once.
            for i in range(n - 1):
                hit |= kinds[i] >> 2 & kinds[i + 1] >> 3
            for i in range(n - 6):
                hit |= (
                    kinds[i] & kinds[i + 1] >> 1 & kinds[i + 2] & kinds[i + 3] >> 1
                    & kinds[i + 4] & kinds[i + 5] >> 1 & kinds[i + 6]
                )
            if hit & 1 or start + n == length:
                break
            start += n - 6  # blocks overlap by what is looked for
    return hit & 1 == 1


def translated(str text, str table):
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
        with nogil:
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


cdef inline bint _is_space(uint8_t letter) noexcept nogil:
    return letter == 32 or 9 <= letter <= 13 or 28 <= letter <= 31


cdef inline bint _is_alpha(uint8_t letter) noexcept nogil:
    return <uint8_t>((letter | 32) - 97) < 26


cdef inline bint _is_digit(uint8_t letter) noexcept nogil:
    return <uint8_t>(letter - 48) < 10


cdef Py_ssize_t _numbering(
    const uint8_t *seen, Py_ssize_t place, Py_ssize_t end, bint dotted
) noexcept nogil:
    """Return where "(12." or "a)" ends that begins at a place; 0 where there is none."""
    cdef Py_ssize_t digits = 0
    if place < end and seen[place] == c"(":
        place += 1
    while place < end and digits < 3 and _is_digit(seen[place]):
        place += 1
        digits += 1
    if digits == 0:
        if place == end or not _is_alpha(seen[place]):
            return 0
        place += 1
    if place < end and (seen[place] == c")" or (seen[place] == c"." and (digits or dotted))):
        return place + 1
    return 0


cdef bint _is_number(const uint8_t *seen, Py_ssize_t place, Py_ssize_t end) noexcept nogil:
    while place < end and _is_space(seen[place]):
        place += 1
    place = _numbering(seen, place, end, True)
    if not place:
        return False
    while place < end and _is_space(seen[place]):
        place += 1
    return place == end


cdef inline bint _is_mark(uint8_t letter) noexcept nogil:
    return letter in (
        c"-", c"*", c"+", c"#", c">", c"~", c"=", c"_", c"|", c".", c",", c";", c":"
    )


cdef Py_ssize_t _after_marks(const uint8_t *seen, Py_ssize_t place, Py_ssize_t end) noexcept nogil:
    """Return where the list marks and numbers end that begin at a place."""
    cdef Py_ssize_t after
    while place < end and _is_space(seen[place]):
        place += 1
    while place < end:
        after = place
        while after < end and _is_mark(seen[after]):
            after += 1
        if after == place:
            after = _numbering(seen, place, end, False)
            if not after:
                break
        if after < end and not _is_space(seen[after]):
            break
        place = after
        while place < end and _is_space(seen[place]):
            place += 1
    return place


cdef _add(Text *t, list found, Py_ssize_t start, Py_ssize_t end):
    cdef Py_ssize_t cut, after, i
    while end - start > t.longest:
        cut = start + t.longest - 1
        while cut >= start + t.longest // 2 and t.skeleton[cut] != 32:
            cut -= 1
        if cut < start + t.longest // 2 or cut <= 0:
            cut = start + t.longest
        _add(t, found, start, cut)
        start = cut
    if end - start > 1 and _is_alpha(t.skeleton[start]) and _is_alpha(t.skeleton[start + 1]):
        while Py_UNICODE_ISSPACE(_letter(t.data, t.kind, end - 1)):
            end -= 1
        found.append((start, end))
        return
    after = _after_marks(t.skeleton, start, end)
    if after < end:
        start = after
    while end > start and Py_UNICODE_ISSPACE(_letter(t.data, t.kind, end - 1)):
        end -= 1
    while start < end and Py_UNICODE_ISSPACE(_letter(t.data, t.kind, start)):
        start += 1
    for i in range(start, end):
        if (
            _is_alpha(t.skeleton[i])
            or _is_digit(t.skeleton[i])
            or Py_UNICODE_ISALNUM(_letter(t.data, t.kind, i))
        ):
            found.append((start, end))
            return
