# Which line breaks are none; ``text`` says why.


cdef uint8_t _stand_in(Py_UCS4 letter) noexcept nogil:
    if letter == 0x2028 or letter == 0x2029 or letter == 0x85:
        return c"\n"
    if Py_UNICODE_ISSPACE(letter):
        return c" "
    if (
        Py_UNICODE_ISALPHA(letter) or 0x24b6 <= letter <= 0x24e9 or 0x1f130 <= letter <= 0x1f189
    ):
        return c"A" if Py_UNICODE_ISUPPER(letter) else c"a"
    if Py_UNICODE_ISDECIMAL(letter):
        return c"0"
    return c" " if Py_UNICODE_ISDIGIT(letter) else c"_"


cdef void _leave_notes(uint8_t *bones, Py_ssize_t length) noexcept nogil:
    """Put spaces for the numbers at the ends of sentences that point to notes."""
    cdef Py_ssize_t begin = 0, place, end, after, digits
    cdef uint8_t *found = <uint8_t *>memchr(bones, c".", length)
    while found != NULL:
        place = found - bones
        begin = end = place + 1
        if place > 2 and (
            _is_small(bones[place - 1]) and _is_small(bones[place - 2])
            and _is_small(bones[place - 3])
        ):
            digits = 0
            while end < length and digits < 4:
                if _is_digit(bones[end]):
                    digits += 1
                elif digits and (bones[end] == c"," or bones[end] == c"-"):
                    digits = 0
                else:
                    break
                end += 1
            if not 0 < digits < 4:
                end = length
            after = end
            while after < length and bones[after] == 32:
                after += 1
            if end < after < length and c"A" <= bones[after] <= c"Z":
                memset(bones + begin, 32, end - begin)
        found = <uint8_t *>memchr(bones + begin, c".", length - begin)


cdef inline bint _is_raised(Py_UCS4 letter) noexcept nogil:
    return letter in (0xb2, 0xb3, 0xb9, 0x2070) or 0x2074 <= letter <= 0x2079


cdef inline bint _is_small(uint8_t letter) noexcept nogil:
    return c"a" <= letter <= c"z"


cdef void _unwrap(
    uint8_t *bones, Py_ssize_t length, const uint8_t *joins, Py_ssize_t n_joins,
    Py_ssize_t wrapped, Py_ssize_t column
) noexcept nogil:
    """Put spaces for the line breaks inside sentences."""
    cdef Py_ssize_t begin = 0, place, end, after, word, words, quoted = 0, deeper
    cdef Paragraph paragraph = Paragraph(0, 0, 0)
    cdef uint8_t last, following, first = 0  # letter of the lines that are joined
    cdef bint prose, joined = False
    cdef uint8_t *found = <uint8_t *>memchr(bones, 10, length)
    while found != NULL:
        place = found - bones
        end = place
        if begin >= paragraph.end:
            paragraph = _paragraph(bones, begin, length)
        words = _after_quotes(bones, begin, place, &deeper)
        while end > words and (bones[end - 1] == 32 or bones[end - 1] == 9):
            end -= 1
        if not joined:
            first, quoted = _first(bones, words, end), deeper
        joined, prose = False, end - words >= wrapped
        after = _after_quotes(bones, place + 1, length, &deeper)
        if end - words >= column and after < length and (
            (deeper == quoted or (prose and not deeper))
            and (prose or _had_no_room(bones, end - words, place, after, length, &paragraph))
        ):
            last, following = bones[end - 1], bones[after]
            word = _numbering(bones, after, length, False)
            if word and word < length and (bones[word] == 32 or bones[word] == 9):
                pass  # the mark of a list
            elif _is_alpha(following) or _is_digit(following) or following == c"_":
                word = end
                while word > words and bones[word - 1] != 32:
                    word -= 1
                if (
                    (
                        _is_small(following) and not _ends(last)
                        and (prose or c"A" <= first <= c"Z" or _is_digit(first))
                    )
                    or (prose and (last == c"," or last == c"-"))
                    or _is_among(bones + word, end - word, joins, n_joins)
                ):
                    memset(bones + place, 32, after - place)
                    joined, quoted = True, deeper
        begin = place + 1
        found = <uint8_t *>memchr(bones + begin, 10, length - begin)


