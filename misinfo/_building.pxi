# How tables are built from a vocabulary: what runs once, when a model is loaded.


cdef struct Ngrams:
    void *letters  # of all n-grams
    int kind
    const int64_t *starts  # of each n-gram among the letters
    const int64_t *ends


cdef inline uint32_t _at(Ngrams *ngrams, Py_ssize_t index, Py_ssize_t place) noexcept nogil:
    return _letter(ngrams.letters, ngrams.kind, ngrams.starts[index] + place)


cdef inline Py_ssize_t _length(Ngrams *ngrams, Py_ssize_t index) noexcept nogil:
    return ngrams.ends[index] - ngrams.starts[index]


cdef _letters(Tables *t, Ngrams *ngrams):
    """Give each letter of the vocabulary a code, the frequent ones first."""
    cdef Py_ssize_t number, index, place
    cdef Py_ssize_t end = 256 if ngrams.kind == 1 else 0x10000 if ngrams.kind == 2 else 0x110000
    cdef uint32_t *counts = <uint32_t *>_zeros(end, sizeof(uint32_t))
    for index in range(t.n_ngrams):
        for place in range(_length(ngrams, index)):
            counts[_at(ngrams, index, place)] += 1
    letters = [number for number in range(end) if counts[number] and number != c" "]
    letters.sort(key=lambda found: (-<int64_t>counts[<Py_ssize_t>found], found))
    PyMem_RawFree(counts)
    if len(letters) > 65000:
        raise ValueError(f"{len(letters)} different letters are too many")
    t.code_of = <uint16_t *>_zeros(0x110000, sizeof(uint16_t))
    t.kind_of = <uint8_t *>_zeros(256, 1)
    t.code_of[32] = SPACE
    for number, found in enumerate(letters, SPACE + 1):
        t.code_of[<Py_ssize_t>found] = <uint16_t>number
    for number in range(256):
        if Py_UNICODE_ISSPACE(<Py_UCS4>number):
            t.kind_of[number] = 2
        elif number == c"_" or Py_UNICODE_ISALNUM(<Py_UCS4>number):
            t.kind_of[number] = 1
    t.n_codes = len(letters) + 2
    t.first = <uint32_t *>_filled(t.n_codes)
    t.pairs = <uint32_t *>_filled(DIRECT * DIRECT)


cdef _characters(Tables *t, Ngrams *ngrams):
    """Build the trie of character n-grams; a node that is an n-gram has its number."""
    cdef uint32_t free = <uint32_t>t.n_ngrams
    cdef uint32_t node
    cdef uint64_t used = 0, slot = 0
    cdef Py_ssize_t index, depth, length
    cdef uint16_t code, first = 0
    cdef bint possible
    _room(t, 2 * (t.n_ngrams - t.n_words))
    # shorter n-grams first, so that a prefix that is an n-gram has its number already
    sizes = np.array([_length(ngrams, index) for index in range(t.n_words, t.n_ngrams)], np.int64)
    for index in (np.argsort(sizes, kind="stable") + t.n_words).tolist():
        length = _length(ngrams, index)
        possible = 0 < length <= t.char_high
        if length < t.char_low:  # char_wb gives it for a whole short word only
            possible = length > 2 and _at(ngrams, index, 0) == 32 == _at(ngrams, index, length - 1)
        for depth in range(1, length - 1):
            possible = possible and not Py_UNICODE_ISSPACE(_at(ngrams, index, depth))
        if not possible:
            continue
        if free + length >= NONE:
            raise ValueError("too many n-grams")
        if (used + length) * 8 > t.edge_mask * 5:
            _room(t, 2 * t.edge_mask)
        node = NONE
        for depth in range(length):
            code = t.code_of[_at(ngrams, index, depth)]
            if depth == 0:
                first = code
                if t.first[code] >> 1 == NONE:
                    t.first[code] = _name(t, index, depth == length - 1, &free) << 1
                node = t.first[code] >> 1
                continue
            if depth == 1:
                t.first[first] |= 1
            else:
                t.edges[slot] |= 1
            slot = _place(t, <uint64_t>node << 16 | code)
            if t.edges[slot] == EMPTY:
                t.edges[slot] = (<uint64_t>node << 16 | code) << 24
                t.edges[slot] |= _name(t, index, depth == length - 1, &free) << 1
                used += 1
            node = <uint32_t>(t.edges[slot] & 0xFFFFFF) >> 1
    cdef Py_ssize_t other
    for index in range(DIRECT):
        for other in range(DIRECT):
            if index < t.n_codes and t.first[index] & 1:
                t.pairs[index * DIRECT + other] = _edge(
                    t, <uint64_t>(t.first[index] >> 1) << 16 | <uint64_t>other
                )


