# What the segmenter is not to see of lists, stops, quotations and notes; ``text`` says why.


cdef void _hide(uint8_t *seen, Py_ssize_t length) noexcept nogil:
    """Cover the list marks."""
    cdef Py_ssize_t begin = 0, place, digits, letters
    cdef uint8_t *found
    while begin < length:
        place, digits = begin, 0
        while place < length and (seen[place] == 32 or seen[place] == 9):
            place += 1
        if place < length and seen[place] in (c"-", c"*", c"+"):
            place += 1
        else:
            letters = place
            if place < length and seen[place] == c"(":
                place += 1
            while place < length and digits < 3 and _is_digit(seen[place]):
                place += 1
                digits += 1
            while not digits and letters < place < min(length, letters + 5) and (
                _is_alpha(seen[place])
            ):
                place += 1
            if place < length and (
                (digits and seen[place] == c".")
                or ((digits or place > letters + 1) and seen[place] == c")")
            ):
                place += 1
            else:
                place = begin
        if begin < place < length and (seen[place] == 32 or seen[place] == 9):
            memset(seen + begin, c"_", place - begin)
        found = <uint8_t *>memchr(seen + begin, 10, length - begin)
        if found == NULL:
            return
        begin = found - seen + 1


cdef void _hide_stops(
    uint8_t *seen, Py_ssize_t length, const uint8_t *short_, Py_ssize_t n_short,
    const uint8_t *lettered, Py_ssize_t n_lettered, const uint8_t *whole, Py_ssize_t n_whole
) noexcept nogil:
    """Cover the stops after short words, and what looks like one or like an initial but is none."""
    cdef Py_ssize_t place, word, end, after
    cdef uint8_t *found = <uint8_t *>memchr(seen, c".", length)
    while found != NULL:
        place = found - seen
        after = place + 1
        while after < length and (seen[after] == 32 or seen[after] == 9):
            after += 1
        if place + 1 < after < length and place > 1 and _is_alpha(seen[place - 1]):
            end = place
            if c"A" <= seen[after] <= c"Z":
                if seen[place - 2] == 32 and c"A" <= seen[place - 1] <= c"Z":
                    end = place - 2
                    word = _word(seen, end)
                    if _is_among(seen + word, end - word, lettered, n_lettered):
                        seen[place - 2] = seen[place - 1] = c"x"
                else:
                    word = _word(seen, place)
                    if _is_among(seen + word, place - word, whole, n_whole):
                        memset(seen + word, c"_", place - word)
                    elif place - word == 2 and not memcmp(seen + word, b"Ms", 2):
                        seen[place] = c"x"
            elif _is_alpha(seen[after]) or _is_digit(seen[after]):
                word = _word(seen, end)
                if _is_among(seen + word, end - word, short_, n_short):
                    seen[place] = c"x"
        found = <uint8_t *>memchr(seen + place + 1, c".", length - place - 1)


cdef Py_ssize_t _word(const uint8_t *seen, Py_ssize_t end) noexcept nogil:
    """Return where the letters begin that end at a place."""
    while end and _is_alpha(seen[end - 1]):
        end -= 1
    return end


cdef inline bint _is_stop(uint8_t letter) noexcept nogil:
    return letter == c"." or letter == c"!" or letter == c"?"


cdef bint _is_long(
    const uint8_t *seen, Py_ssize_t place, Py_ssize_t length, Py_ssize_t most
) noexcept nogil:
    """Say whether a bracket is not closed within so many characters of its line.

    What is a sentence by itself, before another one, is as good as long.
    """
    cdef uint8_t end = c")" if seen[place] == c"(" else c"]"
    cdef Py_ssize_t begin = place, last = min(length, place + most + 2), spaces = 0
    place += 1
    while place < last and seen[place] != 10:
        if seen[place] == end:
            return end == c")" and spaces > 1 and _is_remark(seen, begin, place, length)
        spaces += seen[place] == 32
        if seen[place] == c"(":
            begin = length  # brackets within brackets are no such remark
        place += 1
    return True


