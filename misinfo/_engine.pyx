# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
# cython: freethreading_compatible=True
"""The compiled reader: from a string to log-odds in one pass, without the GIL.

A text becomes a row of letter codes (two bytes each, 0 for a letter that no n-gram has), with a
space before and after each word. The character n-grams are a trie: its first two levels are a
table by both codes, the deeper edges lie in one open-addressing hash table of eight bytes an edge
(the parent and the letter, which are the whole key, so that nothing needs to be compared, and the
child). All starting points of a text go down one level together, so that their look-ups overlap in
the memory system; one that finds no edge, or whose node has no children, is dropped. A node that
is an n-gram has the number of the n-gram. Words are hashed once, checked letter by letter, and
form a second trie with words as letters.
"""

from time import perf_counter

import numpy as np

from cpython.mem cimport PyMem_RawCalloc, PyMem_RawFree, PyMem_RawMalloc
from libc.math cimport log, sqrt
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset


cdef extern from "Python.h":
    Py_ssize_t PyUnicode_GET_LENGTH(object)
    int PyUnicode_KIND(object)
    void *PyUnicode_DATA(object)
    int Py_UNICODE_ISALNUM(Py_UCS4) nogil
    int Py_UNICODE_ISSPACE(Py_UCS4) nogil


cdef enum:
    NONE = 0x7FFFFF  # no node; nodes have 23 bits
    DIRECT = 128  # letter codes below it have a table of pairs
    SPACE = 1
    BLOCK = 1024  # starting points that go down the trie together
    LOGS = 64
    SIZES = 16

cdef uint64_t EMPTY = 0xFFFFFFFFFFFFFFFE  # an edge from nowhere to NONE, without children

cdef struct Weight:
    double idf
    double coef

cdef struct WordEdge:
    uint64_t key  # 0: empty; (node + 1) << 32 | word
    uint32_t child

cdef struct Word:
    uint32_t start  # of its letters in the pool
    uint32_t length
    uint32_t node

cdef struct Token:
    uint32_t start
    uint32_t length
    uint32_t hash  # 0: it has a letter that no n-gram has

cdef struct Scratch:
    uint16_t *codes
    Token *tokens
    uint32_t *counts  # of each n-gram in the text
    uint32_t *distinct  # the n-grams in the text
    Py_ssize_t n_codes, n_tokens, n_distinct, n_word_ngrams, known, total


cdef inline uint64_t _slot(uint64_t key, int shift) noexcept nogil:
    return (key * <uint64_t>0x9E3779B97F4A7C15) >> shift


