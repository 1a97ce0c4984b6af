"""Read millions of random strings with the compiled engine, and look for anything wrong.

    python benchmarks/fuzz_engine.py [--inputs 10000000] [--seconds 600]

Every result must be finite and must not count more known n-grams than there are; one input in a
thousand is read by the Python engine too. Every tenth batch is read with a vocabulary of its own,
cut from the same random text. The sentences of one input in a hundred are found by the compiled
loops and by those in Python. ``benchmarks/sanitize.sh`` runs this under AddressSanitizer and
UBSan.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from unittest import mock

import numpy as np

import misinfo
from misinfo import disguises, engine, text
from misinfo.parts import Parts

BATCH = 20_000
HOOKS = "aeiou tcures   guaranteed\n\t\0.,!-_'0123456789éßİıΣςﬀ²½١"
HOOKS += "\u0301\u200b\u00a0\u2028\x85🙂漢\ud800\udfff"


def pool(random_: random.Random, size: int) -> str:
    """Return a random text: words of the vocabulary, letters that are hard, any letter at all."""
    words = [term for term in misinfo.load().parts.vocabulary if " " not in term]
    parts: list[str] = []
    while size > 0:
        kind = random_.random()
        if kind < 0.5:
            part = " ".join(random_.choices(words, k=20))
        elif kind < 0.8:
            part = "".join(random_.choices(HOOKS, k=40))
        elif kind < 0.9:
            part = random_.choice(HOOKS) * random_.randrange(1, 200)
        else:
            part = "".join(chr(random_.randrange(0x110000)) for _ in range(40))
        parts.append(part)
        size -= len(part)
    return "".join(parts)


def odd_engine(random_: random.Random, found: str) -> engine.Engine:
    """Return an engine whose vocabulary is cut out of a random text."""
    cuts = (random_.randrange(len(found) - 9) for _ in range(400))
    vocabulary = sorted({found[i : i + random_.randrange(1, 9)] for i in cuts})
    n = len(vocabulary)
    low = random_.randrange(1, 6)
    parts = Parts(
        vocabulary,
        np.random.default_rng(n).random(n, dtype=np.float32) + 1,
        np.random.default_rng(n).normal(size=(n, 2)).astype(np.float32),
        np.zeros(2),
        {
            "n_words": random_.randrange(n + 1),
            "vectoriser": {
                "word_range": (1, random_.randrange(1, 5)),
                "char_range": (low, low + random_.randrange(4)),
                "min_token": random_.choice([1, 2]),
            },
        },
        tags=np.eye(3, 2)[:, 1:],
    )
    return engine.Engine(parts)


def read(found: str) -> object:
    """Return where the sentences of a text are, and what they say without disguises."""
    bounds, lengths = text.bounds([found])
    said, places, sizes = disguises.in_place([found], bounds, lengths)
    return bounds.tolist(), said, places.tolist(), sizes


def main() -> int:
    """Fuzz until the inputs or the time are used up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--inputs", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    usual = misinfo.load().engine
    if usual.name != "compiled":
        print("the compiled engine is not built here", file=sys.stderr)
        return 2
    random_ = random.Random(arguments.seed)
    begin, done, compared, number = time.perf_counter(), 0, 0, 0
    while done < arguments.inputs and time.perf_counter() - begin < arguments.seconds:
        everything = pool(random_, 200_000)
        lengths = random_.choices([0, 1, 2, 3, 5, 8, 20, 60, 200], k=BATCH)
        starts = random_.choices(range(len(everything) - 200), k=BATCH)
        inputs = [everything[i : i + n] for i, n in zip(starts, lengths, strict=True)]
        if number % 50 == 0:
            inputs[0] = everything
        reader = odd_engine(random_, everything) if number % 10 == 0 else usual
        log_odds, counts = reader.read(inputs)
        if number % 2 == 0:
            main, _, counts = reader.classify(inputs)
            assert np.allclose(main, log_odds[:, 0], rtol=0, atol=1e-9)
        assert np.isfinite(log_odds).all()
        assert (counts[:, 0] <= counts[:, 1]).all() and (counts >= 0).all()
        for i in range(0, BATCH, 1000):
            table, reader._table = reader._table, None
            expected, known = reader.read([inputs[i]])
            reader._table = table
            assert np.allclose(log_odds[i], expected[0], rtol=0, atol=1e-9)
            assert (known[0] == counts[i]).all(), inputs[i]
            compared += 1
        some = inputs[::100]
        in_place = usual.classify(*disguises.in_place(some, *text.bounds(some)))
        alone = usual.classify([said for found in some for said in text.sentences(found)])
        assert all(np.array_equal(*both) for both in zip(in_place, alone, strict=True))
        for found in some:
            compiled = read(found)
            with (
                mock.patch.object(text, "_spans", None),
                mock.patch.object(disguises, "_disguises", None),
            ):
                assert read(found) == compiled, found
        done += BATCH
        number += 1
    seconds = time.perf_counter() - begin
    print(f"{done:,} inputs, {compared:,} of them compared, in {seconds:.0f} s: nothing found")
    return 0


if __name__ == "__main__":
    sys.exit(main())
