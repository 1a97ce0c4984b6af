# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: freethreading_compatible=True
"""The compiled reader: from a string to log-odds in one pass, without the GIL.

What stands between white space becomes a row of letter codes (two bytes each, 0 for a letter that
no n-gram has) between two spaces. The character n-grams are a trie: its first two levels are a
table by both codes, the deeper edges lie in one open-addressing hash table of eight bytes an edge
(the parent and the letter, which are the whole key, so that nothing needs to be compared, and the
child). All starting points go down one level together, so that their look-ups overlap in the
memory system; one that finds no edge, or whose node has no children, is dropped. A node that is an
n-gram has the number of the n-gram. Words are hashed once, checked letter by letter, and form a
second trie with words as letters.

Few words make most of a text, and what a word consists of never changes: the numbers of a short
word's n-grams are remembered and only counted the next time. Each call borrows such a memory from
its table and gives it back, so that threads share none.
"""

from time import perf_counter

import numpy as np

from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree, PyMem_RawMalloc
from libc.math cimport log, sqrt
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset


cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define MISINFO_PREFETCH(address) __builtin_prefetch(address)
    #else
    #define MISINFO_PREFETCH(address) ((void)(address))
    #endif
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    #define MISINFO_FIRST(bits) (__builtin_ctzll(bits) >> 3)  /* the first byte with a bit */
    #else
    #define MISINFO_FIRST(bits) 0  /* unknown: what asks looks at each letter then */
    #endif
    """
    void prefetch "MISINFO_PREFETCH"(void *) noexcept nogil
    int first_byte "MISINFO_FIRST"(uint64_t) noexcept nogil


cdef extern from "Python.h":
    Py_ssize_t PyUnicode_GET_LENGTH(object)
    int PyUnicode_IS_ASCII(object)
    int PyUnicode_KIND(object)
    void *PyUnicode_DATA(object)
    int Py_UNICODE_ISALNUM(Py_UCS4) nogil
    int Py_UNICODE_ISSPACE(Py_UCS4) nogil


cdef enum:
    FOLDED = 0  # instead of a string's kind 1, 2 or 4: ASCII that is read in lower case
    NONE = 0x7FFFFF  # no node; nodes have 23 bits
    DIRECT = 128  # letter codes below it have a table of pairs
    SPACE = 1
    BLOCK = 1024  # starting points that go down the trie together
    LOGS = 64
    SIZES = 16
    TOKENS = 256  # whose n-grams are looked up together
    AHEAD = 32  # words whose memories are fetched together
    SHORT = 23  # bytes of a word that is remembered
    KNOWN = 1 << 15  # words that are remembered before all are forgotten
    POOL = 1 << 20  # numbers that these consist of
    ROOM = 2 * BLOCK  # numbers of a word; one that is remembered has at most 12 + 25 * 26 / 2
    LARGE = 1 << 20  # letters of a text that a memory is not kept for

cdef uint64_t EMPTY = 0xFFFFFFFFFFFFFFFE  # an edge from nowhere to NONE, without children

cdef struct Weight:
    double idf
    double coef

cdef struct WordEdge:
    uint64_t key  # 0: empty; (node + 1) << 32 | node of the word
    uint32_t child

cdef struct Word:
    uint32_t start  # of its letters in the pool
    uint32_t length
    uint32_t hash
    uint32_t node

cdef struct Token:
    uint32_t start
    uint32_t length
    uint32_t hash  # 0: it has a letter that no n-gram has

cdef struct Known:
    uint64_t key[3]  # the letters; the last byte says how many and how wide
    uint32_t start  # in the pool: its tokens, then its character n-grams
    uint32_t total  # character n-grams, those that the vocabulary lacks among them
    uint16_t n_tokens
    uint16_t n_ids

cdef struct Piece:
    uint64_t key[3]
    uint64_t slot
    Py_ssize_t begin, end
    bint short_

cdef struct Scratch:
    uint16_t *codes  # of a word
    Token *tokens  # of a word
    uint32_t *counts  # of each n-gram in the text
    uint32_t *distinct[2]  # the n-grams in the text: of words, of characters
    Py_ssize_t n_distinct[2]
    uint32_t *nodes  # of the tokens of the text
    uint32_t *open_  # of the word n-grams of one size that end at each token
    uint32_t *ids  # character n-grams of a word
    uint32_t *slots  # 0: empty; known word + 1
    Known *words
    uint32_t *pool
    Py_ssize_t n_codes, n_tokens, n_nodes, n_ids, n_words, n_pool, known, total


cdef uint64_t[SHORT + 1][3] MASKS  # what keeps so many bytes of a key
cdef uint64_t[SHORT + 1] SIZE  # and what tells a key how many they are
memset(MASKS, 0, sizeof(MASKS))
memset(SIZE, 0, sizeof(SIZE))
for _n in range(SHORT + 1):
    memset(&MASKS[<Py_ssize_t>_n][0], 0xFF, _n)
    (<uint8_t *>&SIZE[<Py_ssize_t>_n])[7] = _n


cdef inline uint64_t _slot(uint64_t key, int shift) noexcept nogil:
    return (key * <uint64_t>0x9E3779B97F4A7C15) >> shift


cdef inline uint32_t _mix(uint32_t hashed, uint16_t code) noexcept nogil:
    return (hashed ^ code) * <uint32_t>0x01000193 + (hashed >> 15)


cdef class Memory:
    """What one call works with, and the words that it and the calls before it have seen."""

    cdef Scratch s
    cdef Py_ssize_t longest

    def __cinit__(self, Py_ssize_t n_words, Py_ssize_t n_ngrams):
        memset(&self.s, 0, sizeof(Scratch))
        self.longest = -1
        self.s.counts = <uint32_t *>_zeros(n_ngrams + 1, sizeof(uint32_t))
        self.s.distinct[0] = <uint32_t *>_zeros(n_ngrams + 3, sizeof(uint32_t))
        self.s.distinct[1] = self.s.distinct[0] + n_words + 1
        self.s.slots = <uint32_t *>_zeros(2 * KNOWN, sizeof(uint32_t))
        self.s.words = <Known *>_zeros(KNOWN, sizeof(Known))
        self.s.pool = <uint32_t *>_zeros(POOL + ROOM, sizeof(uint32_t))

    cdef make_room(self, Py_ssize_t longest):
        """Make room for the letters of a text."""
        if longest <= self.longest:
            return
        PyMem_RawFree(self.s.codes)
        PyMem_RawFree(self.s.tokens)
        PyMem_RawFree(self.s.nodes)
        self.s.codes, self.s.tokens, self.s.nodes, self.longest = NULL, NULL, NULL, -1
        self.s.codes = <uint16_t *>_zeros(longest + 3, sizeof(uint16_t))  # two spaces and an end
        self.s.tokens = <Token *>_zeros(longest // 2 + 1, sizeof(Token))
        self.s.nodes = <uint32_t *>_zeros(2 * (longest // 2 + 1), sizeof(uint32_t))
        self.s.open_ = self.s.nodes + longest // 2 + 1
        self.longest = longest

    def __dealloc__(self):
        PyMem_RawFree(self.s.codes)
        PyMem_RawFree(self.s.tokens)
        PyMem_RawFree(self.s.nodes)
        PyMem_RawFree(self.s.counts)
        PyMem_RawFree(self.s.distinct[0])
        PyMem_RawFree(self.s.slots)
        PyMem_RawFree(self.s.words)
        PyMem_RawFree(self.s.pool)


cdef class Table:
    """Vocabulary and weights, laid out for reading."""

    cdef Py_ssize_t n_ngrams, n_words, n_heads, n_codes
    cdef int word_low, word_high, char_low, char_high, min_token, lowercase
    cdef uint16_t *code_of  # letter -> code, for all of Unicode
    cdef uint8_t *kind_of  # letter below 256 -> 1 part of a word, 2 white space
    cdef uint32_t *first  # code -> node << 1 | has children
    cdef uint32_t *pairs  # code, code -> the same
    cdef uint64_t *edges  # parent << 40 | code << 24 | child << 1 | has children
    cdef int edge_shift
    cdef uint64_t edge_mask
    cdef Word *words
    cdef uint16_t *pool
    cdef uint32_t *word_slots  # 0: empty; word + 1
    cdef int word_shift
    cdef uint64_t word_mask
    cdef WordEdge *word_edges
    cdef int word_edge_shift
    cdef uint64_t word_edge_mask
    cdef uint8_t *word_filter  # a bit for each edge, small enough for the second-level cache
    cdef Weight *weights
    cdef tuple tags  # the weights of all heads, and the order of the n-grams here
    cdef double[:, ::1] coef  # these, once another head than the main one was asked for
    cdef double[::1] intercept
    cdef double logs[LOGS]
    cdef list memories  # those that no call uses

    def __cinit__(self):
        self.code_of = NULL

    def __init__(
        self, vocabulary, n_words, idf, coef, intercept, word_range, char_range, min_token,
        lowercase=True,
    ):
        cdef Py_ssize_t i
        self.n_ngrams, self.n_words = len(vocabulary), n_words
        self.intercept = np.array(intercept, dtype=np.float64)
        self.n_heads = len(self.intercept)
        self.word_low, self.word_high = word_range
        self.char_low, self.char_high = char_range
        self.min_token, self.lowercase = min_token, lowercase
        self.memories = []
        weights = np.asarray(coef)
        rarity = np.asarray(idf, dtype=np.float64)
        if not 0 <= n_words <= self.n_ngrams:
            raise ValueError("more words than n-grams")
        if weights.shape != (self.n_ngrams, self.n_heads) or rarity.shape != (self.n_ngrams,):
            raise ValueError("weights do not fit the vocabulary and the heads")
        if self.char_low < 1 or self.word_low < 1 or not self.n_heads:
            raise ValueError("an n-gram has at least one letter, and a model one head")
        if self.word_high > SIZES:
            raise ValueError(f"word n-grams have at most {SIZES} words")
        # frequent n-grams first: what is read often lies together
        order = np.concatenate(
            [
                np.argsort(rarity[:n_words], kind="stable"),
                n_words + np.argsort(rarity[n_words:], kind="stable"),
            ]
        )
        self.tags, self.coef = (weights, order), None
        cdef double[::1] sorted_idf = np.ascontiguousarray(rarity[order])
        cdef double[::1] main = weights[order, 0].astype(np.float64)
        self.weights = <Weight *>_zeros(self.n_ngrams, sizeof(Weight))
        for i in range(self.n_ngrams):
            self.weights[i].idf = sorted_idf[i]
            self.weights[i].coef = main[i]
        vocabulary = [vocabulary[i] for i in order.tolist()]
        for i in range(1, LOGS):
            self.logs[i] = 1 + log(<double>i)
        self._letters(vocabulary)
        self._characters(vocabulary)
        self._tokens(vocabulary)

    def __dealloc__(self):
        for pointer in (
            <size_t>self.code_of, <size_t>self.kind_of, <size_t>self.first, <size_t>self.pairs,
            <size_t>self.edges, <size_t>self.words, <size_t>self.pool, <size_t>self.word_slots,
            <size_t>self.word_edges, <size_t>self.word_filter, <size_t>self.weights,
        ):
            PyMem_RawFree(<void *><size_t>pointer)

    cdef _letters(self, vocabulary):
        """Give each letter of the vocabulary a code, the frequent ones first."""
        cdef Py_ssize_t number
        cdef Py_UCS4 letter
        cdef uint32_t *counts = <uint32_t *>_zeros(0x110000, sizeof(uint32_t))
        cdef str ngram
        for ngram in vocabulary:
            for letter in ngram:
                counts[letter] += 1
        letters = [number for number in range(0x110000) if counts[number] and number != c" "]
        letters.sort(key=lambda found: (-<int64_t>counts[<Py_ssize_t>found], found))
        PyMem_RawFree(counts)
        if len(letters) > 65000:
            raise ValueError(f"{len(letters)} different letters are too many")
        self.code_of = <uint16_t *>_zeros(0x110000, sizeof(uint16_t))
        self.kind_of = <uint8_t *>_zeros(256, 1)
        self.code_of[32] = SPACE
        for number, found in enumerate(letters, SPACE + 1):
            self.code_of[<Py_ssize_t>found] = <uint16_t>number
        for number in range(256):
            if Py_UNICODE_ISSPACE(<Py_UCS4>number):
                self.kind_of[number] = 2
            elif number == c"_" or Py_UNICODE_ISALNUM(<Py_UCS4>number):
                self.kind_of[number] = 1
        self.n_codes = len(letters) + 2
        self.first = <uint32_t *>_filled(self.n_codes)
        self.pairs = <uint32_t *>_filled(DIRECT * DIRECT)

    cdef _characters(self, list vocabulary):
        """Build the trie of character n-grams; a node that is an n-gram has its number."""
        cdef uint32_t free = <uint32_t>self.n_ngrams
        cdef uint32_t node
        cdef uint64_t used = 0, slot = 0
        cdef Py_ssize_t index, depth, length
        cdef uint16_t code, first = 0
        cdef str ngram
        cdef bint possible
        self._room(2 * (self.n_ngrams - self.n_words))
        # shorter n-grams first, so that a prefix that is an n-gram has its number already
        sizes = np.fromiter(map(len, vocabulary[self.n_words :]), np.int64)
        for index in (np.argsort(sizes, kind="stable") + self.n_words).tolist():
            ngram = vocabulary[index]
            length = len(ngram)
            possible = 0 < length <= self.char_high
            if length < self.char_low:  # char_wb gives it for a whole short word only
                possible = length > 2 and ngram[0] == " " == ngram[length - 1]
            for depth in range(1, length - 1):
                possible = possible and not Py_UNICODE_ISSPACE(ngram[depth])
            if not possible:
                continue
            if free + length >= NONE:
                raise ValueError("too many n-grams")
            if (used + length) * 8 > self.edge_mask * 5:
                self._room(2 * self.edge_mask)
            node = NONE
            for depth in range(length):
                code = self.code_of[<Py_UCS4>ngram[depth]]
                if depth == 0:
                    first = code
                    if self.first[code] >> 1 == NONE:
                        self.first[code] = self._name(index, depth == length - 1, &free) << 1
                    node = self.first[code] >> 1
                    continue
                if depth == 1:
                    self.first[first] |= 1
                else:
                    self.edges[slot] |= 1
                slot = self._place(<uint64_t>node << 16 | code)
                if self.edges[slot] == EMPTY:
                    self.edges[slot] = (<uint64_t>node << 16 | code) << 24
                    self.edges[slot] |= self._name(index, depth == length - 1, &free) << 1
                    used += 1
                node = <uint32_t>(self.edges[slot] & 0xFFFFFF) >> 1
        cdef Py_ssize_t other
        for index in range(DIRECT):
            for other in range(DIRECT):
                if index < self.n_codes and self.first[index] & 1:
                    self.pairs[index * DIRECT + other] = self._edge(
                        <uint64_t>(self.first[index] >> 1) << 16 | <uint64_t>other
                    )

    cdef uint32_t _name(self, Py_ssize_t index, bint last, uint32_t *free) noexcept nogil:
        """Return the number of a new node: that of the n-gram which ends here, or a free one."""
        if last:
            return <uint32_t>index
        free[0] += 1
        return free[0] - 1

    cdef _room(self, uint64_t n):
        """Make the table of edges larger than `n`."""
        cdef uint64_t i, old_size = self.edge_mask + 1
        cdef uint64_t *old = self.edges
        self.edge_mask = _power(n) - 1
        self.edge_shift = 64 - <int>int(self.edge_mask).bit_length()
        self.edges = <uint64_t *>_zeros(self.edge_mask + 1, sizeof(uint64_t))
        for i in range(self.edge_mask + 1):
            self.edges[i] = EMPTY
        if old != NULL:
            for i in range(old_size):
                if old[i] != EMPTY:
                    self.edges[self._place(old[i] >> 24)] = old[i]
            PyMem_RawFree(old)

    cdef inline uint64_t _place(self, uint64_t head) noexcept nogil:
        """Return the slot of an edge, or the empty one where it belongs."""
        cdef uint64_t slot = _slot(head, self.edge_shift)
        # one condition, so that only a collision is a surprise for the processor
        while (self.edges[slot] >> 24 != head) & (self.edges[slot] != EMPTY):
            slot = (slot + 1) & self.edge_mask
        return slot

    cdef _tokens(self, list vocabulary):
        """Build the table of words, and the trie of word n-grams."""
        cdef uint32_t free = <uint32_t>self.n_ngrams
        cdef uint32_t node, number
        cdef uint64_t slot, key, bit
        cdef Py_ssize_t index, depth, size, first, n_distinct, edges = 0
        cdef Py_ssize_t letters = sum(map(len, vocabulary[: self.n_words]))
        # the words of all n-grams, one after the other, and how many each n-gram has
        cdef uint32_t[::1] numbers = np.empty(letters + self.n_words, dtype=np.uint32)
        cdef int64_t[::1] sizes = np.empty(self.n_words, dtype=np.int64)
        n_distinct = self._number(vocabulary, letters, numbers, sizes)
        for index in range(self.n_words):
            if self.word_low <= sizes[index] <= self.word_high:
                edges += sizes[index] - 1
        if self.n_ngrams + n_distinct + edges >= NONE:
            raise ValueError("too many n-grams")
        self.word_edge_mask = _power(2 * edges) - 1
        self.word_edge_shift = 64 - <int>int(self.word_edge_mask).bit_length()
        self.word_edges = <WordEdge *>_zeros(self.word_edge_mask + 1, sizeof(WordEdge))
        self.word_filter = <uint8_t *>_zeros(self.word_edge_mask + 1, 1)
        first = 0
        for index in range(self.n_words):
            if sizes[index] == 1 == self.word_low:
                self.words[numbers[first]].node = <uint32_t>index
            first += sizes[index]
        for index in range(n_distinct):
            if self.words[index].node == NONE:
                self.words[index].node = self._name(0, False, &free)
        for size in range(max(2, self.word_low), self.word_high + 1):  # shorter ones first, as above
            first = 0
            for index in range(self.n_words):
                if sizes[index] == size:
                    node = self.words[numbers[first]].node
                    for depth in range(1, size):
                        number = self.words[numbers[first + depth]].node
                        key = (<uint64_t>node + 1) << 32 | number
                        slot = self._word_place(key)
                        if self.word_edges[slot].key == 0:
                            self.word_edges[slot].key = key
                            self.word_edges[slot].child = self._name(index, depth == size - 1, &free)
                            bit = _slot(key, self.word_edge_shift - 3)
                            self.word_filter[bit >> 3] |= <uint8_t>(1 << (bit & 7))
                        node = self.word_edges[slot].child
                first += sizes[index]

    cdef Py_ssize_t _number(
        self, list vocabulary, Py_ssize_t room, uint32_t[::1] numbers, int64_t[::1] sizes
    ) except -1:
        """Fill the table of words, of at most `room` letters, and return how many there are.

        `numbers` says which words the n-grams have, `sizes` how many each of them has.
        """
        cdef Py_ssize_t index, i, length, place = 0, position = 0, begin = 0, n = 0
        cdef uint32_t letter, hashed = 1
        cdef uint64_t slot
        cdef str ngram
        self.pool = <uint16_t *>_zeros(room, sizeof(uint16_t))
        self.words = <Word *>_zeros(len(numbers), sizeof(Word))
        self._word_room(0, 1024)
        for index in range(self.n_words):
            ngram = vocabulary[index]
            length, sizes[index] = PyUnicode_GET_LENGTH(ngram), 0
            for i in range(length + 1):
                letter = <uint32_t>ngram[i] if i < length else <uint32_t>c" "
                if letter != c" ":
                    self.pool[position] = self.code_of[letter]
                    hashed = _mix(hashed, self.pool[position])
                    position += 1
                    continue
                slot = self._word_slot(
                    &self.pool[begin], <uint32_t>(position - begin), hashed
                )
                if self.word_slots[slot] == 0:
                    self.words[n] = Word(
                        <uint32_t>begin, <uint32_t>(position - begin), hashed, NONE
                    )
                    begin = position
                    n += 1
                    self.word_slots[slot] = <uint32_t>n
                numbers[place] = self.word_slots[slot] - 1
                if 2 * <uint64_t>n > self.word_mask:
                    self._word_room(n, 2 * self.word_mask)
                place += 1
                sizes[index] += 1
                position, hashed = begin, 1
        return n

    cdef _word_room(self, Py_ssize_t n, uint64_t size):
        """Make the table of `n` words larger than `size`."""
        cdef Py_ssize_t i
        cdef Word *word
        PyMem_RawFree(self.word_slots)
        self.word_mask = _power(size) - 1
        self.word_shift = 64 - <int>int(self.word_mask).bit_length()
        self.word_slots = NULL  # should there be no memory
        self.word_slots = <uint32_t *>_zeros(self.word_mask + 1, sizeof(uint32_t))
        for i in range(n):
            word = &self.words[i]
            self.word_slots[
                self._word_slot(&self.pool[word.start], word.length, word.hash)
            ] = <uint32_t>i + 1

    cdef inline uint64_t _word_slot(
        self, uint16_t *codes, uint32_t length, uint32_t hashed
    ) noexcept nogil:
        """Return the slot of a word, or the empty one where it belongs."""
        cdef uint64_t slot = _slot(hashed, self.word_shift)
        cdef uint32_t i
        cdef Word *word
        while self.word_slots[slot]:
            word = &self.words[self.word_slots[slot] - 1]
            if word.length == length:
                i = 0
                while i < length and self.pool[word.start + i] == codes[i]:
                    i += 1
                if i == length:
                    break
            slot = (slot + 1) & self.word_mask
        return slot

    cdef inline uint64_t _word_place(self, uint64_t key) noexcept nogil:
        cdef uint64_t slot = _slot(key, self.word_edge_shift)
        while self.word_edges[slot].key and self.word_edges[slot].key != key:
            slot = (slot + 1) & self.word_edge_mask
        return slot

    def read(self, texts, places, sizes, main_only):
        """Return the log-odds and the counts of texts or of parts of them; see ``Engine.read``."""
        cdef Py_ssize_t n_heads = 1 if main_only else self.n_heads
        cdef Py_ssize_t n, row = 0, longest = 0, start, end, length, left
        cdef int kind
        cdef void *letters
        cdef const int64_t[:, ::1] bounds = places
        if bounds is not None and bounds.shape[1] != 2:
            raise ValueError("a place has a start and an end")
        texts = list(texts)
        # ASCII is folded on the way, a word at a time
        cased = [
            text if isinstance(text, str) and PyUnicode_IS_ASCII(text)
            else str.lower(text) if self.lowercase else str.__str__(text)
            for text in texts
        ]
        n = len(cased) if bounds is None else bounds.shape[0]
        log_odds = np.empty((n, n_heads))
        counts = np.empty((n, 2), dtype=np.int64)
        cdef double[:, ::1] out = log_odds
        cdef int64_t[:, ::1] seen = counts
        cdef void **data = <void **>PyMem_RawMalloc((n + 1) * sizeof(void *))
        cdef Py_ssize_t *lengths = <Py_ssize_t *>PyMem_RawMalloc((n + 1) * sizeof(Py_ssize_t))
        cdef uint8_t *kinds = <uint8_t *>PyMem_RawMalloc(n + 1)
        cdef Memory memory
        if not main_only and self.coef is None:
            weights, order = self.tags
            coef = weights[order].astype(np.float64, order="C")
            if self.coef is None:  # nor did another thread set it
                self.coef = coef
        try:
            memory = self.memories.pop()
        except IndexError:
            memory = Memory(self.n_words, self.n_ngrams)
        cdef Scratch *scratch = &memory.s
        try:
            if data == NULL or lengths == NULL or kinds == NULL:
                raise MemoryError
            sizes = [1] * n if bounds is None else sizes
            for text, whole, size in zip(cased, texts, sizes, strict=True):
                length = PyUnicode_GET_LENGTH(text)
                letters, kind = PyUnicode_DATA(text), PyUnicode_KIND(text)
                if self.lowercase and PyUnicode_IS_ASCII(text):
                    kind = FOLDED
                for left in range(size):
                    if row == n:
                        raise ValueError("there are more parts than places")
                    start, end = 0, length
                    if bounds is not None:
                        start, end = bounds[row, 0], bounds[row, 1]
                        if not 0 <= start <= end <= PyUnicode_GET_LENGTH(whole):
                            raise ValueError(f"no such part of a text: {start} to {end}")
                        if kind != FOLDED and self.lowercase:  # it may be longer than it was
                            if start or end < PyUnicode_GET_LENGTH(whole):
                                raise ValueError("parts are of ASCII texts, others are read whole")
                            end = length
                    lengths[row], kinds[row] = end - start, <uint8_t>kind
                    data[row] = <uint8_t *>letters + start * max(1, kind)
                    longest = max(longest, end - start)
                    row += 1
            if row != n:
                raise ValueError("there are fewer parts than places")
            memory.make_room(longest)
            with nogil:
                for row in range(n):
                    self._find(scratch, data[row], kinds[row], lengths[row])
                    seen[row, 0], seen[row, 1] = scratch.known, scratch.total
                    self._sum(scratch, &out[row, 0], n_heads)
        finally:
            PyMem_RawFree(data)
            PyMem_RawFree(lengths)
            PyMem_RawFree(kinds)
        if longest < LARGE:
            self.memories.append(memory)
        return log_odds, counts

    def bare(self, texts, rounds):
        """Return how many known n-grams some texts have, and the seconds that each costs when their
        numbers are known beforehand: counting, weighing and clearing are all that is done. No
        reader of this vocabulary can go without them. For benchmarks.
        """
        cdef Py_ssize_t n = len(texts), repeats = rounds, row, i, block, again
        cdef double out = 0, total = 0
        cdef str text
        cdef uint32_t node
        cdef Memory memory = Memory(self.n_words, self.n_ngrams)
        cdef Scratch *s = &memory.s
        numbers, ends = [], np.zeros(n + 1, dtype=np.int64)
        for row in range(n):
            text = str.lower(texts[row])
            memory.make_room(len(text))
            self._find(s, PyUnicode_DATA(text), PyUnicode_KIND(text), len(text))
            for block in range(2):
                for i in range(s.n_distinct[block]):
                    node = s.distinct[block][i]
                    numbers += [node] * s.counts[node]
            self._sum(s, &out, 1)
            ends[row + 1] = len(numbers)
        cdef uint32_t[::1] ids = np.array([*numbers, 0], dtype=np.uint32)
        cdef int64_t[::1] limits = ends
        begin = perf_counter()
        with nogil:
            for again in range(repeats):
                for row in range(n):
                    s.n_distinct[0] = s.n_distinct[1] = 0
                    self._count(s, &ids[limits[row]], limits[row + 1] - limits[row], 1)
                    self._sum(s, &out, 1)
                    total += out
        seconds = perf_counter() - begin
        return len(numbers), seconds / max(1, repeats * len(numbers)), total

    cdef void _find(self, Scratch *s, void *data, int kind, Py_ssize_t length) noexcept nogil:
        """Count the n-grams of a text."""
        cdef Piece pieces[AHEAD]
        cdef Py_ssize_t i, begin, end = 0, n
        cdef uint32_t number
        s.known = s.total = s.n_nodes = s.n_distinct[0] = s.n_distinct[1] = 0
        while end < length:
            n = 0
            while end < length and n < AHEAD:
                begin = end
                if kind == FOLDED and end + 24 <= length:
                    end += _ahead(<uint8_t *>data + end)
                if kind <= 1:
                    while end < length and self.kind_of[(<uint8_t *>data)[end]] != 2:
                        end += 1
                else:
                    while end < length and not self._is_space(_letter(data, kind, end)):
                        end += 1
                if end > begin:
                    pieces[n].begin, pieces[n].end = begin, end
                    pieces[n].short_ = _key(&pieces[n], data, kind, length)
                    prefetch(&s.slots[pieces[n].slot])
                    n += 1
                end += 1
            for i in range(n):
                number = s.slots[pieces[i].slot]
                prefetch(&s.words[number - (number > 0)])
            for i in range(n):
                number = s.slots[pieces[i].slot]
                prefetch(&s.pool[s.words[number - (number > 0)].start])
            for i in range(n):
                self._find_word(s, data, kind, &pieces[i])
        self._find_tokens(s)
        for i in range(self.word_low, self.word_high + 1):
            s.total += max(0, s.n_nodes - i + 1)

    cdef inline bint _is_space(self, uint32_t letter) noexcept nogil:
        return self.kind_of[letter] == 2 if letter < 256 else Py_UNICODE_ISSPACE(letter)

    cdef void _find_word(self, Scratch *s, void *data, int kind, Piece *piece) noexcept nogil:
        """Count the n-grams of what stands between white space; remember them if it is short."""
        cdef uint64_t *key = piece.key
        cdef uint64_t slot = piece.slot
        cdef Known *word
        cdef Py_ssize_t i
        cdef uint32_t number
        if piece.short_:
            while s.slots[slot]:
                word = &s.words[s.slots[slot] - 1]
                if word.key[0] == key[0] and word.key[1] == key[1] and word.key[2] == key[2]:
                    for i in range(word.n_tokens):
                        s.nodes[s.n_nodes + i] = s.pool[word.start + i]
                    s.n_nodes += word.n_tokens
                    self._count(s, &s.pool[word.start + word.n_tokens], word.n_ids, 1)
                    s.total += word.total
                    return
                slot = (slot + 1) & (2 * KNOWN - 1)
        self._encode(s, data, kind, piece.begin, piece.end)
        if piece.short_ and (s.n_words == KNOWN or s.n_pool >= POOL - ROOM):
            memset(s.slots, 0, 2 * KNOWN * sizeof(uint32_t))
            s.n_words = s.n_pool = 0
            slot = piece.slot
        s.ids = &s.pool[s.n_pool]
        for i in range(s.n_tokens):
            number = self._word(s, &s.tokens[i])
            s.nodes[s.n_nodes] = number
            s.n_nodes += 1
            if piece.short_:
                s.ids[i] = number
        if piece.short_:
            s.ids += s.n_tokens
        s.n_ids = 0
        self._find_characters(s)
        if piece.short_:
            word = &s.words[s.n_words]
            memcpy(word.key, key, sizeof(word.key))
            word.start, word.total = <uint32_t>s.n_pool, <uint32_t>self._possible(s.n_codes)
            word.n_tokens, word.n_ids = <uint16_t>s.n_tokens, <uint16_t>s.n_ids
            s.n_words += 1
            s.n_pool += s.n_tokens + s.n_ids
            s.slots[slot] = <uint32_t>s.n_words
        self._count(s, s.ids, s.n_ids, 1)
        s.total += self._possible(s.n_codes)

    cdef void _encode(
        self, Scratch *s, void *data, int kind, Py_ssize_t start, Py_ssize_t length
    ) noexcept nogil:
        """Turn letters into codes, one space on either side of a word, and mark the tokens."""
        cdef Py_ssize_t i, j = 0, n_tokens = 0, token = -1
        cdef uint32_t letter
        cdef uint16_t code
        cdef uint8_t which
        cdef uint32_t hashed = 1
        cdef bint inside = False
        cdef uint16_t *codes = s.codes
        for i in range(start, length + 1):
            if i == length:
                which, code = 2, SPACE
            else:
                letter = _letter(data, kind, i)
                if letter < 256:
                    which = self.kind_of[letter]
                elif Py_UNICODE_ISSPACE(letter):
                    which = 2
                else:
                    which = Py_UNICODE_ISALNUM(letter) != 0
                code = self.code_of[letter]
            if which == 1:
                if not inside:
                    inside = True
                    codes[j] = SPACE
                    j += 1
                if token < 0:
                    token = j
                    hashed = 1
                hashed = _mix(hashed, code) if code and hashed else 0
                codes[j] = code
                j += 1
                continue
            if token >= 0:
                if j - token >= self.min_token:
                    s.tokens[n_tokens].start = <uint32_t>token
                    s.tokens[n_tokens].length = <uint32_t>(j - token)
                    s.tokens[n_tokens].hash = hashed
                    n_tokens += 1
                token = -1
            if which == 2:
                if inside:
                    inside = False
                    codes[j] = SPACE
                    j += 1
            else:
                if not inside:
                    inside = True
                    codes[j] = SPACE
                    j += 1
                codes[j] = code
                j += 1
        codes[j] = 0
        s.n_codes, s.n_tokens = j, n_tokens

    cdef inline Py_ssize_t _possible(self, Py_ssize_t size) noexcept nogil:
        """Return how many n-grams a word with its two spaces has."""
        cdef Py_ssize_t n, total = 0
        for n in range(self.char_low, self.char_high + 1):
            total += max(1, size - n + 1)
            if n >= size:
                break
        return total

    cdef inline void _count(
        self, Scratch *s, uint32_t *ids, Py_ssize_t n, int block
    ) noexcept nogil:
        """Count n-grams, of words or of characters; nothing needs to be predicted."""
        cdef uint32_t *distinct = s.distinct[block]
        cdef uint32_t *counts = s.counts
        cdef Py_ssize_t n_distinct = s.n_distinct[block], i
        cdef uint32_t before
        for i in range(n):
            before = counts[ids[i]]
            counts[ids[i]] = before + 1
            distinct[n_distinct] = ids[i]
            n_distinct += before == 0
        s.n_distinct[block] = n_distinct
        s.known += n

    cdef inline void _keep(self, Scratch *s, uint32_t *nodes, Py_ssize_t n) noexcept nogil:
        """Keep those nodes that are n-grams; count what was kept when there is no more room."""
        cdef uint32_t last = <uint32_t>self.n_ngrams
        cdef Py_ssize_t i
        if s.n_ids + n > ROOM - SHORT:
            self._count(s, s.ids, s.n_ids, 1)
            s.n_ids = 0
        for i in range(n):
            s.ids[s.n_ids] = nodes[i]
            s.n_ids += nodes[i] < last

    cdef void _find_tokens(self, Scratch *s) noexcept nogil:
        """Find and count the word n-grams, a block of tokens and one size at a time."""
        cdef uint64_t keys[TOKENS]
        cdef uint32_t places[TOKENS]
        cdef uint32_t found[TOKENS]
        cdef uint32_t *nodes = s.nodes
        cdef uint32_t *open_ = s.open_
        cdef uint64_t slot
        cdef uint32_t parent, child
        cdef Py_ssize_t size, start, end, i, n, kept
        for i in range(s.n_nodes):
            open_[i] = nodes[i]
        for size in range(1, self.word_high + 1):
            end = s.n_nodes
            while end >= size:  # the last block first, since each needs what was before it
                start = max(size - 1, end - TOKENS)
                if size > 1:
                    n = 0
                    for i in range(start, end):
                        parent = open_[i - 1]
                        keys[n] = (<uint64_t>parent + 1) << 32 | nodes[i]
                        places[n] = <uint32_t>(i - start)
                        prefetch(&self.word_filter[_slot(keys[n], self.word_edge_shift - 3) >> 3])
                        n += (parent != NONE) & (nodes[i] != NONE)
                    kept = 0
                    for i in range(n):
                        slot = _slot(keys[i], self.word_edge_shift - 3)
                        keys[kept], places[kept] = keys[i], places[i]
                        kept += self.word_filter[slot >> 3] >> (slot & 7) & 1
                    for i in range(start, end):
                        open_[i] = NONE
                    for i in range(kept):
                        prefetch(&self.word_edges[_slot(keys[i], self.word_edge_shift)])
                    for i in range(kept):
                        slot = self._word_place(keys[i])
                        if self.word_edges[slot].key:
                            open_[start + places[i]] = self.word_edges[slot].child
                n = 0
                for i in range(start, end):
                    child = open_[i]
                    found[n] = child
                    n += child < self.n_ngrams
                self._count(s, found, n, 0)
                end = start

    cdef inline uint32_t _word(self, Scratch *s, Token *token) noexcept nogil:
        """Return the node of a token."""
        cdef uint32_t number
        if token.hash == 0:
            return NONE
        number = self.word_slots[
            self._word_slot(&s.codes[token.start], token.length, token.hash)
        ]
        return self.words[number - 1].node if number else NONE

    cdef inline uint32_t _edge(self, uint64_t head) noexcept nogil:
        """Return the child (with the bit that it has children), or NONE << 1."""
        return <uint32_t>(self.edges[self._place(head)] & 0xFFFFFF)

    cdef void _find_characters(self, Scratch *s) noexcept nogil:
        """Find the character n-grams, all starting points of a block one level at a time."""
        cdef uint32_t place[BLOCK]
        cdef uint32_t parent[BLOCK]
        cdef uint32_t found[BLOCK]
        cdef uint16_t *codes = s.codes
        cdef Py_ssize_t start, end, i, n, kept
        cdef uint32_t child
        cdef uint16_t a, b
        if self.char_low == 1:
            for i in range(s.n_codes):
                child = self.first[codes[i]] >> 1
                self._keep(s, &child, 1)
        end = 0
        while end < s.n_codes:
            start = end
            end = min(start + BLOCK, s.n_codes)
            n = 0
            for i in range(start, end):
                a, b = codes[i], codes[i + 1]
                if a < DIRECT and b < DIRECT:
                    child = self.pairs[a * DIRECT + b]
                else:
                    child = self.first[a]
                    child = self._edge(<uint64_t>(child >> 1) << 16 | b)
                found[i - start] = child >> 1
                place[n] = <uint32_t>i + 2
                parent[n] = child >> 1
                n += child & 1
            self._keep(s, found, end - start)
            while n:
                kept = 0
                for i in range(n):
                    child = self._edge(<uint64_t>parent[i] << 16 | codes[place[i]])
                    found[i] = child >> 1
                    place[kept] = place[i] + 1
                    parent[kept] = child >> 1
                    kept += child & 1
                self._keep(s, found, n)
                n = kept

    cdef void _sum(self, Scratch *s, double *out, Py_ssize_t n_heads) noexcept nogil:
        """Weigh what was counted, and clear the counts."""
        cdef Py_ssize_t i, head
        cdef uint32_t node
        cdef double value
        cdef double norms[2]
        cdef int block
        cdef double squares, products
        out[0] = self.intercept[0]
        for block in range(2):
            squares = products = 0
            for i in range(s.n_distinct[block]):
                node = s.distinct[block][i]
                value = self._tf(s.counts[node]) * self.weights[node].idf
                squares += value * value
                products += value * self.weights[node].coef
                if n_heads == 1:
                    s.counts[node] = 0
            norms[block] = sqrt(squares) if squares > 0 else 1
            out[0] += products / norms[block]
        if n_heads == 1:
            return
        for head in range(1, n_heads):
            out[head] = self.intercept[head]
        for block in range(2):
            for i in range(s.n_distinct[block]):
                node = s.distinct[block][i]
                value = self._tf(s.counts[node]) * self.weights[node].idf / norms[block]
                for head in range(1, n_heads):
                    out[head] += value * self.coef[node, head]
                s.counts[node] = 0

    cdef inline double _tf(self, uint32_t count) noexcept nogil:
        return self.logs[count] if count < LOGS else 1 + log(<double>count)


cdef inline uint32_t _letter(void *data, int kind, Py_ssize_t i) noexcept nogil:
    cdef uint32_t letter
    if kind <= 1:
        letter = (<uint8_t *>data)[i]
        return letter | 32 if kind == FOLDED and 65 <= letter <= 90 else letter
    return (<uint16_t *>data)[i] if kind == 2 else (<uint32_t *>data)[i]


cdef inline Py_ssize_t _ahead(const uint8_t *letters) noexcept nogil:
    """Return how many of the next ASCII letters are surely no white space, at most 24."""
    cdef uint64_t eight, ones = 0x0101010101010101
    cdef Py_ssize_t i
    for i in range(3):
        memcpy(&eight, letters + 8 * i, 8)
        eight = ~(eight + ones * (128 - 33)) & ones * 128  # the high bits of those up to 32
        if eight:
            return 8 * i + first_byte(eight)
    return 24


cdef inline uint64_t _folded(uint64_t letters) noexcept nogil:
    """Return eight ASCII letters in lower case (numbers below 32 stay as they are)."""
    cdef uint64_t ones = 0x0101010101010101
    cdef uint64_t upper = (letters + ones * (128 - 65)) ^ (letters + ones * (128 - 91))
    return letters | (upper & ones * 128) >> 2


cdef inline bint _key(Piece *piece, void *data, int kind, Py_ssize_t length) noexcept nogil:
    """Say whether a word is short, and put its letters into 24 bytes if it is."""
    cdef Py_ssize_t n = piece.end - piece.begin, i
    cdef uint64_t *key = piece.key
    cdef uint8_t *letters = <uint8_t *>key
    cdef uint64_t factor = 0xD6E8FEB86659FD93
    cdef uint32_t letter, all_ = 0
    piece.slot = 0
    if n > SHORT:
        return False
    key[0] = key[1] = key[2] = 0
    if kind <= 1:
        if piece.begin + 24 <= length:  # all at once, and then away with what is behind the word
            memcpy(key, <uint8_t *>data + piece.begin, 24)
            for i in range(3):
                key[i] &= MASKS[n][i]
        else:
            memcpy(letters, <uint8_t *>data + piece.begin, n)
        key[2] |= SIZE[n]
        if kind == FOLDED:
            for i in range(3):
                key[i] = _folded(key[i])
    else:
        for i in range(n):
            all_ |= _letter(data, kind, piece.begin + i)
        if all_ > 0xFF and (all_ > 0xFFFF or n > SHORT // 2):
            return False
        for i in range(n):
            letter = _letter(data, kind, piece.begin + i)
            if all_ > 0xFF:
                letters[2 * i] = <uint8_t>(letter & 0xFF)
                letters[2 * i + 1] = <uint8_t>(letter >> 8)
            else:
                letters[i] = <uint8_t>letter
        if all_ > 0xFF:
            letters[SHORT] = 0x80
        key[2] |= SIZE[n]
    piece.slot = _slot((key[0] * factor + key[1]) * factor + key[2], 64 - 16)  # of 2 * KNOWN
    return True


cdef uint64_t _power(uint64_t n):
    """Return a power of two larger than `n`."""
    cdef uint64_t size = 1024
    while size <= n:
        size *= 2
    return size


cdef void *_zeros(Py_ssize_t n, Py_ssize_t size) except NULL:
    cdef void *memory = PyMem_RawCalloc(n + 1, size)
    if memory == NULL:
        raise MemoryError
    return memory


cdef void *_filled(Py_ssize_t n) except NULL:
    """Return memory for `n` nodes, all of them NONE."""
    cdef uint32_t *memory = <uint32_t *>_zeros(n, sizeof(uint32_t))
    cdef Py_ssize_t i
    for i in range(n):
        memory[i] = <uint32_t>NONE << 1
    return memory
