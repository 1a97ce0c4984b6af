"""Both readers give scikit-learn's numbers on any string."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

import misinfo
from misinfo import engine
from misinfo.contrasts import total, total_and_shares
from misinfo.parts import Parts, Vocabulary
from misinfo.pooling import logistic

READERS = ["python", *(["compiled"] if engine._engine is not None else [])]
HOOKS = "aAbB 1_.-'\n\t\0éßİIıΣςÅﬀǅ١²½ªₐ\u0301\u200b\u00a0\u2028\x1c\x85𝒜🙂漢\ud800\udfff"
strings = st.text(st.one_of(st.sampled_from(HOOKS), st.characters(codec=None)), max_size=60)
corpora = st.lists(strings, min_size=1, max_size=8)
shapes = st.tuples(
    st.sampled_from([(1, 1), (1, 2), (1, 3), (2, 2), (2, 4)]),
    st.sampled_from([(1, 1), (1, 3), (2, 5), (3, 5), (5, 6), (4, 9)]),
    st.sampled_from([1, 2]),
)
numbers = st.lists(
    st.lists(st.floats(-30, 30), min_size=4, max_size=4), min_size=1, max_size=5
).map(np.array)


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest) -> str:
    return request.param


def fitted(corpus, shape, seed=0):
    """Return two fitted vectorisers, and the parts of a model with random weights and two tags."""
    words, characters, min_token = shape
    blocks = [
        TfidfVectorizer(
            ngram_range=words, token_pattern=engine.token_pattern(min_token), sublinear_tf=True
        ),
        TfidfVectorizer(analyzer="char_wb", ngram_range=characters, sublinear_tf=True),
    ]
    names = []
    for block in blocks:
        try:
            block.fit(corpus)
            names.append(block.get_feature_names_out().tolist())
        except ValueError:  # no n-gram of this kind
            names.append([])
    random = np.random.default_rng(seed)
    n = len(names[0]) + len(names[1])
    idf = [b.idf_ for b, found in zip(blocks, names, strict=True) if found]
    idf = np.concatenate([np.empty(0), *idf]).astype(np.float32)
    for block, found, part in zip(
        blocks, names, (slice(len(names[0])), slice(len(names[0]), None)), strict=True
    ):
        if found:
            block.idf_ = idf[part].astype(np.float64)
    coef = random.normal(size=(n, 3)).astype(np.float32)
    used = [block for block, found in zip(blocks, names, strict=True) if found]
    parts = Parts(
        [*names[0], *names[1]],
        idf,
        coef,
        random.normal(size=3),
        settings_of(len(names[0]), words, characters, min_token),
        tags=np.eye(4, 3)[:, 1:],
    )
    return used, parts


def settings_of(n_words, word_range, char_range, min_token=1):
    shape = {"word_range": word_range, "char_range": char_range, "min_token": min_token}
    return {"n_words": n_words, "vectoriser": shape}


def build(reader, parts):
    with pytest.MonkeyPatch.context() as patch:
        if reader == "python":
            patch.setenv("MISINFO_ENGINE", "python")
        else:
            patch.delenv("MISINFO_ENGINE", raising=False)
        found = engine.Engine(parts)
    assert found.name == reader
    return found


@settings(max_examples=300)
@given(corpora, corpora, shapes)
@example(["a b a", " a ", "ab"], ["a", "a a", "", "b a b"], ((1, 3), (4, 9), 1))
@example(["İstanbul ΣΑΣ straße"], ["istanbul i̇stanbul σας STRASSE"], ((1, 1), (1, 3), 2))
@example(["a" * 70, "aa " * 70], ["a" * 200, "aa " * 70], ((1, 3), (1, 3), 1))
@example(["a b c d", "c d a"], ["A b C d " * 150, "d " * 257, "b c d a" * 64], ((2, 4), (2, 5), 1))
def test_numbers_are_those_of_scikit_learn(corpus, texts, shape):
    blocks, parts = fitted(corpus, shape)
    expected = np.tile(parts.intercept, (len(texts), 1))
    position = 0
    for block in blocks:
        matrix = block.transform(texts)
        weights = parts.coef[position : position + matrix.shape[1]].astype(np.float64)
        expected += matrix @ weights
        position += matrix.shape[1]
    for reader in READERS:
        log_odds, _ = build(reader, parts).read(texts)
        np.testing.assert_allclose(log_odds, expected, rtol=0, atol=1e-9)


@settings(max_examples=200)
@given(corpora, corpora, shapes)
@example(["ab c"], ["ab  c d"], ((1, 2), (5, 6), 1))
def test_counts_are_those_of_the_analysers(corpus, texts, shape):
    _, parts = fitted(corpus, shape)
    analysers = [
        TfidfVectorizer(ngram_range=shape[0], token_pattern=engine.token_pattern(shape[2])),
        TfidfVectorizer(analyzer="char_wb", ngram_range=shape[1]),
    ]
    n_words = parts.settings["n_words"]
    expected = []
    for text in texts:
        words, characters = (block.build_analyzer()(text) for block in analysers)
        known = sum(word in set(parts.vocabulary[:n_words]) for word in words)
        known += sum(ngram in set(parts.vocabulary[n_words:]) for ngram in characters)
        expected.append([known, len(words) + len(characters)])
    for reader in READERS:
        _, counts = build(reader, parts).read(texts)
        assert counts.tolist() == expected


@settings(max_examples=300)
@given(st.lists(strings, max_size=20))
def test_readers_agree_on_the_bundled_model(texts):
    parts = misinfo.load().parts
    first, *others = (BUNDLED.setdefault(r, build(r, parts)).read(texts) for r in READERS)
    for other in others:
        np.testing.assert_allclose(first[0], other[0], rtol=0, atol=1e-9)
        np.testing.assert_array_equal(first[1], other[1])


BUNDLED: dict[str, engine.Engine] = {}


@given(strings)
def test_contributions_add_up(text):
    _, parts = fitted(["a b", text], ((1, 2), (2, 5), 1))
    for reader in READERS:
        found = build(reader, parts)
        _, contributions, intercept = found.contributions(text)
        log_odds = contributions.sum() + intercept
        np.testing.assert_allclose(log_odds, found.read([text])[0][0, 0], atol=1e-9)


@pytest.mark.parametrize("sides", [(1, 2), (2, 2), (12, 8), (5, 4)])
@pytest.mark.parametrize("kind", [np.int8, np.float32, np.float64])
def test_several_classes_make_the_main_head(sides, kind):
    _, parts = fitted(["tea cures gout", "no tea cures"], ((1, 3), (2, 5), 1))
    n = sum(sides)
    random = np.random.default_rng(n)
    coef = 40 * random.normal(size=(len(parts.vocabulary), n + 2))
    coef = coef.round().clip(-127, 127).astype(kind)
    scale = random.random(n + 2).astype(np.float32) if kind is np.int8 else None
    intercept, tags = random.normal(size=n + 2), random.normal(size=(n + 3, 4))
    factor = 1.0 if scale is None else scale.astype(np.float64)
    names = list(map(str, range(n)))
    classes_of = {"overstated": names[: sides[0]], "measured": names[sides[0] :]}
    texts = ["tea cures gout", "", "cures cures no gout", "tea", "tea " * 70, "no cures"]
    for reader in READERS:
        plain = parts._replace(
            coef=coef.astype(np.float64) * factor,
            intercept=intercept,
            tags=np.eye(n + 3, n + 2)[:, 1:],
        )
        scores = build(reader, plain).read(texts)[0]
        found = build(
            reader,
            parts._replace(
                coef=coef,
                intercept=intercept,
                settings={**parts.settings, "classes": classes_of},
                scale=scale,
                tags=tags,
            ),
        )
        both, (main, classes, _) = found.read(texts)[0], found.classify(texts)
        odds = np.exp(scores[:, : sides[0]]).sum(axis=1) / np.exp(scores[:, sides[0] : n]).sum(
            axis=1
        )
        np.testing.assert_allclose(both[:, 0], np.log(odds), atol=1e-9, rtol=1e-9)
        np.testing.assert_allclose(both[:, 1:], scores @ tags[:-1] + tags[-1], atol=1e-9, rtol=1e-9)
        np.testing.assert_allclose(main, both[:, 0], atol=1e-12)
        softmax = np.exp(scores[:, :n]) / np.exp(scores[:, :n]).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(classes, softmax, atol=1e-9)
        for text, log_odds in zip(texts, main, strict=True):
            _, contributions, rest = found.contributions(text)
            np.testing.assert_allclose(contributions.sum() + rest, log_odds, atol=1e-9, rtol=1e-9)


@given(numbers)
def test_the_log_odds_of_sides_lie_by_their_highest_scores(scores):
    log_odds, share = total_and_shares(scores, 2)
    plain = np.maximum(scores[:, 0], scores[:, 1]) - np.maximum(scores[:, 2], scores[:, 3])
    assert (abs(log_odds - plain) <= np.log(2) + 1e-12).all()
    np.testing.assert_allclose(share[:, :2].sum(axis=1), 1)
    np.testing.assert_allclose(share[:, 2:].sum(axis=1), -1)
    np.testing.assert_allclose(total(-scores[:, [2, 3, 0, 1]], 2), -total(-scores, 2), atol=1e-9)
    np.testing.assert_allclose(total(scores + 5.0, 2), log_odds, atol=1e-9)
    for place in range(4):
        step = 1e-6 * np.eye(4)[place]
        slope = (total(scores + step, 2) - total(scores - step, 2)) / 2e-6
        np.testing.assert_allclose(slope, share[:, place], atol=1e-4)


def test_one_class_stands_against_a_reference():
    log_odds, shares = total_and_shares(np.array([[2.0], [-1.0]]))
    assert log_odds.tolist() == [2.0, -1.0]
    assert shares.tolist() == [[1.0], [1.0]]


def test_columns_must_fit_the_weights():
    if engine._engine is None:
        pytest.skip("without a compiler")
    table, usual = engine._engine.Table, (["a"], 1, np.ones(1), np.ones((1, 2)), np.zeros(2))
    for n_main in (0, 3, 33):
        with pytest.raises(ValueError, match="main columns"):
            table(*usual, (1, 1), (2, 2), 1, True, n_main)
    with pytest.raises(ValueError, match="scales"):
        table(*usual, (1, 1), (2, 2), 1, True, 1, np.ones(3))


def test_the_columns_of_the_bundled_model_are_kept_in_registers(request):
    source = (request.config.rootpath / "misinfo/_engine.pyx").read_text(encoding="utf-8")
    columns = sum(misinfo.load().parts.sides)
    told = f"another number of classes? misinfo_weigh in _engine.pyx wants columns == {columns}"
    assert f"bytes && columns == {columns})" in source, told


def test_main_head_alone_is_the_first_column(reader):
    _, parts = fitted(["tea cures gout"], ((1, 3), (2, 5), 1))
    found = build(reader, parts)
    both, (main, classes, _) = found.read(["tea cures"])[0], found.classify(["tea cures"])
    assert main[0] == pytest.approx(both[0, 0], abs=1e-12)
    assert classes[0, 0] == pytest.approx(logistic(both[0, 0]))
    assert found.read([])[0].shape == (0, 3)


def test_a_vocabulary_that_no_fit_gives_is_read_as_scikit_learn_reads_it(reader):
    vocabulary = ["tea", "a  b", "Tea", "x y z w", "ea c", " t", "t", " tea cures", "", "cu r"]
    coef = np.ones((len(vocabulary), 1), dtype=np.float32)
    idf = np.ones(len(vocabulary), dtype=np.float32)
    parts = Parts(vocabulary, idf, coef, np.zeros(1), settings_of(4, (1, 3), (2, 5)))
    found = build(reader, parts)
    assert found.read(["Tea cures a  b"])[1][0, 0] == 2  # "tea" and " t"


def test_what_was_read_before_changes_nothing(reader):
    _, parts = fitted(["tea cures gout, т-чай"] * 2, ((1, 3), (2, 5), 1))
    texts = ["tea-cures\0 gout", "чай tea", "\U0001f642 tea é", "t" * 40 + " tea cures tea", "tea"]
    used = build(reader, parts)
    used.read(
        [f"{n:x}tea" for n in range(70_000 if reader == "compiled" else 7)]
    )  # more than it keeps
    used.read([text + "т" for text in texts])  # the same words in wider strings
    for text in texts:
        fresh = build(reader, parts).read([text])
        for _ in range(2):
            again = used.read([text])
            assert (again[0] == fresh[0]).all()
            assert (again[1] == fresh[1]).all()


@given(st.lists(st.text(st.characters(codec="ascii"), max_size=90), max_size=4), st.data())
def test_parts_of_texts_are_read_like_texts(texts, data):
    def places(text):
        cuts = st.lists(st.integers(0, len(text)), min_size=2, max_size=2).map(sorted).map(tuple)
        return data.draw(st.lists(cuts, max_size=4))

    _, parts = fitted(["tea Cures gout, a to Z", *texts], ((1, 3), (2, 5), 1))
    found = [places(text) for text in texts]
    pieces = [text[a:b] for text, cuts in zip(texts, found, strict=True) for a, b in cuts]
    bounds = np.array([cut for cuts in found for cut in cuts], dtype=np.int64).reshape(-1, 2)
    for reader in READERS:
        used = build(reader, parts)
        in_place = used.read(texts, bounds, [len(cuts) for cuts in found])
        for got, wanted in zip(in_place, used.read(pieces), strict=True):
            assert (got == wanted).all()


def test_a_text_that_is_longer_in_lower_case_is_read_whole(reader):
    _, parts = fitted(["i̇stanbul tea"], ((1, 1), (2, 3), 1))
    used = build(reader, parts)
    whole = used.read(["İstanbul", "Tea"], np.array([[0, 8], [0, 3]]), [1, 1])
    assert (whole[0] == used.read(["İstanbul", "Tea"])[0]).all()


@pytest.mark.parametrize(
    ("text", "places", "sizes", "what"),
    [
        ("tea", [[0, 4]], [1], "no such part of a text: 0 to 4"),
        ("tea", [[2, 1]], [1], "no such part"),
        ("tea", [[-1, 1]], [1], "no such part"),
        ("thé", [[0, 1]], [1], "parts are of ASCII texts"),
        ("İ", [[0, 2]], [1], "no such part"),
        ("tea", [[0, 1]], [2], "parts"),
        ("tea", [[0, 1], [1, 2]], [1], "parts"),
        ("tea", [[0, 1]], [1, 0], "longer|shorter"),
    ],
)
def test_parts_that_there_are_not_are_refused(reader, text, places, sizes, what):
    _, parts = fitted(["tea"], ((1, 1), (2, 3), 1))
    used = build(reader, parts)
    with pytest.raises(ValueError, match=what):
        used.read([text], np.array(places), sizes)


def test_threads_share_an_engine(reader):
    _, parts = fitted(["tea cures gout"] * 2, ((1, 3), (2, 5), 1))
    found = build(reader, parts)
    texts = [f"tea number {n} cures gout" for n in range(200)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: found.read(texts)[0], range(8)))
    assert all((result == results[0]).all() for result in results)


@pytest.mark.skipif("compiled" not in READERS, reason="no compiled reader here")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_processes_that_are_forked_while_another_thread_lays_out_weights_read():
    code = (
        "import os, signal, threading, numpy as np\nfrom misinfo import _engine\n"
        "n = 40_000\nnames = [f'w{i:07}' for i in range(n)]\n"
        "ones, coef = np.ones(n), np.ones((n, 50), dtype=np.float32)\n"
        "table = _engine.Table(names, n, ones, coef, np.zeros(50), (1, 1), (3, 4), 1, True, 1)\n"
        "read = lambda: table.read(['w0000001'], None, (), False)\n"
        "thread = threading.Thread(target=read); thread.start(); children = []\n"
        "while thread.is_alive():\n"
        "    children.append(os.fork())\n"
        "    if not children[-1]: signal.alarm(20); read(); os._exit(7)\n"
        "codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]\n"
        "assert set(codes) <= {7}, codes\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)


@pytest.mark.skipif("compiled" not in READERS, reason="no compiled reader here")
@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"n_words": 5}, "more words"),
        ({"idf": np.ones(2, dtype=np.float32)}, "do not fit"),
        ({"intercept": np.zeros(2)}, "do not fit"),
        ({"char_range": (0, 2)}, "at least one letter"),
        ({"word_range": (1, 99)}, "at most 16 words"),
    ],
)
def test_weights_that_do_not_fit_are_refused(change, what):
    keywords = {
        "vocabulary": ["tea"],
        "n_words": 1,
        "idf": np.ones(1, dtype=np.float32),
        "coef": np.ones((1, 1), dtype=np.float32),
        "intercept": np.zeros(1),
        "word_range": (1, 3),
        "char_range": (2, 5),
        "min_token": 1,
    }
    with pytest.raises(ValueError, match=what):
        engine._engine.Table(**{**keywords, **change})


@pytest.mark.parametrize("text", [None, 3, b"tea"])
def test_only_strings_are_read(text):
    with pytest.raises(TypeError):
        misinfo.load().engine.read([text])


def test_lines_that_are_not_yet_strings_give_the_same_table(reader):
    _, parts = fitted(["tea cures gout, т-чай"] * 2, ((1, 3), (2, 5), 1))
    lines = Vocabulary("".join(f"{ngram}\n" for ngram in parts.vocabulary))
    texts = ["tea cures, чай", "gout", ""]
    expected = build(reader, parts).read(texts)
    found = build(reader, parts._replace(vocabulary=lines)).read(texts)
    for got, wanted in zip(found, expected, strict=True):
        assert (got == wanted).all()
    assert list(lines) == parts.vocabulary


def test_more_words_than_are_remembered_change_no_number():
    texts = [" ".join(f"cure{n}" for n in range(at, at + 1000)) for at in range(0, 140_000, 1000)]
    reader = misinfo.Model(misinfo.load().parts).engine  # with a memory of its own
    first = reader.read(texts)[0]
    assert (reader.read(texts[::-1])[0][::-1] == first).all()
    fresh = misinfo.Model(misinfo.load().parts).engine
    assert (fresh.read(texts[-1:])[0] == first[-1]).all()