cdef struct Paragraph:
    Py_ssize_t end, longest, stop  # its longest line, and where its last sentence ends


cdef Paragraph _paragraph(
    const uint8_t *bones, Py_ssize_t begin, Py_ssize_t length
) noexcept nogil:
    """Measure the lines from a place to the next blank one."""
    cdef Paragraph found = Paragraph(begin, 0, -1)
    cdef Py_ssize_t words, end, place, depth
    cdef const uint8_t *line
    while found.end < length:
        line = <const uint8_t *>memchr(bones + found.end, 10, length - found.end)
        place = length if line == NULL else line - bones
        words = _after_quotes(bones, found.end, place, &depth)
        end = place
        while end > words and (bones[end - 1] == 32 or bones[end - 1] == 9):
            end -= 1
        found.end = place + 1
        if end == words:
            break
        found.longest = max(found.longest, end - words)
    place = min(found.end, length) - 1
    while place >= begin and found.stop < 0:
        if bones[place] in (c".", c"!", c"?") and (
            place + 1 == length or bones[place + 1] in (32, 9, 10)
        ):
            found.stop = place
        place -= 1
    return found


cdef bint _had_no_room(
    const uint8_t *bones, Py_ssize_t size, Py_ssize_t place, Py_ssize_t after, Py_ssize_t length,
    const Paragraph *paragraph
) noexcept nogil:
    """Say whether a line had no room for the next word, in a paragraph with a sentence after it."""
    cdef Py_ssize_t end = after
    while end < length and bones[end] not in (32, 9, 10):
        end += 1
    return paragraph.stop >= place and size + 1 + end - after > paragraph.longest


cdef Py_ssize_t _after_quotes(
    const uint8_t *bones, Py_ssize_t place, Py_ssize_t end, Py_ssize_t *depth
) noexcept nogil:
    """Return where the words of a line begin, and how many quotation marks stand before them."""
    depth[0] = 0
    while place < end and (bones[place] in (32, 9, c">")):
        depth[0] += bones[place] == c">"
        place += 1
    return place


cdef inline bint _is_address(const uint8_t *bones, const Line *line) noexcept nogil:
    return line.end - line.words > 3 and (
        not memcmp(bones + line.words, b"http", 4) or not memcmp(bones + line.words, b"www.", 4)
    )


cdef bint _is_prose(const uint8_t *bones, Py_ssize_t place, Py_ssize_t end) noexcept nogil:
    """Say whether a line below the first begins in lower case, or a sentence ends within one."""
    cdef Py_ssize_t start = place, depth, after
    while place < end:
        if bones[place] == 10:
            place = _after_quotes(bones, place + 1, end, &depth)
            if place < end and _is_small(bones[place]):
                return True
            continue
        if _is_stop(bones[place]) and place - start > 1 and (
            _is_small(bones[place - 1]) and _is_small(bones[place - 2])
        ):
            after = place + 1
            while after < end and bones[after] == 32:
                after += 1
            if place + 1 < after < end and c"A" <= bones[after] <= c"Z":
                return True
        place += 1
    return False


cdef inline bint _ends(uint8_t letter) noexcept nogil:
    return letter in (c".", c"!", c"?", c":", c";", c"|")


cdef bint _is_among(
    const uint8_t *word, Py_ssize_t size, const uint8_t *words, Py_ssize_t length
) noexcept nogil:
    """Say whether a word without spaces stands in a list that has a space around each."""
    cdef Py_ssize_t i
    for i in range(length - size - 1):
        if words[i] == 32 == words[i + size + 1] and not memcmp(words + i + 1, word, size):
            return True
    return False


cdef uint8_t _first(const uint8_t *bones, Py_ssize_t place, Py_ssize_t end) noexcept nogil:
    """Return the first letter of a line behind marks of quotation and of emphasis."""
    while place < end and bones[place] in (c'"', c"'", c"(", c"[", c"*", c"_"):
        place += 1
    return bones[place] if place < end else 0
