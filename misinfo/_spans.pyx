# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: freethreading_compatible=True
"""The compiled part of ``text``: what its loops over characters do, in C.

``text`` says what is done and why; both give the same spans for any string.
"""

import numpy as np

from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.string cimport memchr, memcmp, memcpy, memset


cdef extern from "Python.h":
    int PyUnicode_IS_ASCII(object)
    int PyUnicode_KIND(object)
    void *PyUnicode_DATA(object)
    str PyUnicode_New(Py_ssize_t, Py_UCS4)
    int Py_UNICODE_ISALNUM(Py_UCS4) nogil
    int Py_UNICODE_ISALPHA(Py_UCS4) nogil
    int Py_UNICODE_ISDECIMAL(Py_UCS4) nogil
    int Py_UNICODE_ISDIGIT(Py_UCS4) nogil
    int Py_UNICODE_ISSPACE(Py_UCS4) nogil
    int Py_UNICODE_ISUPPER(Py_UCS4) nogil


cdef enum:
    LONGEST_NUMBER = 9  # a piece that is nothing but a number in front of an item is shorter

cdef struct Text:
    void *data
    int kind
    const uint8_t *skeleton
    Py_ssize_t longest

cdef struct Line:
    Py_ssize_t begin, words, end, depth, stop  # of its words, and where the line itself stops


cdef class Bounds:
    """Where sentences start and end, text after text."""

    cdef int64_t *pairs
    cdef Py_ssize_t n, room

    def __dealloc__(self):
        PyMem_Free(self.pairs)

    cdef int add(self, Py_ssize_t start, Py_ssize_t end) except -1:
        cdef int64_t *pairs
        if self.n == self.room:
            pairs = <int64_t *>PyMem_Realloc(self.pairs, (4 * self.n + 64) * sizeof(int64_t))
            if pairs == NULL:
                raise MemoryError
            self.pairs, self.room = pairs, 2 * self.n + 32
        self.pairs[2 * self.n], self.pairs[2 * self.n + 1] = start, end
        self.n += 1
        return 0

    def array(self):
        """Return them as an array of shape (n, 2)."""
        found = np.empty((self.n, 2), dtype=np.int64)
        cdef int64_t[:, ::1] room = found
        if self.n:
            memcpy(&room[0, 0], self.pairs, 2 * self.n * sizeof(int64_t))
        return found


include "_unwrapping.pxi"
include "_hiding.pxi"


