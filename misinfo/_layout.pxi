# What lies where in memory: tables of a vocabulary, the room that one call works in, and letters.


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
    SOON = 16  # edges ahead whose places are fetched while tables are built
    SHORT = 23  # bytes of a word that is remembered
    KNOWN = 1 << 17  # words that are remembered before all are forgotten
    LATER = 256  # of them whose n-grams are counted together
    POOL = 1 << 22  # numbers that these consist of
    ROOM = 2 * BLOCK  # numbers of a word; one that is remembered has at most 12 + 25 * 26 / 2
    LARGE = 1 << 20  # letters of a text that a memory is not kept for

cdef uint64_t EMPTY = 0xFFFFFFFFFFFFFFFE  # an edge from nowhere to NONE, without children

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

cdef struct Tables:
    Py_ssize_t n_ngrams, n_words, n_heads, n_main, n_codes
    int word_low, word_high, char_low, char_high, min_token, lowercase
    uint16_t *code_of  # letter -> code, for all of Unicode
    uint8_t *kind_of  # letter below 256 -> 1 part of a word, 2 white space
    uint32_t *first  # code -> node << 1 | has children
    uint32_t *pairs  # code, code -> the same
    uint64_t *edges  # parent << 40 | code << 24 | child << 1 | has children
    int edge_shift
    uint64_t edge_mask
    Word *words
    uint16_t *pool
    uint32_t *word_slots  # 0: empty; word + 1
    int word_shift
    uint64_t word_mask
    WordEdge *word_edges
    int word_edge_shift
    uint64_t word_edge_mask
    uint8_t *word_filter  # a bit for each edge, small enough for the second-level cache
    double *idf
    int8_t *bytes  # weights of the main columns, n-gram by n-gram, where they are whole numbers
    double *doubles  # and where they are not
    double *scale  # what each column is multiplied by
    double *coef  # weights of all columns, once others than the main ones were asked for
    double *intercept
    double[LOGS] logs

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
    uint32_t[LATER] later  # known words whose n-grams are not yet counted
    Py_ssize_t n_codes, n_tokens, n_nodes, n_ids, n_words, n_pool, n_later, known, total


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


cdef class Memory:
    """What one call works with, and the words that it and the calls before it have seen."""

    cdef Scratch s
    cdef Py_ssize_t longest

    def __cinit__(self, Py_ssize_t n_words, Py_ssize_t n_ngrams):
        memset(&self.s, 0, sizeof(Scratch))
        self.longest = -1
        self.s.counts = <uint32_t *>_zeros(n_ngrams + 1, sizeof(uint32_t))
        self.s.counts[n_ngrams] = 1  # of no n-gram, which so is never new
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
