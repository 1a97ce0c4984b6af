# Which line breaks are none, what quotations, lists and notes are marked by; ``text`` says why.


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


cdef uint8_t _first(const uint8_t *bones, Py_ssize_t place, Py_ssize_t end) noexcept nogil:
    """Return the first letter of a line behind marks of quotation and of emphasis."""
    while place < end and bones[place] in (c'"', c"'", c"(", c"[", c"*", c"_"):
        place += 1
    return bones[place] if place < end else 0


cdef void _hide_stops(
    uint8_t *seen, Py_ssize_t length, const uint8_t *short_, Py_ssize_t n_short,
    const uint8_t *lettered, Py_ssize_t n_lettered
) noexcept nogil:
    """Cover the stops after short words, and what looks like the initial of a name but is none."""
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
    """Say whether a bracket is not closed within so many characters of its line."""
    cdef uint8_t end = c")" if seen[place] == c"(" else c"]"
    cdef Py_ssize_t last = min(length, place + most + 2)
    place += 1
    while place < last and seen[place] != 10:
        if seen[place] == end:
            return False
        place += 1
    return True


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