cdef inline uint32_t _mix(uint32_t hashed, uint16_t code) noexcept nogil:
    return (hashed ^ code) * <uint32_t>0x01000193 + (hashed >> 15)


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
    cdef Weight *weights
    cdef double[:, ::1] coef
    cdef double[::1] intercept
    cdef double logs[LOGS]

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
        weights = np.asarray(coef, dtype=np.float64)
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
        order = np.lexsort((rarity, np.arange(self.n_ngrams) >= n_words))
        self.coef = np.ascontiguousarray(weights[order])
        cdef double[::1] sorted_idf = np.ascontiguousarray(rarity[order])
        self.weights = <Weight *>_zeros(self.n_ngrams, sizeof(Weight))
        for i in range(self.n_ngrams):
            self.weights[i].idf = sorted_idf[i]
            self.weights[i].coef = self.coef[i, 0]
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
            <size_t>self.word_edges, <size_t>self.weights,
        ):
            PyMem_RawFree(<void *><size_t>pointer)

    cdef _letters(self, vocabulary):
        """Give each letter of the vocabulary a code, the frequent ones first."""
        cdef Py_ssize_t number
        cdef Py_UCS4 letter
        cdef uint32_t *counts = <uint32_t *>_zeros(0x110000, sizeof(uint32_t))
        cdef str joined = "".join(vocabulary)
        for letter in joined:
            counts[letter] += 1
        letters = [ord(found) for found in set(joined) if found != " "]
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

    cdef _characters(self, vocabulary):
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
        sizes = [len(ngram) for ngram in vocabulary]
        for index in sorted(range(self.n_words, self.n_ngrams), key=sizes.__getitem__):
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

    cdef _tokens(self, vocabulary):
        """Build the table of words, and the trie of word n-grams."""
        cdef uint32_t free = <uint32_t>self.n_ngrams
        cdef uint32_t node, number, hashed
        cdef uint64_t slot, key
        cdef Py_ssize_t index, position = 0
        cdef Py_UCS4 letter
        cdef str word
        entries = []
        numbers = {}
        for index in range(self.n_words):
            parts = vocabulary[index].split(" ")
            if self.word_low <= len(parts) <= self.word_high:
                entries.append((len(parts), index, parts))
                for part in parts:
                    if part not in numbers:
                        numbers[part] = len(numbers)
        entries.sort()
        self.pool = <uint16_t *>_zeros(sum(map(len, numbers)), sizeof(uint16_t))
        self.words = <Word *>_zeros(len(numbers), sizeof(Word))
        self.word_mask = _power(2 * len(numbers)) - 1
        self.word_shift = 64 - <int>int(self.word_mask).bit_length()
        self.word_slots = <uint32_t *>_zeros(self.word_mask + 1, sizeof(uint32_t))
        for number, word in enumerate(numbers):
            self.words[number].start = <uint32_t>position
            self.words[number].length = <uint32_t>len(word)
            self.words[number].node = NONE
            hashed = 1
            for letter in word:
                self.pool[position] = self.code_of[letter]
                hashed = _mix(hashed, self.pool[position])
                position += 1
            slot = _slot(hashed, self.word_shift)
            while self.word_slots[slot]:
                slot = (slot + 1) & self.word_mask
            self.word_slots[slot] = number + 1
        self.word_edge_mask = _power(2 * sum([size for size, _, _ in entries])) - 1
        self.word_edge_shift = 64 - <int>int(self.word_edge_mask).bit_length()
        self.word_edges = <WordEdge *>_zeros(self.word_edge_mask + 1, sizeof(WordEdge))
        for size, index, parts in entries:  # shorter ones first, as above
            node = NONE
            for depth, part in enumerate(parts):
                number = numbers[part]
                if depth == 0:
                    if self.words[number].node == NONE:
                        self.words[number].node = self._name(index, size == 1, &free)
                    node = self.words[number].node
                    continue
                key = (<uint64_t>node + 1) << 32 | number
                slot = self._word_place(key)
                if self.word_edges[slot].key == 0:
                    self.word_edges[slot].key = key
                    self.word_edges[slot].child = self._name(index, depth == size - 1, &free)
                node = self.word_edges[slot].child

    cdef inline uint64_t _word_place(self, uint64_t key) noexcept nogil:
        cdef uint64_t slot = _slot(key, self.word_edge_shift)
        while self.word_edges[slot].key and self.word_edges[slot].key != key:
            slot = (slot + 1) & self.word_edge_mask
        return slot

    def read(self, texts, main_only):
        """Return the log-odds and the counts of texts; see ``Engine.read``."""
        cdef Py_ssize_t n = len(texts)
        cdef Py_ssize_t n_heads = 1 if main_only else self.n_heads
        cdef Py_ssize_t row, longest = 0
        log_odds = np.empty((n, n_heads))
        counts = np.empty((n, 2), dtype=np.int64)
        cased = [str.lower(text) if self.lowercase else str.__str__(text) for text in texts]
        if len(cased) != n:
            raise ValueError("the list of texts changed while it was read")
        cdef double[:, ::1] out = log_odds
        cdef int64_t[:, ::1] seen = counts
        cdef void **data = <void **>PyMem_RawMalloc((n + 1) * sizeof(void *))
        cdef Py_ssize_t *lengths = <Py_ssize_t *>PyMem_RawMalloc((n + 1) * sizeof(Py_ssize_t))
        cdef uint8_t *kinds = <uint8_t *>PyMem_RawMalloc(n + 1)
        cdef Scratch scratch
        memset(&scratch, 0, sizeof(Scratch))
        try:
            if data == NULL or lengths == NULL or kinds == NULL:
                raise MemoryError
            for row in range(n):
                text = cased[row]
                lengths[row] = PyUnicode_GET_LENGTH(text)
                kinds[row] = <uint8_t>PyUnicode_KIND(text)
                data[row] = PyUnicode_DATA(text)
                longest = max(longest, lengths[row])
            # a letter gives at most itself and two spaces, and two letters at most one word
            scratch.codes = <uint16_t *>PyMem_RawMalloc((3 * longest + 4) * sizeof(uint16_t))
            scratch.tokens = <Token *>PyMem_RawMalloc((longest // 2 + 2) * sizeof(Token))
            scratch.counts = <uint32_t *>PyMem_RawCalloc(self.n_ngrams + 2, sizeof(uint32_t))
            scratch.distinct = <uint32_t *>PyMem_RawMalloc((self.n_ngrams + 2) * sizeof(uint32_t))
            if not (scratch.codes and scratch.tokens and scratch.counts and scratch.distinct):
                raise MemoryError
            with nogil:
                for row in range(n):
                    self._encode(&scratch, data[row], kinds[row], lengths[row])
                    self._find_words(&scratch)
                    self._find_characters(&scratch)
                    seen[row, 0], seen[row, 1] = scratch.known, scratch.total
                    self._sum(&scratch, &out[row, 0], n_heads)
        finally:
            PyMem_RawFree(scratch.codes)
            PyMem_RawFree(scratch.tokens)
            PyMem_RawFree(scratch.counts)
            PyMem_RawFree(scratch.distinct)
            PyMem_RawFree(data)
            PyMem_RawFree(lengths)
            PyMem_RawFree(kinds)
        return log_odds, counts

    def bare(self, text, rounds):
        """Return how many look-ups of edges a text makes, and the seconds of one when they are all
        that is done: the keys are known beforehand, the results only added up. For benchmarks.
        """
        cdef str lowered = str.lower(text)
        cdef Py_ssize_t length = len(lowered), repeats = rounds, i, n = 0, again, last
        cdef uint64_t total = 0
        cdef uint64_t *keys = <uint64_t *>_zeros(8 * length, sizeof(uint64_t))
        cdef uint32_t node
        cdef Scratch s
        memset(&s, 0, sizeof(Scratch))
        try:
            s.codes = <uint16_t *>_zeros(3 * length + 4, sizeof(uint16_t))
            s.tokens = <Token *>_zeros(length // 2 + 2, sizeof(Token))
            self._encode(&s, PyUnicode_DATA(lowered), PyUnicode_KIND(lowered), length)
            for i in range(s.n_codes - 1):
                node, last = self.first[s.codes[i]], i + 1
                while node & 1 and last < s.n_codes and n < 8 * length:
                    keys[n] = <uint64_t>(node >> 1) << 16 | s.codes[last]
                    node = self._edge(keys[n])
                    n += last > i + 1
                    last += 1
            begin = perf_counter()
            with nogil:
                for again in range(repeats):
                    for i in range(n):
                        total += self._edge(keys[i])
            seconds = perf_counter() - begin
        finally:
            PyMem_RawFree(keys)
            PyMem_RawFree(s.codes)
            PyMem_RawFree(s.tokens)
        return n, seconds / max(1, repeats * n), total

    cdef void _encode(self, Scratch *s, void *data, int kind, Py_ssize_t length) noexcept nogil:
        """Turn letters into codes, one space on either side of a word, and mark the tokens."""
        cdef Py_ssize_t i, j = 0, begin = 0, n_tokens = 0, token = -1
        cdef Py_ssize_t total = 0
        cdef Py_UCS4 letter
        cdef uint16_t code
        cdef uint8_t which
        cdef uint32_t hashed = 1
        cdef bint inside = False
        cdef uint16_t *codes = s.codes
        for i in range(length + 1):
            if i == length:
                which, code = 2, SPACE
            else:
                if kind == 1:
                    letter = (<uint8_t *>data)[i]
                elif kind == 2:
                    letter = (<uint16_t *>data)[i]
                else:
                    letter = (<uint32_t *>data)[i]
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
                    begin = j
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
                    total += self._possible(j - begin)
            else:
                if not inside:
                    inside = True
                    begin = j
                    codes[j] = SPACE
                    j += 1
                codes[j] = code
                j += 1
        codes[j] = 0
        s.n_codes, s.n_tokens = j, n_tokens
        for i in range(self.word_low, self.word_high + 1):
            total += max(0, n_tokens - i + 1)
        s.total = total
        s.known = 0
        s.n_distinct = 0

    cdef inline Py_ssize_t _possible(self, Py_ssize_t size) noexcept nogil:
        """Return how many n-grams a word with its two spaces has."""
        cdef Py_ssize_t n, total = 0
        for n in range(self.char_low, self.char_high + 1):
            total += max(1, size - n + 1)
            if n >= size:
                break
        return total

    cdef inline void _count(self, Scratch *s, uint32_t *nodes, Py_ssize_t n) noexcept nogil:
        """Count those nodes that are n-grams; written so that nothing needs to be predicted."""
        cdef uint32_t last = <uint32_t>self.n_ngrams
        cdef uint32_t *counts = s.counts
        cdef uint32_t *distinct = s.distinct
        cdef Py_ssize_t n_distinct = s.n_distinct, all_known = 0, i
        cdef uint32_t known, place, before
        for i in range(n):
            known = nodes[i] < last
            place = nodes[i] if known else last
            before = counts[place]
            counts[place] = before + known
            distinct[n_distinct] = place
            n_distinct += known & (before == 0)
            all_known += known
        s.n_distinct = n_distinct
        s.known += all_known

    cdef void _find_words(self, Scratch *s) noexcept nogil:
        """Count the word n-grams that end at each token."""
        cdef Py_ssize_t i, depth
        cdef uint32_t word
        cdef uint64_t key, slot
        cdef uint32_t open_[SIZES]  # nodes of the n-grams that end at the last token, by size
        cdef uint32_t next_[SIZES]
        for depth in range(SIZES):
            open_[depth] = NONE
        for i in range(s.n_tokens):
            word = self._word(s, &s.tokens[i])
            next_[0] = NONE if word == NONE else self.words[word].node
            for depth in range(1, self.word_high):
                next_[depth] = NONE
                if word == NONE or open_[depth - 1] == NONE:
                    continue
                key = (<uint64_t>open_[depth - 1] + 1) << 32 | word
                slot = self._word_place(key)
                if self.word_edges[slot].key:
                    next_[depth] = self.word_edges[slot].child
            self._count(s, next_, self.word_high)
            for depth in range(self.word_high):
                open_[depth] = next_[depth]

    cdef inline uint32_t _word(self, Scratch *s, Token *token) noexcept nogil:
        cdef uint64_t slot
        cdef uint32_t number, i
        cdef Word *word
        if token.hash == 0:
            return NONE
        slot = _slot(token.hash, self.word_shift)
        while self.word_slots[slot]:
            number = self.word_slots[slot] - 1
            word = &self.words[number]
            if word.length == token.length:
                i = 0
                while i < word.length and self.pool[word.start + i] == s.codes[token.start + i]:
                    i += 1
                if i == word.length:
                    return number
            slot = (slot + 1) & self.word_mask
        return NONE

    cdef inline uint32_t _edge(self, uint64_t head) noexcept nogil:
        """Return the child (with the bit that it has children), or NONE << 1."""
        return <uint32_t>(self.edges[self._place(head)] & 0xFFFFFF)

    cdef void _find_characters(self, Scratch *s) noexcept nogil:
        """Count the character n-grams, all starting points of a block one level at a time."""
        cdef uint32_t place[BLOCK]
        cdef uint32_t parent[BLOCK]
        cdef uint32_t found[BLOCK]
        cdef uint16_t *codes = s.codes
        cdef Py_ssize_t start, end, i, n, kept
        cdef uint32_t child
        cdef uint16_t a, b
        s.n_word_ngrams = s.n_distinct
        if self.char_low == 1:
            for i in range(s.n_codes):
                child = self.first[codes[i]] >> 1
                self._count(s, &child, 1)
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
            self._count(s, found, end - start)
            while n:
                kept = 0
                for i in range(n):
                    child = self._edge(<uint64_t>parent[i] << 16 | codes[place[i]])
                    found[i] = child >> 1
                    place[kept] = place[i] + 1
                    parent[kept] = child >> 1
                    kept += child & 1
                self._count(s, found, n)
                n = kept

    cdef void _sum(self, Scratch *s, double *out, Py_ssize_t n_heads) noexcept nogil:
        """Weigh what was counted, and clear the counts."""
        cdef Py_ssize_t i, head
        cdef uint32_t node
        cdef double value
        cdef double norms[2]
        cdef int block
        cdef Py_ssize_t bounds[3]
        cdef double squares, products
        bounds[0], bounds[1], bounds[2] = 0, s.n_word_ngrams, s.n_distinct
        out[0] = self.intercept[0]
        for block in range(2):
            squares = products = 0
            for i in range(bounds[block], bounds[block + 1]):
                node = s.distinct[i]
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
            for i in range(bounds[block], bounds[block + 1]):
                node = s.distinct[i]
                value = self._tf(s.counts[node]) * self.weights[node].idf / norms[block]
                for head in range(1, n_heads):
                    out[head] += value * self.coef[node, head]
                s.counts[node] = 0

    cdef inline double _tf(self, uint32_t count) noexcept nogil:
        return self.logs[count] if count < LOGS else 1 + log(<double>count)


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