cdef uint32_t _name(Tables *t, Py_ssize_t index, bint last, uint32_t *free) noexcept nogil:
    """Return the number of a new node: that of the n-gram which ends here, or a free one."""
    if last:
        return <uint32_t>index
    free[0] += 1
    return free[0] - 1


cdef _room(Tables *t, uint64_t n):
    """Make the table of edges larger than `n`."""
    cdef uint64_t i, old_size = t.edge_mask + 1
    cdef uint64_t *old = t.edges
    t.edge_mask = _power(n) - 1
    t.edge_shift = 64 - <int>int(t.edge_mask).bit_length()
    t.edges = <uint64_t *>_zeros(t.edge_mask + 1, sizeof(uint64_t))
    for i in range(t.edge_mask + 1):
        t.edges[i] = EMPTY
    if old != NULL:
        for i in range(old_size):
            if old[i] != EMPTY:
                t.edges[_place(t, old[i] >> 24)] = old[i]
        PyMem_RawFree(old)


cdef inline uint64_t _place(Tables *t, uint64_t head) noexcept nogil:
    """Return the slot of an edge, or the empty one where it belongs."""
    cdef uint64_t slot = _slot(head, t.edge_shift)
    # one condition, so that only a collision is a surprise for the processor
    while (t.edges[slot] >> 24 != head) & (t.edges[slot] != EMPTY):
        slot = (slot + 1) & t.edge_mask
    return slot