cdef bint _is_remark(
    const uint8_t *seen, Py_ssize_t begin, Py_ssize_t end, Py_ssize_t length
) noexcept nogil:
    """Say whether a bracket ends with a sentence, and another one begins behind it."""
    cdef Py_ssize_t place = end - 1
    if end + 2 >= length or (seen[end + 1] != 32 and seen[end + 1] != 9) or not (
        c"A" <= seen[end + 2] <= c"Z"
    ):
        return False
    while place > begin and (seen[place] == c'"' or seen[place] == c"'"):
        place -= 1
    return place - 2 > begin and _is_stop(seen[place]) and (
        _is_small(seen[place - 1]) and _is_small(seen[place - 2])
    )


cdef void _hide_code(uint8_t *seen, Py_ssize_t length, Py_ssize_t longest) noexcept nogil:
    """Cover the marks of code, and the stops within it."""
    cdef uint8_t *found = <uint8_t *>memchr(seen, c"`", length)
    cdef Py_ssize_t place, end, i
    while found != NULL:
        place = end = found - seen
        end += 1
        while end < length and end - place <= longest and seen[end] not in (c"`", 10):
            end += 1
        if place + 1 < end < length and seen[end] == c"`":
            for i in range(place + 1, end):
                if _is_stop(seen[i]):
                    seen[i] = c"x"
            seen[end] = c"/"
        else:
            end = place
        seen[place] = c"/"
        found = <uint8_t *>memchr(seen + end + 1, c"`", length - end - 1)


cdef void _open(uint8_t *seen, Py_ssize_t length, Py_ssize_t bracket) noexcept nogil:
    """Cover what the segmenter pairs, after putting the stops within its end behind it."""
    cdef Py_ssize_t place = 0, begin, middle, after
    cdef uint8_t stop
    cdef bint ends
    while place < length:
        if _is_stop(seen[place]):
            begin = place
            while place < length and _is_stop(seen[place]):
                place += 1
            middle = place
            while place < length and (seen[place] == c'"' or seen[place] == c"'"):
                place += 1
            if middle == place:
                continue
            while place < length and (seen[place] == c"*" or seen[place] == c"_"):
                place += 1
            after = place
            while after < length and (seen[after] in (32, 9, c"-", c"_")):
                after += 1
            if after > place:
                ends = (seen[place] == 32 or seen[place] == 9) and not (
                    after < length and _is_small(seen[after])
                )
            else:
                ends = after == length or (
                    seen[after] in (10, c"(", c")", c"[", c"]") or c"A" <= seen[after] <= c"Z"
                )
            stop = seen[middle - 1]
            memset(seen + begin, c"x", place - begin)
            if ends:
                seen[place - 1] = stop
            continue
        if seen[place] == c'"' or (
            seen[place] == c"<" and place + 3 < length and not memcmp(seen + place, b"<!--", 4)
        ) or (
            seen[place] == c"'" and not (
                place and (_is_alpha(seen[place - 1]) or _is_digit(seen[place - 1]))
            )
        ) or (
            (seen[place] == c"(" or seen[place] == c"[") and _is_long(seen, place, length, bracket)
        ):
            seen[place] = c"/"
        place += 1


cdef void _number_notes(uint8_t *seen, Py_ssize_t length, Py_ssize_t longest) noexcept nogil:
    """Put a number for the marks of notes, such as "[^tea]", behind the ends of sentences."""
    cdef uint8_t *found = <uint8_t *>memchr(seen, c"^", length)
    cdef Py_ssize_t place, begin, end
    while found != NULL:
        place = end = found - seen
        begin = place - 1
        end += 1
        if begin > 0 and seen[begin] == c"[":
            while begin and (seen[begin - 1] == 32 or seen[begin - 1] == 9):
                begin -= 1
            if begin and (_is_stop(seen[begin - 1]) or seen[begin - 1] == c"]"):
                while end < length and end - place < longest and (
                    seen[end] != c"]" and not _is_space(seen[end])
                ):
                    end += 1
                if place + 1 < end < length and seen[end] == c"]":
                    memset(seen + begin, 32, end - 2 - begin)
                    memcpy(seen + end - 2, b"[0]", 3)
                else:
                    end = place + 1
        found = <uint8_t *>memchr(seen + end, c"^", length - end)
