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
from libc.stdint cimport int8_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset


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
    #if defined(__GNUC__) || defined(__clang__)
    #define MISINFO_INLINE static inline __attribute__((always_inline))
    #else
    #define MISINFO_INLINE static inline
    #endif
    /* of GCC, where the loader chooses between versions: wider registers where there are some */
    #if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__gnu_linux__) \
        && !defined(__SANITIZE_ADDRESS__)
    #define MISINFO_WIDE __attribute__((target_clones("avx2", "default")))
    #else
    #define MISINFO_WIDE
    #endif

    #define MISINFO_SOON 12  /* n-grams ahead whose weights are fetched */
    #define MISINFO_MAIN 32  /* columns that are summed for every text */
    /* Add up the weighted n-grams of a block for each column; return the sum of squares. */
    #define MISINFO_WEIGH(name, number) \
        MISINFO_INLINE double name( \
            const uint32_t *distinct, Py_ssize_t n, const uint32_t *counts, const double *logs, \
            uint32_t known, const double *idf, const number *rows, Py_ssize_t columns, \
            double *sums) \
        { \
            double squares = 0, own[MISINFO_MAIN] = {0}; /* nothing else is written there */ \
            for (Py_ssize_t i = 0; i < n; i++) { \
                uint32_t node = distinct[i], count = counts[node]; \
                if (i + MISINFO_SOON < n) { \
                    MISINFO_PREFETCH(rows + (size_t)distinct[i + MISINFO_SOON] * columns); \
                    MISINFO_PREFETCH(idf + distinct[i + MISINFO_SOON]); \
                } \
                double tf = count < known ? logs[count] : 1 + log((double)count); \
                double value = tf * idf[node]; \
                const number *row = rows + (size_t)node * columns; \
                squares += value * value; \
                for (Py_ssize_t c = 0; c < columns; c++) own[c] += value * (double)row[c]; \
            } \
            for (Py_ssize_t c = 0; c < columns; c++) sums[c] = own[c]; \
            return squares; \
        }
    MISINFO_WEIGH(misinfo_weigh_bytes, int8_t)
    MISINFO_WEIGH(misinfo_weigh_doubles, double)

    MISINFO_WIDE static double misinfo_weigh(
        const uint32_t *distinct, Py_ssize_t n, const uint32_t *counts, const double *logs,
        uint32_t known, const double *idf, const int8_t *bytes, const double *doubles,
        Py_ssize_t columns, double *sums)
    {
        /* a number of columns that the compiler knows is kept in registers */
        if (bytes && columns == 20)
            return misinfo_weigh_bytes(distinct, n, counts, logs, known, idf, bytes, 20, sums);
        if (bytes && columns == 1)
            return misinfo_weigh_bytes(distinct, n, counts, logs, known, idf, bytes, 1, sums);
        if (bytes)
            return misinfo_weigh_bytes(
                distinct, n, counts, logs, known, idf, bytes, columns, sums);
        if (columns == 1)
            return misinfo_weigh_doubles(distinct, n, counts, logs, known, idf, doubles, 1, sums);
        return misinfo_weigh_doubles(
            distinct, n, counts, logs, known, idf, doubles, columns, sums);
    }
    """
    double weigh "misinfo_weigh"(
        const uint32_t *, Py_ssize_t, const uint32_t *, const double *, uint32_t, const double *,
        const int8_t *, const double *, Py_ssize_t, double *,
    ) noexcept nogil
    void prefetch "MISINFO_PREFETCH"(void *) noexcept nogil
    int first_byte "MISINFO_FIRST"(uint64_t) noexcept nogil
    enum:
        MAIN "MISINFO_MAIN"


cdef extern from "Python.h":
    Py_ssize_t PyUnicode_GET_LENGTH(object)
    int PyUnicode_IS_ASCII(object)
    int PyUnicode_KIND(object)
    void *PyUnicode_DATA(object)
    int Py_UNICODE_ISALNUM(Py_UCS4) nogil
    int Py_UNICODE_ISSPACE(Py_UCS4) nogil


include "_layout.pxi"
include "_building.pxi"
include "_finding.pxi"


cdef class Table:
    """Vocabulary and weights, laid out for reading."""

    cdef Tables t
    cdef tuple tags  # the weights of all heads, and the order of the n-grams here
    cdef double[:, ::1] coef  # these, once others than the main columns were asked for
    cdef signed char[:, ::1] bytes
    cdef double[:, ::1] doubles
    cdef double[::1] idf, scale
    cdef double[::1] intercept
    cdef list memories  # those that no call uses

    def __cinit__(self):
        memset(&self.t, 0, sizeof(Tables))

    def __init__(
        self, vocabulary, n_words, idf, coef, intercept, word_range, char_range, min_token,
        lowercase=True, n_main=1, scale=None,
    ):
        cdef Py_ssize_t i
        self.t.n_ngrams, self.t.n_words = len(vocabulary), n_words
        self.intercept = np.array(intercept, dtype=np.float64)
        self.t.n_heads = len(self.intercept)
        self.t.intercept = &self.intercept[0] if self.t.n_heads else NULL
        self.t.word_low, self.t.word_high = word_range
        self.t.char_low, self.t.char_high = char_range
        self.t.min_token, self.t.lowercase, self.t.n_main = min_token, lowercase, n_main
        self.memories = []
        weights = np.asarray(coef)
        rarity = np.array(idf, dtype=np.float64)
        if not 0 <= n_words <= self.t.n_ngrams:
            raise ValueError("more words than n-grams")
        if weights.shape != (self.t.n_ngrams, self.t.n_heads) or rarity.shape != (self.t.n_ngrams,):
            raise ValueError("weights do not fit the vocabulary and the heads")
        if self.t.char_low < 1 or self.t.word_low < 1 or not self.t.n_heads:
            raise ValueError("an n-gram has at least one letter, and a model one head")
        if not 1 <= self.t.n_main <= min(MAIN, self.t.n_heads):
            raise ValueError(f"there are 1 to {MAIN} main columns, and no more than columns")
        if self.t.word_high > SIZES:
            raise ValueError(f"word n-grams have at most {SIZES} words")
        # frequent n-grams first: what is read often lies together
        order = np.concatenate(
            [
                np.argsort(rarity[:n_words], kind="stable"),
                n_words + np.argsort(rarity[n_words:], kind="stable"),
            ]
        )
        self.scale = np.ones(self.t.n_heads) if scale is None else np.array(scale, np.float64)
        if len(self.scale) != self.t.n_heads:
            raise ValueError("scales do not fit the columns")
        self.t.scale = &self.scale[0]
        if (np.diff(order) > 0).all():
            order = slice(None)  # as a trained model has them: nothing need be moved
        self.tags = (weights, order)
        self.idf = np.ascontiguousarray(rarity[order])
        main = weights[order, :n_main]
        if main.dtype == np.int8:
            self.bytes = np.ascontiguousarray(main)
        else:
            self.doubles = np.ascontiguousarray(main, dtype=np.float64)
        if self.t.n_ngrams:
            self.t.idf = &self.idf[0]
            if main.dtype == np.int8:
                self.t.bytes = <int8_t *>&self.bytes[0, 0]
            else:
                self.t.doubles = &self.doubles[0, 0]
        cdef str letters = getattr(vocabulary, "text", None)
        if letters is None:
            letters = "\n".join([*vocabulary, ""])
            ends = np.cumsum([len(ngram) + 1 for ngram in vocabulary], dtype=np.int64) - 1
        else:
            ends = _line_ends(letters, self.t.n_ngrams)
        starts = np.concatenate([[0], ends + 1])[: self.t.n_ngrams]
        cdef int64_t[::1] sorted_starts = starts[order], sorted_ends = ends[order]
        cdef Ngrams ngrams = Ngrams(PyUnicode_DATA(letters), PyUnicode_KIND(letters), NULL, NULL)
        if self.t.n_ngrams:
            ngrams.starts, ngrams.ends = &sorted_starts[0], &sorted_ends[0]
        for i in range(1, LOGS):
            self.t.logs[i] = 1 + log(<double>i)
        _letters(&self.t, &ngrams)
        _characters(&self.t, &ngrams)
        _tokens(&self.t, &ngrams)

    def __dealloc__(self):
        cdef Tables t = self.t
        for pointer in (
            <size_t>t.code_of, <size_t>t.kind_of, <size_t>t.first, <size_t>t.pairs,
            <size_t>t.edges, <size_t>t.words, <size_t>t.pool, <size_t>t.word_slots,
            <size_t>t.word_edges, <size_t>t.word_filter,
        ):
            PyMem_RawFree(<void *><size_t>pointer)

    def read(self, texts, places, sizes, main_only):
        """Return the log-odds and the counts of texts or of parts of them; see ``Engine.read``."""
        cdef Py_ssize_t n_heads = self.t.n_main if main_only else self.t.n_heads
        cdef bint few = main_only
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
            else str.lower(text) if self.t.lowercase else str.__str__(text)
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
        cdef double[:, ::1] laid_out
        more = not main_only and self.t.n_main < self.t.n_heads
        if more and self.t.coef == NULL and self.t.n_ngrams:
            weights, order = self.tags
            laid_out = np.ascontiguousarray(weights[order] * np.asarray(self.scale))
            if self.t.coef == NULL:  # nor did another thread set it; a lock would outlive a fork
                self.coef = laid_out
                self.t.coef = &self.coef[0, 0]
        try:
            memory = self.memories.pop()
        except IndexError:
            memory = Memory(self.t.n_words, self.t.n_ngrams)
        cdef Scratch *scratch = &memory.s
        try:
            if data == NULL or lengths == NULL or kinds == NULL:
                raise MemoryError
            sizes = [1] * n if bounds is None else sizes
            for text, whole, size in zip(cased, texts, sizes, strict=True):
                length = PyUnicode_GET_LENGTH(text)
                letters, kind = PyUnicode_DATA(text), PyUnicode_KIND(text)
                if self.t.lowercase and PyUnicode_IS_ASCII(text):
                    kind = FOLDED
                for left in range(size):
                    if row == n:
                        raise ValueError("there are more parts than places")
                    start, end = 0, length
                    if bounds is not None:
                        start, end = bounds[row, 0], bounds[row, 1]
                        if not 0 <= start <= end <= PyUnicode_GET_LENGTH(whole):
                            raise ValueError(f"no such part of a text: {start} to {end}")
                        if kind != FOLDED and self.t.lowercase:  # it may be longer than it was
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
                    _find(&self.t, scratch, data[row], kinds[row], lengths[row])
                    seen[row, 0], seen[row, 1] = scratch.known, scratch.total
                    _sum(&self.t, scratch, &out[row, 0], few)
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
        cdef double total = 0
        cdef double out[MAIN]
        cdef str text
        cdef uint32_t node
        cdef Memory memory = Memory(self.t.n_words, self.t.n_ngrams)
        cdef Scratch *s = &memory.s
        numbers, ends = [], np.zeros(n + 1, dtype=np.int64)
        for row in range(n):
            text = str.lower(texts[row])
            memory.make_room(len(text))
            _find(&self.t, s, PyUnicode_DATA(text), PyUnicode_KIND(text), len(text))
            for block in range(2):
                for i in range(s.n_distinct[block]):
                    node = s.distinct[block][i]
                    numbers += [node] * s.counts[node]
            _sum(&self.t, s, out, True)
            ends[row + 1] = len(numbers)
        cdef uint32_t[::1] ids = np.array([*numbers, 0], dtype=np.uint32)
        cdef int64_t[::1] limits = ends
        begin = perf_counter()
        with nogil:
            for again in range(repeats):
                for row in range(n):
                    s.n_distinct[0] = s.n_distinct[1] = 0
                    _count(&self.t, s, &ids[limits[row]], limits[row + 1] - limits[row], 1)
                    _sum(&self.t, s, out, True)
                    total += out[0]
        seconds = perf_counter() - begin
        return len(numbers), seconds / max(1, repeats * len(numbers)), total
