# How the n-grams of a text are found, counted and weighed: what runs for each text.


cdef void _find(Tables *t, Scratch *s, void *data, int kind, Py_ssize_t length) noexcept nogil:
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
                while end < length and t.kind_of[(<uint8_t *>data)[end]] != 2:
                    end += 1
            else:
                while end < length and not _is_space(t, _letter(data, kind, end)):
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
            _find_word(t, s, data, kind, &pieces[i])
    _find_tokens(t, s)
    _count_later(t, s)
    for i in range(t.word_low, t.word_high + 1):
        s.total += max(0, s.n_nodes - i + 1)


cdef inline bint _is_space(Tables *t, uint32_t letter) noexcept nogil:
    return t.kind_of[letter] == 2 if letter < 256 else Py_UNICODE_ISSPACE(letter)


cdef void _find_word(Tables *t, Scratch *s, void *data, int kind, Piece *piece) noexcept nogil:
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
                s.total += word.total
                if s.n_later == LATER:
                    _count_later(t, s)
                s.later[s.n_later] = s.slots[slot] - 1
                s.n_later += 1
                return
            slot = (slot + 1) & (2 * KNOWN - 1)
    _count_later(t, s)
    _encode(t, s, data, kind, piece.begin, piece.end)
    if piece.short_ and (s.n_words == KNOWN or s.n_pool >= POOL - ROOM):
        memset(s.slots, 0, 2 * KNOWN * sizeof(uint32_t))
        s.n_words = s.n_pool = 0
        slot = piece.slot
    s.ids = &s.pool[s.n_pool]
    for i in range(s.n_tokens):
        number = _word(t, s, &s.tokens[i])
        s.nodes[s.n_nodes] = number
        s.n_nodes += 1
        if piece.short_:
            s.ids[i] = number
    if piece.short_:
        s.ids += s.n_tokens
    s.n_ids = 0
    _find_characters(t, s)
    if piece.short_:
        word = &s.words[s.n_words]
        memcpy(word.key, key, sizeof(word.key))
        word.start, word.total = <uint32_t>s.n_pool, <uint32_t>_possible(t, s.n_codes)
        word.n_tokens, word.n_ids = <uint16_t>s.n_tokens, <uint16_t>s.n_ids
        s.n_words += 1
        for i in range(3):
            s.ids[s.n_ids + i] = <uint32_t>t.n_ngrams
        s.n_pool += s.n_tokens + (s.n_ids + 3 & ~3)
        s.slots[slot] = <uint32_t>s.n_words
    _count(t, s, s.ids, s.n_ids, 1)
    s.total += _possible(t, s.n_codes)