def prepared(
    str text not None, str table not None, str joins not None, str short not None,
    str lettered not None, str whole not None, Py_ssize_t wrapped, Py_ssize_t column,
    Py_ssize_t bracket,
):
    """Return the skeleton of a text, its lines joined, and what of it the segmenter is to see.

    See ``text._skeleton``, ``text._unwrapped`` and ``text._hidden``; `joins`, `short`,
    `lettered` and `whole` have a space around each of their words, a line of `wrapped` characters is as long
    as wrapped prose, one of `column` characters as long as those of a narrow column, and a remark
    in brackets has at most `bracket` characters.
    """
    cdef Py_ssize_t length = len(text), size = len(table), i
    cdef int kind = PyUnicode_KIND(text)
    cdef void *data = PyUnicode_DATA(text)
    cdef const uint8_t *to = <const uint8_t *>PyUnicode_DATA(table)
    cdef const uint8_t *words = <const uint8_t *>PyUnicode_DATA(joins)
    cdef Py_ssize_t n_words = len(joins)
    cdef Py_UCS4 letter
    cdef uint8_t code, lines = 0, returns = 0
    if not all(map(str.isascii, (table, joins, short, lettered, whole))):
        raise ValueError("tables of ASCII letters were expected")
    skeleton = PyUnicode_New(length, 127)
    cdef uint8_t *bones = <uint8_t *>PyUnicode_DATA(skeleton)
    hidden = PyUnicode_New(length, 127)
    cdef uint8_t *seen = <uint8_t *>PyUnicode_DATA(hidden)
    cdef bint ascii_ = PyUnicode_IS_ASCII(text)
    if ascii_:
        for i in range(length):
            code = (<uint8_t *>data)[i]
            returns |= code == 13
            code = 10 if <uint8_t>(code - 11) < 3 else code
            lines |= code == 10
            bones[i] = code
    else:
        for i in range(length):
            letter = _letter(data, kind, i)
            if letter < 128:
                returns |= letter == 13
                code = 10 if 11 <= letter <= 13 else <uint8_t>letter
            elif letter < <Py_UCS4>size and to[letter]:
                code = to[letter]
            elif i + 1 < length and _is_raised(letter) and (
                _letter(data, kind, i + 1) in (c".", c"!", c"?")
            ):
                code = c"0"  # of a unit, as in "30 kg/m2."
            else:
                code = _stand_in(letter)
            lines |= code == 10
            bones[i] = code
    _leave_notes(bones, length)
    if lines:
        if returns:
            for i in range(length - 1):
                if _letter(data, kind, i) == 13 and _letter(data, kind, i + 1) == 10:
                    bones[i] = 32
        memcpy(seen, bones, length)
        _unwrap(bones, length, words, n_words, wrapped, column)
        _fill(seen, bones, length, wrapped)
    memcpy(seen, bones, length)
    _hide(seen, length)
    _hide_stops(
        seen, length, <const uint8_t *>PyUnicode_DATA(short), len(short),
        <const uint8_t *>PyUnicode_DATA(lettered), len(lettered),
        <const uint8_t *>PyUnicode_DATA(whole), len(whole),
    )
    _hide_code(seen, length, bracket)
    _open(seen, length, bracket)
    _number_notes(seen, length, bracket)
    return skeleton, hidden


def find(
    Bounds found not None, str text not None, str skeleton not None, str hidden not None,
    list pieces not None, Py_ssize_t longest,
):
    """Add where the sentences of a text are, and return how many; see ``text._find``."""
    cdef Text t
    cdef const uint8_t *seen = <const uint8_t *>PyUnicode_DATA(hidden)
    cdef Py_ssize_t before = found.n
    cdef Py_ssize_t begin = 0, place = 0, number, n, start, end
    cdef const uint8_t *line
    if not (PyUnicode_IS_ASCII(skeleton) and PyUnicode_IS_ASCII(hidden)):
        raise ValueError("a skeleton of ASCII letters was expected")
    if len(skeleton) != len(text) or len(hidden) != len(text) or longest < 2:
        raise ValueError("the skeleton does not fit the text")
    cdef Py_ssize_t *ends = <Py_ssize_t *>PyMem_Malloc((2 * len(pieces) + 1) * sizeof(Py_ssize_t))
    if ends == NULL:
        raise MemoryError
    t.data, t.kind = PyUnicode_DATA(text), PyUnicode_KIND(text)
    t.skeleton, t.longest = <const uint8_t *>PyUnicode_DATA(skeleton), longest
    try:
        n = _ends_of(seen, len(text), pieces, ends)
        for number in range(n):
            end = ends[number]
            line = <const uint8_t *>memchr(seen + place, 10, end - place)
            while line != NULL:
                if begin < line - seen:
                    _add(&t, found, begin, line - seen)
                begin = place = line - seen + 1
                line = <const uint8_t *>memchr(seen + place, 10, end - place)
            start, place = max(begin, place), end
            if begin >= end:
                continue
            if end - begin < LONGEST_NUMBER and _is_number(seen, start, end):
                continue  # "1. " belongs to what it numbers
            end = _after_closing(t.skeleton, end, len(text))
            _add(&t, found, begin, end)
            begin = end
        if begin < place:
            _add(&t, found, begin, place)
    finally:
        PyMem_Free(ends)
    return found.n - before


