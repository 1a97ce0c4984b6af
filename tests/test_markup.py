"""Web pages: everything that sells is kept, and knows its heading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from misinfo import markup
from misinfo.blocks import MAX_TEXT
from misinfo.documents import extract
from misinfo.errors import ReadError
from misinfo.records import Document


def text(page):
    return markup.html(page.encode())[0]


def place(found, words):
    body, parts, _ = found
    return Document("x", body, tuple(parts), extracted=True).place(body.index(words)).part


SHOP = """<!doctype html><html><head><title>Gluco Reset Drops</title>
<style>p {color: red}</style><script>var x = "Script cures gout";</script></head><body>
<header><div>Vita</div><nav><ul><li><a href="/">Nav cures gout</a></li></ul></nav></header>
<div role="navigation"><a href="/">Role cures gout</a></div>
<ul><li><a href="1">Gout</a><li><a href="2">Lupus</a><li><a href="3">Joint pain</a></ul>
<main><h1>Gluco Reset Drops</h1><ul><li>Reverses <b>type 2</b>
diabetes<li>No side effects</ul><!-- Comment cures gout -->
<h2>Reviews</h2><div><div>Ann</div><blockquote>My sugar is normal again!</blockquote></div>
<details><summary>Does it work?</summary><div style="display:none">Always, for everybody.</div></details>
<table><tr><td>Lupus</td><td>gone in 14 days</td></tr></table>
<button>Heal me now</button><p>First line.<br>Second line.</p>
<ul><li><a href="4">Ten foods that cure cancer in a week</a>
<li><a href="5">What your doctor never tells you about sugar</a>
<li><a href="6">How she threw her insulin away for good</a></ul></main>
<aside>Joint Ease ends arthritis overnight.</aside><footer>Not evaluated by anybody.</footer>"""


def test_what_sells_is_kept():
    found = markup.html(SHOP.encode())
    for words in (
        "Reverses type 2 diabetes\n\nNo side effects\n\n",
        "My sugar is normal again!",
        "Always, for everybody.",
        "gone in 14 days",
        "Heal me now",
        "First line.\nSecond line.",
        "Ten foods that cure cancer in a week",
        "Joint Ease ends arthritis overnight.",
        "Not evaluated by anybody.",
    ):
        assert words in found[0]
    assert place(found, "No side effects") == "Gluco Reset Drops"
    assert place(found, "My sugar") == "Gluco Reset Drops > Reviews"
    assert place(found, "Vita") == "top"
    assert found[0].count("Gluco Reset Drops") == 1  # its title says nothing new


@pytest.mark.parametrize("hidden", ["Script", "Nav", "Role", "Comment", "color", "Lupus\n\nJoint"])
def test_what_nobody_reads_is_left_out(hidden):
    assert hidden not in text(SHOP)


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<svg><text>a</text><p>Tea</p><text>b</text></svg>c", "Tea\n\nc"),
        ("<math><mi>x<div>Tea</div></math>", "Tea"),
        ("<svg><path><p>Tea <select><option>a<p>b</select><b>cures", "Tea cures"),
        ("<object data=x><p>Tea</p></object>", "Tea"),
    ],
)
def test_what_stands_in_a_drawing_or_in_place_of_an_object_is_kept(page, shown):
    assert text(page) == shown


@pytest.mark.parametrize("tag", ["del", "S", "strike"])
@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("<p>It <{0}>cures gout</{0}> <ins>may help</ins>.", "It may help."),
        ("<div><{0}>It cures <b>gout</b>.<br>And acne.</{0}></div><p>Tea.", "Tea."),
        ("<p>Tea.<svg><{0}>It cures gout.</{0}></svg><p>Oil.", "Tea.\n\nOil."),
    ],
)
def test_what_is_struck_out_is_left_out(page, shown, tag):
    assert text(page.format(tag)) == shown


def test_menus_are_rows_of_short_links():
    menu = '<p><a href="1">Gout</a> | <a href="2">Lupus</a> | <a href="3">Joint pain</a></p>'
    assert text(f"{menu}<p>Tea.") == "Tea."
    assert "Gout" in text(menu.replace('<a href="3">Joint pain</a>', "")), "two are no menu"
    assert "Gout" in text(menu.replace("href", "name")), "anchors are no links"
    assert "Joint pain" in text(menu.replace("p>", "h3>")), "headings stay"
    assert text("<p><a href=1>a</a>").strip() == "a"


def _links(*names):
    return [f"<a href={n}>{name}</a>" for n, name in enumerate(names)]


NAMES = ("Home", "<div>Stem cells</div>", "Gout", "Questions to ask your doctor")


@pytest.mark.parametrize(
    "menu",
    [
        f"<div role=navigation>{''.join(_links(*NAMES))}</div>",
        f"<header><ul><li>{'<li>'.join(_links(*NAMES))}</ul></header>",
        f"<ol><li>{'<li>'.join(_links('Home', 'Cancer', 'How to book'))}</ol>",
        f"<div>{' &gt; '.join(_links('Home', 'Treatments', 'Gout'))}</div>",
        f"<div class=tags>{' '.join(_links('cure', 'gout', 'reverse diabetes'))}</div>",
        f"<footer><div>{'</div><div>'.join(_links(*NAMES))}</div></footer>",
        f"<table><td>{'<td>'.join(_links('Home', 'Gout', 'Ask us!'))}</table>",
        f"<p>{'<br>'.join(_links(*(f'Signs of {n}' for n in 'abcdef'), 'Ask us ' + 'this ' * 8))}",
        f"<ul><li>{'<li>'.join(_links('Home', 'Gout', 'About us') * 2)}</ul>",
    ],
)
def test_menus_are_left_out_however_they_are_laid_out(menu):
    assert text(f"<p>Tea.</p>{menu}<p>It heals.") == "Tea.\n\nIt heals."


@pytest.mark.parametrize("menu", [(), NAMES, ("Home", "Shop", "Gout", "Blog", "Us")])
@pytest.mark.parametrize("picture", ["", "<a href={0}><img src=1.jpg></a>"])
@pytest.mark.parametrize("kinds", [(), ("Gout", "Lupus", "Tumours")])
@pytest.mark.parametrize("more", ["", "<div><a href={0}>Read more</a></div>"])
def test_titles_of_cards_stay_whatever_else_is_linked(menu, picture, kinds, more):
    titles = ["How garlic cured my gout", "The end of lupus is near", "No more tumours in weeks"]
    page = "<div>" + "</div><div>".join(_links(*menu)) + "</div>"
    for n, title in enumerate(titles):
        kind = "".join(f"<div><a href=/{name}>{name}</a></div>" for name in kinds[n : n + 1])
        page += f"{picture}<div><a href={{0}}>{title}</a></div>{kind}{more}".format(f"/p{n}")
    assert [block for block in text(page).split("\n\n") if block in titles] == titles


LONG = "Our stem cells cure cancer in two weeks, without surgery"


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("".join(_links("<div>MS cured</div>", "<p>Gout gone</p>", "<p>Pain free</p>")),
         ["MS cured", "Gout gone", "Pain free"]),
        (f"<ul><li>{'<li>'.join(_links(LONG, 'Blog', 'Contact'))}</ul>", [LONG]),
        (f"<ul><li>{'<li>'.join(_links('Blog', 'Gout is gone.', 'Us'))}</ul>", ["Gout is gone."]),
        (f"<p>{' | '.join(_links(LONG, 'Blog', 'Contact'))}</p>", [f"{LONG} | Blog | Contact"]),
        (f"<p>{' '.join(_links('Gout is gone.', 'MS is over!', 'More'))}</p>",
         ["Gout is gone. MS is over! More"]),
        (f"<p>Says {', '.join(_links('he', 'she', 'they'))}.", ["Says he, she, they."]),
    ],
)  # fmt: skip
def test_cards_and_sentences_in_links_stay(source, kept):
    assert text(f"<p>Tea.</p>{source}").split("\n\n") == ["Tea.", *kept]


def test_a_title_that_says_more_is_text():
    found = markup.html(b"<title>Cancer is over</title><p>Hello.<h2>Tea</h2><p>It heals.")
    assert found[0].startswith("Cancer is over\n\nHello.")
    assert [place(found, words) for words in ("Cancer", "Hello", "heals")] == [
        "title",
        "top",
        "Tea",
    ]


@pytest.mark.parametrize("mark", ["-", "|", "\N{EN DASH}", "\N{EM DASH}", "::"])
def test_of_a_title_only_what_a_heading_repeats_is_left_out(mark):
    promise = "Cure cancer in two weeks, guaranteed"
    assert text(f"<title>{promise} {mark} Clinic</title><h1>Clinic") == f"{promise}\n\nClinic"
    assert text(f"<title>{promise} {mark} Clinic</title><h1>{promise}") == f"Clinic\n\n{promise}"
    assert text(f"<title>{promise}</title><h1>A") == f"{promise}\n\nA"
    assert text(f"<title>{promise}</title><h1>{promise}!") == f"{promise}!"
    for quoted in ('Gout\'s "cure"', "Gout’s “cure”"):
        assert text(f'<title>Gout\'s "cure" {mark} Clinic</title><h1>{quoted}') == (
            f"Clinic\n\n{quoted}"
        )


@pytest.mark.parametrize("tag", ["nav", "div role=navigation", "span role=navigation"])
@pytest.mark.parametrize("end", [True, False])
def test_of_a_menu_by_name_only_links_are_left_out(tag, end):
    menu = f"<{tag}><ul><li><a href=/><img></a><li><a href=/><img></a><li><a href=/>Home</a></ul>"
    close = f"</{tag.split()[0]}>" * end
    prose = "<p>Throw away your insulin.</p>"
    link = "<p><a href=1>Gout</a></p>"
    assert text(f"Open daily.{menu}{prose}{close}<p>It cures.") == (
        "Open daily.\n\nThrow away your insulin.\n\nIt cures."
    )
    if end:
        assert text(f"{menu}<a href=/><img></a>{close}{link}") == "Gout", "its pictures are its own"


def test_headings_close_those_below_them():
    page = "<h1>Clinic</h1><h2>Gout</h2><h3>Price</h3><p>a<h2>Lupus</h2><p>b<h1>Us</h1><p>c"
    paths = [part for _, part in markup.html(page.encode())[1]]
    assert paths[1:] == ["Clinic > Gout", "Clinic > Gout > Price", "Clinic > Lupus", "Us"]
    # One that is never closed does not swallow the page, and a long one is cut in paths.
    assert markup.html(f"<h1>{'a' * 200}</h1>".encode())[1] == [(0, "a" * 79 + "…")]
    assert markup.html(f"<h1><div>Tea</div><div>{'b ' * 9}".encode())[1] == [(0, "Tea")]


def test_lines_of_preformatted_text_stay():
    assert text("<pre>Tea\n  cures</pre><p>gout\nnow") == "Tea\ncures\n\ngout now"


@pytest.mark.parametrize(
    ("raw", "charset"),
    [
        ("<p>Café".encode(), ""),
        ("<p>Café".encode("utf-8-sig"), "latin-1"),  # the mark wins
        ("<p>Café".encode("utf-16"), ""),
        ("<p>Café".encode("utf-32"), ""),
        ("<meta charset='iso-8859-1'><p>Café".encode("latin-1"), ""),
        ("<meta charset='utf-8'><p>Café".encode("latin-1"), "iso-8859-1"),  # then the server
        ("<meta charset='utf-16'><p>Café ".encode(), ""),  # which cannot be: it was found as ASCII
        ("<meta charset='cp037'><p>Café".encode(), ""),  # nor this
        ("<meta charset='klingon'><p>Café".encode(), "vulcan"),
        ("<p>Café".encode("cp1252"), ""),
        ('<?xml version="1.0" encoding="utf-8"?><html><p>Café'.encode(), ""),
    ],
)
def test_character_sets_as_in_browsers(raw, charset):
    assert markup.html(raw, charset)[0] == "Café"


def test_pages_that_say_latin_1_mean_its_superset():
    assert markup.html(b"<meta charset=latin1><p>\x93Tea\x94")[0] == "“Tea”"


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 100_000 + "Tea cures gout." + "</div>" * 100_000,
        "<ul><li>" * 100_000 + "Tea cures gout.",
        "<b><i>" * 100_000 + "Tea cures gout.",
        "<p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">Tea cures gout.",
        "<table><tr><td>" * 30_000 + "Tea cures gout.",
        "<!-- never closed --" + ">Tea cures gout.",
    ],
)
def test_no_depth_is_too_deep(page):
    assert text(page) == "Tea cures gout."


def test_too_much_text_is_an_error():
    with pytest.raises(ReadError, match="more than 10,000,000 characters"):
        extract(b"<p>a" + b"a" * MAX_TEXT, ".html", "", "utf-8")


@pytest.mark.parametrize(
    ("source", "blocks"),
    [
        ("<h2>Throw away<br>your glasses</h2>", ["Throw away your glasses"]),
        ("<h2><span style='display: block'>Throw</span><b>away</b></h2>", ["Throw away"]),
        ("<h2>a<span style='display:block'>b</span></h2>", ["a b"]),
        ("<p>a<br>b", ["a\nb"]),
        ("<p>a<i style='color:red; DISPLAY : flex'>b</i>", ["a", "b"]),
        ("<p>a<i style=display:block>b<b>c</b>d</i>e <b>f</b>g", ["a", "bcd", "e fg"]),
        ("<a href=x style=display:block>Cures</a>gout <a href=y>now</a>", ["Cures", "gout now"]),
        ("<p><span>since 1990</span><span>Cures</span><a>Gout</a>", ["since 1990 Cures Gout"]),
        ("<p>H<sub>2</sub>O <span>D</span><span>E</span>ar \1", ["H2O DEar"]),
        (
            "<p>Rest helps.<sup>1, 2</sup> Tea<sup>TM</sup>, 10<sup>6</sup>.<sup><a href=#n>3</a></sup> Now",
            ["Rest helps.¹ ² TeaTM, 10⁶.³ Now"],
        ),
        ("Open<marquee>Tea <b>cures</b></marquee>Free", ["Open", "Tea cures", "Free"]),
        (
            "<my-card>Open</my-card> <my-card>Tea<br-x>Cures</br-x></my-card><x-y>Free</x-y>Ask",
            ["Open", "Tea Cures", "Free Ask"],
        ),
        (
            "<x-all> <x-card>\n<x-h><b>Tea</b> </x-h>\n</x-card>\n<x-card><x-i></x-i><x-i></x-i>Gout",
            ["Tea", "Gout"],
        ),
        ("It cures <x-star></x-star><x-star></x-star> gout", ["It cures gout"]),
        (
            "<h2><x-a>Tea</x-a><x-a>Cures</x-a></h2>It <x-tip>cures</x-tip> gout",
            ["Tea Cures", "It cures gout"],
        ),
        ("<p>cu<span style='display:none'>zebra</span>res", ["cures"]),
        ("<p>cu<b><i style='font-size: 0px'>ze<b>b</b>ra</i></b>res", ["cures"]),
        ("<p>cu<i hidden>a</i><i hidden>b</i>r<i hidden>a <i hidden>b</i></i>es", ["cures"]),
        ("<p>Tea <span style='display:none'>cures</span> gout<i hidden>!", ["Tea cures gout!"]),
        ("<p>a<i style='font-size:0.9em'>b</i>c<p hidden>d</p>", ["abc", "d"]),
        ("<form>Free<input type=SUBMIT value='Cure me'><input value=no>", ["Free", "Cure me"]),
    ],
)
def test_what_stands_side_by_side_and_what_does_not(source, blocks):
    assert markup.html(source.encode())[0].split("\n\n") == blocks


def test_links_that_look_like_buttons_are_no_menu():
    links = "".join(f"<div><a href=x class='wp-btn'>Cure {word}</a></div>" for word in "abc")
    assert markup.html(f"<p>Tea.{links}".encode())[0] == "Tea.\n\nCure a\n\nCure b\n\nCure c"
    links = links.replace("wp-btn", "item")
    assert markup.html(f"<p>Tea.{links}".encode())[0] == "Tea."


def test_a_page_of_a_title_alone_could_not_be_read():
    source = b"<title>Clinic</title><div id=root></div><script>1</script>"
    with pytest.raises(ReadError, match="no text but its title"):
        markup.html(source)
    assert markup.html(source, titled=False) == ("", [], "")


PIECES = '<div> </div> <p> <h1> </h2> <h3> <a\thref=x> </a> <nav> </nav> <title> <pre> <br> <!-- --> <script> </script> tea &amp; &#0; é < > " <![CDATA[ <svg> <body> </html>'


@given(st.lists(st.sampled_from(PIECES.split(" ")), max_size=40).map("".join))
def test_any_page_has_ascending_parts_within_it(page):
    text, _, _ = markup.html(page.encode(), titled=False)
    try:
        body, parts, _ = markup.html(page.encode())
    except ReadError:
        assert not text
        return
    starts = [at for at, _ in parts]
    assert starts == sorted(starts)
    assert all(0 <= at < len(body) for at in starts)
    assert body == body.strip()


@pytest.mark.parametrize("tag", ["<embed src=x.swf>", "<EMBED>", "<map name=m>"])
def test_what_hides_nothing_on_a_page_hides_nothing_here(tag):
    page = f"<body><p>Open daily.</p>{tag}<div><p>Our pill cures acne.</p></div></body>"
    assert markup.html(page.encode())[0].split("\n\n") == ["Open daily.", "Our pill cures acne."]