cdef void _encode(
    Tables *t, Scratch *s, void *data, int kind, Py_ssize_t start, Py_ssize_t length
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
                which = t.kind_of[letter]
            elif Py_UNICODE_ISSPACE(letter):
                which = 2
            else:
                which = Py_UNICODE_ISALNUM(letter) != 0
            code = t.code_of[letter]
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
            if j - token >= t.min_token:
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


cdef inline Py_ssize_t _possible(Tables *t, Py_ssize_t size) noexcept nogil:
    """Return how many n-grams a word with its two spaces has."""
    cdef Py_ssize_t n, total = 0
    for n in range(t.char_low, t.char_high + 1):
        total += max(1, size - n + 1)
        if n >= size:
            break
    return total


cdef inline void _count(
    Tables *t, Scratch *s, uint32_t *ids, Py_ssize_t n, int block
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


cdef inline void _count_known(Tables *t, Scratch *s, uint32_t *ids, Py_ssize_t n) noexcept nogil:
    """Count the n-grams of a word by fours, which are filled up with what is no n-gram."""
    cdef uint32_t *distinct = s.distinct[1]
    cdef uint32_t *counts = s.counts
    cdef Py_ssize_t n_distinct = s.n_distinct[1], i, j
    cdef uint32_t before
    for i in range(0, n, 4):
        for j in range(i, i + 4):
            before = counts[ids[j]]
            counts[ids[j]] = before + 1
            distinct[n_distinct] = ids[j]
            n_distinct += before == 0
    s.n_distinct[1] = n_distinct
    s.known += n


cdef inline void _count_later(Tables *t, Scratch *s) noexcept nogil:
    """Count the n-grams of the words that are known."""
    cdef Py_ssize_t i
    cdef Known *word
    for i in range(s.n_later):
        word = &s.words[s.later[i]]
        _count_known(t, s, &s.pool[word.start + word.n_tokens], word.n_ids)
    s.n_later = 0


cdef inline void _keep(Tables *t, Scratch *s, uint32_t *nodes, Py_ssize_t n) noexcept nogil:
    """Keep those nodes that are n-grams; count what was kept when there is no more room."""
    cdef uint32_t last = <uint32_t>t.n_ngrams
    cdef Py_ssize_t i
    if s.n_ids + n > ROOM - SHORT:
        _count(t, s, s.ids, s.n_ids, 1)
        s.n_ids = 0
    for i in range(n):
        s.ids[s.n_ids] = nodes[i]
        s.n_ids += nodes[i] < last


cdef void _find_tokens(Tables *t, Scratch *s) noexcept nogil:
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
    for size in range(1, t.word_high + 1):
        end = s.n_nodes
        while end >= size:  # the last block first, since each needs what was before it
            start = max(size - 1, end - TOKENS)
            if size > 1:
                n = 0
                for i in range(start, end):
                    parent = open_[i - 1]
                    keys[n] = (<uint64_t>parent + 1) << 32 | nodes[i]
                    places[n] = <uint32_t>(i - start)
                    prefetch(&t.word_filter[_slot(keys[n], t.word_edge_shift - 3) >> 3])
                    n += (parent != NONE) & (nodes[i] != NONE)
                kept = 0
                for i in range(n):
                    slot = _slot(keys[i], t.word_edge_shift - 3)
                    keys[kept], places[kept] = keys[i], places[i]
                    kept += t.word_filter[slot >> 3] >> (slot & 7) & 1
                for i in range(start, end):
                    open_[i] = NONE
                for i in range(kept):
                    prefetch(&t.word_edges[_slot(keys[i], t.word_edge_shift)])
                _count_later(t, s)  # while these arrive
                for i in range(kept):
                    slot = _word_place(t, keys[i])
                    if t.word_edges[slot].key:
                        child = t.word_edges[slot].child
                        open_[start + places[i]] = child
                        prefetch(&s.counts[child if child < t.n_ngrams else 0])
            n = 0
            for i in range(start, end):
                child = open_[i]
                found[n] = child
                n += child < t.n_ngrams
            _count(t, s, found, n, 0)
            end = start


cdef inline uint32_t _word(Tables *t, Scratch *s, Token *token) noexcept nogil:
    """Return the node of a token."""
    cdef uint32_t number
    if token.hash == 0:
        return NONE
    number = t.word_slots[
        _word_slot(t, &s.codes[token.start], token.length, token.hash)
    ]
    return t.words[number - 1].node if number else NONE


cdef inline uint32_t _edge(Tables *t, uint64_t head) noexcept nogil:
    """Return the child (with the bit that it has children), or NONE << 1."""
    return <uint32_t>(t.edges[_place(t, head)] & 0xFFFFFF)


cdef void _find_characters(Tables *t, Scratch *s) noexcept nogil:
    """Find the character n-grams, all starting points of a block one level at a time."""
    cdef uint32_t place[BLOCK]
    cdef uint32_t parent[BLOCK]
    cdef uint32_t found[BLOCK]
    cdef uint16_t *codes = s.codes
    cdef Py_ssize_t start, end, i, n, kept
    cdef uint32_t child
    cdef uint16_t a, b
    if t.char_low == 1:
        for i in range(s.n_codes):
            child = t.first[codes[i]] >> 1
            _keep(t, s, &child, 1)
    end = 0
    while end < s.n_codes:
        start = end
        end = min(start + BLOCK, s.n_codes)
        n = 0
        for i in range(start, end):
            a, b = codes[i], codes[i + 1]
            if a < DIRECT and b < DIRECT:
                child = t.pairs[a * DIRECT + b]
            else:
                child = t.first[a]
                child = _edge(t, <uint64_t>(child >> 1) << 16 | b)
            found[i - start] = child >> 1
            place[n] = <uint32_t>i + 2
            parent[n] = child >> 1
            n += child & 1
        _keep(t, s, found, end - start)
        while n:
            kept = 0
            for i in range(n):
                child = _edge(t, <uint64_t>parent[i] << 16 | codes[place[i]])
                found[i] = child >> 1
                place[kept] = place[i] + 1
                parent[kept] = child >> 1
                kept += child & 1
            _keep(t, s, found, n)
            n = kept


cdef void _sum(Tables *t, Scratch *s, double *out, bint main_only) noexcept nogil:
    """Weigh what was counted, and clear the counts."""
    cdef Py_ssize_t i, column, n_main = t.n_main
    cdef uint32_t node
    cdef double value
    cdef double norms[2]
    cdef double sums[MAIN]
    cdef int block
    for column in range(n_main if main_only else t.n_heads):
        out[column] = t.intercept[column]
    for block in range(2):
        value = weigh(
            s.distinct[block], s.n_distinct[block], s.counts, t.logs, LOGS, t.idf, t.bytes,
            t.doubles, n_main, sums,
        )
        norms[block] = sqrt(value) if value > 0 else 1
        for column in range(n_main):
            out[column] += sums[column] * t.scale[column] / norms[block]
    for block in range(2):
        for i in range(s.n_distinct[block]):
            node = s.distinct[block][i]
            if not main_only and n_main < t.n_heads:
                value = _tf(t, s.counts[node]) * t.idf[node] / norms[block]
                for column in range(n_main, t.n_heads):
                    out[column] += value * t.coef[node * t.n_heads + column]
            s.counts[node] = 0
    s.counts[t.n_ngrams] = 1


cdef inline double _tf(Tables *t, uint32_t count) noexcept nogil:
    return t.logs[count] if count < LOGS else 1 + log(<double>count)


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
    piece.slot = _slot((key[0] * factor + key[1]) * factor + key[2], 64 - 18)  # of 2 * KNOWN
    return True