cdef Py_ssize_t _after_closing(
    const uint8_t *bones, Py_ssize_t place, Py_ssize_t length
) noexcept nogil:
    """Return where what closes a bracket ends, if it begins at a place."""
    if place < length and bones[place] in (c")", c"]"):
        while place < length and bones[place] in (c")", c"]", c'"', c"'", c".", c"*", c"_"):
            place += 1
    return place


cdef Py_ssize_t _ends_of(
    const uint8_t *seen, Py_ssize_t length, list pieces, Py_ssize_t *ends
) except -1:
    """Write where the pieces of a text end, and what stands between them; return how many."""
    cdef Py_ssize_t place = 0, total = 0, n = 0, size, start
    cdef const uint8_t *letters
    cdef bint whole
    for piece in pieces:
        if not PyUnicode_IS_ASCII(<str?>piece):
            raise ValueError("pieces of ASCII letters were expected")
        total += len(<str>piece)
    whole = total == length
    for piece in pieces:
        size, start = len(<str>piece), place
        if not whole:
            letters = <const uint8_t *>PyUnicode_DATA(piece)
            while start + size <= length and memcmp(seen + start, letters, size):
                start += 1
            if start + size > length:
                continue
            if start > place:
                ends[n] = start
                n += 1
        place = start + size
        ends[n] = place
        n += 1
    ends[n] = length
    return n + 1


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


cdef int _add(Text *t, Bounds found, Py_ssize_t start, Py_ssize_t end) except -1:
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
        return found.add(start, end)
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
            return found.add(start, end)
    return 0


cdef Line _line(const uint8_t *bones, Py_ssize_t stop) noexcept nogil:
    cdef Line found = Line(stop, 0, stop, 0, stop)
    while found.begin and bones[found.begin - 1] != 10:
        found.begin -= 1
    found.words = _after_quotes(bones, found.begin, stop, &found.depth)
    while found.end > found.words and bones[found.end - 1] in (32, 9):
        found.end -= 1
    return found


cdef uint8_t _last(const uint8_t *bones, const Line *line) noexcept nogil:
    """Return the last letter of a line before what closes a quotation or a bracket."""
    cdef Py_ssize_t end = line.end
    while end > line.words and bones[end - 1] in (c'"', c"'", c")", c"]"):
        end -= 1
    return bones[end - 1] if end > line.words else 0


cdef bint _goes_on(const uint8_t *bones, const Line *line) noexcept nogil:
    cdef Py_ssize_t after
    if line.words == line.end or not (
        _is_alpha(bones[line.words]) or _is_digit(bones[line.words])
        or bones[line.words] in (c'"', c"'", c"(", c"[")
    ):
        return False
    after = _numbering(bones, line.words, line.end, False)
    return not (after and after < line.end and bones[after] in (32, 9))


cdef void _fill(
    const uint8_t *bones, uint8_t *joined, Py_ssize_t length, Py_ssize_t wrapped
) noexcept nogil:
    """Put spaces for the line breaks of wrapped prose of which no line had room for a word."""
    cdef Py_ssize_t stop = length, longest, room, size, word, lines
    cdef Line last, first, above
    while stop > 0:
        first = last = _line(bones, stop)
        lines, longest, room = 1, last.end - last.words, length + 1
        while first.begin and _is_stop(_last(bones, &last)) and _goes_on(bones, &first):
            above = _line(bones, first.begin - 1)
            word = first.words
            while word < first.end and bones[word] not in (32, 9):
                word += 1
            size = above.end - above.words
            longest, room = max(longest, size), min(room, size + 1 + word - first.words)
            if (
                size < wrapped or room <= longest or above.depth != first.depth
                or _ends(_last(bones, &above)) or memchr(bones + above.words, 32, size) == NULL
                or _is_address(bones, &first) or _is_address(bones, &above)
            ):
                break
            first = above
            lines += 1
        stop = first.begin - 1
        if lines < 3 or not _is_prose(bones, first.words, last.end):
            continue
        while last.begin > first.begin:
            above = _line(bones, last.begin - 1)
            memset(joined + above.stop, 32, last.words - above.stop)
            last = above