cdef _tokens(Tables *t, Ngrams *ngrams):
    """Build the table of words, and the trie of word n-grams."""
    cdef uint32_t free = <uint32_t>t.n_ngrams
    cdef uint32_t node, number
    cdef uint64_t slot, bit
    cdef Py_ssize_t index, depth, size, first, n_distinct, edges = 0
    cdef Py_ssize_t letters = 0
    for index in range(t.n_words):
        letters += _length(ngrams, index)
    # the words of all n-grams, one after the other, and how many each n-gram has
    cdef uint32_t[::1] numbers = np.empty(letters + t.n_words, dtype=np.uint32)
    cdef int64_t[::1] sizes = np.empty(t.n_words, dtype=np.int64)
    n_distinct = _number(t, ngrams, letters, numbers, sizes)
    for index in range(t.n_words):
        if t.word_low <= sizes[index] <= t.word_high:
            edges += sizes[index] - 1
    if t.n_ngrams + n_distinct + edges >= NONE:
        raise ValueError("too many n-grams")
    t.word_edge_mask = _power(edges + edges // 2) - 1
    t.word_edge_shift = 64 - <int>int(t.word_edge_mask).bit_length()
    t.word_edges = <WordEdge *>_zeros(t.word_edge_mask + 1, sizeof(WordEdge))
    t.word_filter = <uint8_t *>_zeros(t.word_edge_mask + 1, 1)
    first = 0
    for index in range(t.n_words):
        if sizes[index] == 1 == t.word_low:
            t.words[numbers[first]].node = <uint32_t>index
        first += sizes[index]
    for index in range(n_distinct):
        if t.words[index].node == NONE:
            t.words[index].node = _name(t, 0, False, &free)
    # shorter ones first, as above; one word of all of them after the other, so that where the next
    # ones belong is fetched beforehand
    cdef uint64_t[::1] keys = np.empty(t.n_words + SOON, dtype=np.uint64)
    cdef uint32_t[::1] nodes = np.empty(t.n_words, dtype=np.uint32)
    cdef int64_t[::1] which = np.empty(t.n_words, dtype=np.int64)
    cdef int64_t[::1] places = np.cumsum(sizes) - sizes
    cdef Py_ssize_t n, i
    for size in range(max(2, t.word_low), t.word_high + 1):
        n = 0
        for index in range(t.n_words):
            which[n], nodes[n] = index, t.words[numbers[places[index]]].node
            n += sizes[index] == size
        for depth in range(1, size):
            for i in range(n):
                number = t.words[numbers[places[which[i]] + depth]].node
                keys[i] = (<uint64_t>nodes[i] + 1) << 32 | number
            for i in range(n):
                prefetch(&t.word_edges[_slot(keys[i + SOON], t.word_edge_shift)])
                slot = _word_place(t, keys[i])
                if t.word_edges[slot].key == 0:
                    t.word_edges[slot].key = keys[i]
                    t.word_edges[slot].child = _name(t, which[i], depth == size - 1, &free)
                    bit = _slot(keys[i], t.word_edge_shift - 3)
                    t.word_filter[bit >> 3] |= <uint8_t>(1 << (bit & 7))
                nodes[i] = t.word_edges[slot].child


cdef Py_ssize_t _number(
    Tables *t, Ngrams *ngrams, Py_ssize_t room, uint32_t[::1] numbers, int64_t[::1] sizes
) except -1:
    """Fill the table of words, of at most `room` letters, and return how many there are.

    `numbers` says which words the n-grams have, `sizes` how many each of them has.
    """
    cdef Py_ssize_t index, i, length, place = 0, position = 0, begin = 0, n = 0
    cdef uint32_t letter, hashed = 1
    cdef uint64_t slot
    t.pool = <uint16_t *>_zeros(room, sizeof(uint16_t))
    t.words = <Word *>_zeros(len(numbers), sizeof(Word))
    _word_room(t, 0, 1024)
    for index in range(t.n_words):
        length, sizes[index] = _length(ngrams, index), 0
        for i in range(length + 1):
            letter = _at(ngrams, index, i) if i < length else <uint32_t>c" "
            if letter != c" ":
                t.pool[position] = t.code_of[letter]
                hashed = _mix(hashed, t.pool[position])
                position += 1
                continue
            slot = _word_slot(t, &t.pool[begin], <uint32_t>(position - begin), hashed)
            if t.word_slots[slot] == 0:
                t.words[n] = Word(
                    <uint32_t>begin, <uint32_t>(position - begin), hashed, NONE
                )
                begin = position
                n += 1
                t.word_slots[slot] = <uint32_t>n
            numbers[place] = t.word_slots[slot] - 1
            if 2 * <uint64_t>n > t.word_mask:
                _word_room(t, n, 2 * t.word_mask)
            place += 1
            sizes[index] += 1
            position, hashed = begin, 1
    return n


cdef _word_room(Tables *t, Py_ssize_t n, uint64_t size):
    """Make the table of `n` words larger than `size`."""
    cdef Py_ssize_t i
    cdef Word *word
    PyMem_RawFree(t.word_slots)
    t.word_mask = _power(size) - 1
    t.word_shift = 64 - <int>int(t.word_mask).bit_length()
    t.word_slots = NULL  # should there be no memory
    t.word_slots = <uint32_t *>_zeros(t.word_mask + 1, sizeof(uint32_t))
    for i in range(n):
        word = &t.words[i]
        t.word_slots[
            _word_slot(t, &t.pool[word.start], word.length, word.hash)
        ] = <uint32_t>i + 1


cdef inline uint64_t _word_slot(
    Tables *t, uint16_t *codes, uint32_t length, uint32_t hashed
) noexcept nogil:
    """Return the slot of a word, or the empty one where it belongs."""
    cdef uint64_t slot = _slot(hashed, t.word_shift)
    cdef Word *word
    while t.word_slots[slot]:
        word = &t.words[t.word_slots[slot] - 1]
        if word.length == length and not memcmp(
            &t.pool[word.start], codes, length * sizeof(uint16_t)
        ):
            break
        slot = (slot + 1) & t.word_mask
    return slot


cdef inline uint64_t _word_place(Tables *t, uint64_t key) noexcept nogil:
    cdef uint64_t slot = _slot(key, t.word_edge_shift)
    while t.word_edges[slot].key and t.word_edges[slot].key != key:
        slot = (slot + 1) & t.word_edge_mask
    return slot


cdef _line_ends(str letters, Py_ssize_t n):
    """Return where the lines of a text end, an array of `n` places."""
    cdef int kind = PyUnicode_KIND(letters)
    cdef void *data = PyUnicode_DATA(letters)
    cdef Py_ssize_t i, found = 0
    ends = np.empty(n, dtype=np.int64)
    cdef int64_t[::1] room = ends
    for i in range(PyUnicode_GET_LENGTH(letters)):
        if _letter(data, kind, i) == c"\n":
            if found == n:
                break
            room[found] = i
            found += 1
    if found < n:
        raise ValueError(f"{n} n-grams were expected, not {found}")
    return ends
