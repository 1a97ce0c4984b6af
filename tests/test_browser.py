"""The pages in a real browser: what a reader sees, hears, presses and prints."""

import io
import os
import re
import shutil
from itertools import pairwise

import pytest
from test_pages import HOSTILE

import misinfo
from misinfo import pages
from misinfo.evaluation import evaluate
from misinfo.labelled import Labelled
from misinfo.policy import Judged
from misinfo.records import Document
from misinfo.rows import Row

ARGUMENTS = (
    "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()
TEXTS = {
    "tea.txt": "Open daily.\n\nOur tea cures cancer, guaranteed. Shipping takes three days.\n\n"
    "There are no side effects whatsoever!\n\nThrow away your insulin for good.",
    "sober.txt": "Ask your doctor before you stop a medicine.",
    "hostile <b>.txt": HOSTILE,
}
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
LOW, ZOOMED = {"width": 844, "height": 390}, {"width": 640, "height": 450}
# Composes colours as the screen does, and returns the lowest contrast of text with what is behind.
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const light = (rgb) => rgb.map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const paint = (colours) => {
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  let worst = [99, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("script")) continue;
    const behind = [];
    for (let one = element; one; one = one.parentElement) behind.unshift(getComputedStyle(one).backgroundColor);
    const back = light(paint(behind));
    const front = light(paint([...behind, getComputedStyle(element).color]));
    const ratio = (Math.max(front, back) + .05) / (Math.min(front, back) + .05);
    if (ratio < worst[0]) worst = [ratio, element.outerHTML.slice(0, 200)];
  }
  return worst;
}"""
UNCOVERED = """(e) => {
  const box = e.getBoundingClientRect();
  return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === e;
}"""
# In sight, and where it was at the last look: a smooth way is at its end.
LANDED = """(id) => {
  const {y} = document.querySelector(`#${id} h2`).getBoundingClientRect();
  const still = y === window.seen; window.seen = y;
  return still && 0 <= y && y < 250;
}"""
STEPPED = f"""() => {{
  const e = document.querySelector("mark.active .ref"), {{y}} = e.getBoundingClientRect();
  const still = y === window.seen; window.seen = y;
  return still && ({UNCOVERED})(e);
}}"""


@pytest.fixture(scope="module")
def browser():
    """Chromium; without it the tests are left out, unless MISINFO_BROWSER asks for them."""
    missing = pytest.fail if os.environ.get("MISINFO_BROWSER") else pytest.skip
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("needs playwright: pip install -e '.[dev]'")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        missing("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    model = misinfo.load()
    judged = [Judged(Document(name, text), model.score(text, 0.6)) for name, text in TEXTS.items()]
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(pages.page(judged, problems=["empty.txt: is empty"]), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """Three texts of 20,000 characters in blocks that browsers lay out when they come near."""
    model = misinfo.load()
    plain = "Drink enough water, and ask your doctor before you stop a medicine. " * 6
    texts = ["\n\n".join([plain, TEXTS["tea.txt"], plain] * 22)] * 3
    judged = [Judged(Document("a.txt", text), model.score(text, 0.6)) for text in texts]
    file = tmp_path_factory.mktemp("long") / "report.html"
    file.write_text(pages.page(judged), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory):
    from misinfo.plots import report_page

    rows = [Row("Cancer cured!", True, (), "1", ""), Row("Open daily.", False, (), "2", "")] * 9
    rows.append(Row(HOSTILE, False, (), "3", ""))
    data = Labelled(rows, (), "sentence", [{}] * len(rows), [1.0] * len(rows))
    model = misinfo.load()
    file = tmp_path_factory.mktemp("evaluation") / "report.html"
    file.write_text(report_page(model, evaluate(model, data, rounds=20), data), encoding="utf-8")
    return file


@pytest.fixture
def visit(browser):
    """Opens a file; whatever goes wrong in it, or is asked of the network, fails the test."""
    troubles, contexts = [], []

    def opened(file, size=DESK, **options):
        context = browser.new_context(viewport=size, **{"reduced_motion": "reduce", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append(dialog.message), dialog.dismiss()))
        page.route("**/*", lambda route: route.continue_() if here(route) else route.abort())
        page.on("request", lambda asked: here(asked) or troubles.append(f"asks for {asked.url}"))
        page.troubles = troubles

        def here(asked):
            url = asked.url if hasattr(asked, "url") else asked.request.url
            return url.split("#")[0] == file.as_uri()

        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not troubles


def visible(page, selector):
    return page.locator(f"{selector}:visible").count()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["file", "evaluation"])
def test_it_fits_and_can_be_read(visit, request, kind, scheme, size):
    page = visit(request.getfixturevalue(kind), size, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    if kind == "file":
        page.locator(".ref").first.focus()
    ratio, where = page.evaluate(CONTRAST)
    assert ratio >= 4.5, where
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (max(map(int, paper[4:-1].split(","))) < 90) == (scheme == "dark")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_focus_shows_the_reason_and_escape_hides_it(visit, file, size):
    page = visit(file, size)
    button = page.locator(".ref").first
    assert visible(page, ".notes > li") == 0
    button.focus()
    assert button.get_attribute("aria-expanded") == "true"
    note = page.locator(f"#{button.get_attribute('aria-controls')}")
    assert note.is_visible()
    text = note.inner_text()
    assert "line 3, column 1" in text
    assert "cure" in text
    assert "How a careful writer puts such a claim" in text
    assert "its facts are not to be copied" in text
    assert note.evaluate("(e) => e.getBoundingClientRect().top < innerHeight")
    assert button.evaluate(UNCOVERED)
    page.keyboard.press("Escape")
    assert visible(page, ".notes > li") == 0
    assert button.get_attribute("aria-expanded") == "false"


def test_pointing_shows_the_reason(visit, file):
    page = visit(file)
    page.locator(".text mark").nth(1).hover()
    assert page.locator(".notes > li:visible").get_attribute("value") == "2"
    page.locator(".text mark").nth(0).hover()
    assert page.locator(".notes > li:visible").get_attribute("value") == "1"


def test_a_tap_opens_the_reason_and_its_button_closes_it(visit, file):
    page = visit(file, PHONE, has_touch=True, is_mobile=True)
    mark = page.locator(".text mark").first
    mark.evaluate(
        "(e) => scrollTo(0, scrollY + e.getBoundingClientRect().bottom - innerHeight + 9)"
    )
    mark.tap()
    assert visible(page, ".notes > li") == 1
    assert mark.locator(".ref").evaluate(UNCOVERED)  # the sheet does not lie over it
    page.locator(".close:visible").tap()
    assert visible(page, ".notes > li") == 0
    mark.locator(".ref").tap()
    assert visible(page, ".notes > li") == 1


def test_the_keyboard_alone_is_enough(visit, file):
    """Tab reaches every control and leaves the page again; enter and space press them."""
    page = visit(file)
    seen = []
    for _ in range(200):
        page.keyboard.press("Tab")
        kind = page.evaluate(
            "document.activeElement === document.body ? '' : document.activeElement.matches('.ref')"
            " ? 'ref' : document.activeElement.name || document.activeElement.tagName"
        )
        if not kind:
            break
        outlined = page.evaluate(
            """() => [document.activeElement, document.activeElement.nextElementSibling].some(
                 (e) => e && getComputedStyle(e).outlineStyle === "solid")"""
        )
        assert outlined, kind
        seen.append(kind)
    assert page.evaluate("document.activeElement === document.body")
    assert seen.count("ref") == page.locator(".ref").count()
    assert {"A", "BUTTON", "strength", "tag", "ref"} <= set(seen)
    page.get_by_role("checkbox", name="riskless").focus()
    page.keyboard.press("Space")
    assert page.get_by_role("checkbox", name="riskless").is_checked()


@pytest.mark.parametrize("size", [PHONE, DESK, ZOOMED], ids=["phone", "desk", "zoomed"])
@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_press_leads_into_the_note_and_escape_back(visit, file, size, key):
    page = visit(file, size)
    first = page.locator(".ref").first
    first.focus()
    page.keyboard.press(key)
    note = page.locator(".notes > li:visible")
    assert note.evaluate("(e) => e === document.activeElement")
    for _ in range(12):
        page.keyboard.press("ArrowDown")  # scrolls what is focused
    if size != DESK:
        page.keyboard.press("Tab")
        close = page.locator(".close:visible")
        assert close.evaluate("(e) => e === document.activeElement")
        assert close.evaluate(UNCOVERED)
    page.keyboard.press("Escape")
    assert first.evaluate("(e) => e === document.activeElement")
    assert visible(page, ".notes > li") == 0


@pytest.mark.parametrize("size", [PHONE, DESK, LOW], ids=["phone", "desk", "low"])
@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_in_long_texts_links_and_steps_land_where_they_lead(visit, long, size, motion):
    page = visit(long, size, reduced_motion=motion)
    for number in (3, 2):
        page.locator("tbody a").nth(number - 1).click()
        page.wait_for_function(LANDED, arg=f"d{number}", polling=100)
    page.evaluate("scrollTo(0, 0)")
    for _ in range(3):
        page.locator("[data-step='-1']").evaluate("(e) => e.click()")
        page.wait_for_function(STEPPED, polling=100)
    page.locator("#d2 .ref").nth(40).focus()
    assert page.locator("mark.active .ref").evaluate(UNCOVERED)


def test_in_long_texts_links_land_without_scripts(visit, long):
    page = visit(long, java_script_enabled=False, reduced_motion="no-preference")
    page.locator("tbody a").nth(2).click()
    page.wait_for_timeout(700)
    assert 0 <= page.locator("#d3 h2").bounding_box()["y"] < 250


@pytest.mark.parametrize("size", [PHONE, LOW, ZOOMED, {"width": 731, "height": 411}])
def test_no_sheet_lies_over_its_sentence(visit, file, size):
    page = visit(file, size)
    for button in page.locator(".ref").all():
        button.evaluate("(e) => e.click()")
        assert button.evaluate(UNCOVERED)


def test_the_mouse_alone_brings_no_sheet(visit, file):
    page = visit(file, {"width": 900, "height": 600})
    page.locator(".text mark").first.hover()
    assert visible(page, ".reasons") == 0


def test_the_filters_narrow_to_documents_and_a_link_to_a_hidden_one_shows_it(visit, file):
    page = visit(file)
    page.get_by_role("checkbox", name="overstated only").check()
    assert [visible(page, f"#d{n}") for n in (1, 2, 3)] == [1, 0, 1]
    assert page.locator("tr.dim").count() == 1
    marks = page.locator(".text mark").count()
    assert page.locator("output").inner_text() == f"{marks} of {marks} shown"
    page.locator("tbody a").nth(1).click()
    assert page.locator("#d2 h2").evaluate(UNCOVERED)
    assert page.locator(".dim, .filtered").count() == 0
    assert not page.get_by_role("checkbox", name="overstated only").is_checked()
    page.locator("#d2").get_by_role("link", name="Back to the overview").click()
    assert page.locator("#overview").evaluate(UNCOVERED)
    page.evaluate("for (const m of document.querySelectorAll('.text mark')) m.dataset.s = 0")
    page.get_by_role("radio", name="strong and above").check()
    assert page.locator("output").inner_text() == "No sentence fits"


def test_on_a_phone_the_overview_is_sorted_too(visit, file):
    page = visit(file, PHONE)
    for button in page.locator("thead button").all():
        button.focus()
        assert button.evaluate(UNCOVERED)


def test_lines_begin_where_their_writing_does(visit, tmp_path):
    text = "هذا المنتج يشفي السرطان.\nOpen daily."
    file = tmp_path / "report.html"
    judged = [Judged(Document("a.txt", text), misinfo.score(text))]
    file.write_text(pages.page(judged), encoding="utf-8")
    page = visit(file)
    left, right = page.locator(".text > div").evaluate(
        """(e) => [0, 26].map((at) => {
          const range = document.createRange();
          range.setStart(e.firstChild, at);
          range.setEnd(e.firstChild, at + 3);
          return range.getBoundingClientRect().x - e.getBoundingClientRect().x;
        })"""
    )
    assert left > 300 > 50 > right


def test_filters_by_kind_and_by_strength(visit, file):
    page = visit(file)
    every = page.locator(".text mark").count()
    assert page.locator("output").inner_text() == f"{every} of {every} shown"
    page.get_by_role("checkbox", name="riskless").check()
    on = page.locator(".text mark:not(.off)")
    assert 0 < on.count() < every
    assert all("riskless" in mark.get_attribute("data-t").split() for mark in on.all())
    assert page.locator("output").inner_text() == f"{on.count()} of {every} shown"
    assert visible(page, ".text mark.off .ref") == 0
    assert not page.locator("#d2").is_visible()  # nothing of the sober document is shown
    page.get_by_role("checkbox", name="riskless").uncheck()
    page.get_by_role("radio", name="very strong").check()
    assert {mark.get_attribute("data-s") for mark in on.all()} == {"2"}
    page.get_by_role("radio", name="all").check()
    assert on.count() == every
    assert page.locator("#d2").is_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_next_and_previous_walk_through_what_is_shown(visit, file, size):
    page = visit(file, size)
    page.get_by_role("checkbox", name="riskless").check()
    on = page.locator(".text mark:not(.off)").count()
    seen = []
    for _ in range(on):
        page.get_by_role("button", name="Next").click()
        seen.append(page.locator("mark.active").get_attribute("data-n"))
        assert page.locator("mark.active .ref").evaluate(UNCOVERED)
    assert len(set(seen)) == on
    page.get_by_role("button", name="Previous").click()
    assert page.locator("mark.active").get_attribute("data-n") == seen[-2 % len(seen)]


def test_the_overview_is_sorted_by_a_press(visit, file):
    page = visit(file)
    page.get_by_role("button", name="Probability").click()
    cells = page.locator("tbody .figure").all_inner_texts()
    assert cells == sorted(cells, reverse=True)
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="Probability").click()
    assert page.locator("tbody .figure").all_inner_texts() == sorted(cells)
    page.get_by_role("button", name="Document").click()
    assert page.locator("tbody th").all_inner_texts() == list(TEXTS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_reader_may_choose_dark_or_light(visit, file, scheme):
    page = visit(file, color_scheme=scheme)
    paper = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(paper)
    page.locator("#theme").click()
    assert page.evaluate(paper) != before
    page.locator("#theme").click()
    assert page.evaluate(paper) == before


def test_on_paper_everything_stands_and_nothing_can_be_pressed(visit, file):
    page = visit(file, color_scheme="dark")
    page.get_by_role("checkbox", name="riskless").check()
    page.emulate_media(media="print")
    assert visible(page, ".document") == len(TEXTS)
    notes = page.locator(".notes > li").count()
    assert notes == page.locator(".text mark").count() > 3
    assert visible(page, ".notes > li") == notes
    assert visible(page, ".text .ref") == notes  # numbers that lead to the notes
    for control in ("form", "#theme", ".close", ".skip"):
        assert visible(page, control) == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    ratio, where = page.evaluate(CONTRAST)
    assert ratio >= 4.5, where
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_on_paper_the_columns_are_named_on_every_sheet(visit, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    judged = [Judged(Document(f"{n}.txt", "Tea."), misinfo.score("Tea.")) for n in range(150)]
    file = tmp_path / "report.html"
    file.write_text(pages.page(judged), encoding="utf-8")
    printed = pypdf.PdfReader(io.BytesIO(visit(file).pdf(format="A4")))
    sheets = [" ".join(sheet.extract_text().split()) for sheet in printed.pages]
    listed = [sheet for sheet in sheets if re.search(r"\d.txt measured 0\.00 0 of 1 –", sheet)]
    assert len(listed) > 2
    for sheet in listed:
        assert "Document Verdict Probability Flagged Most frequent kinds" in sheet


def test_without_scripts_the_notes_stand_below_the_text(visit, file):
    page = visit(file, java_script_enabled=False)
    assert visible(page, ".notes > li") == page.locator(".notes > li").count() > 3
    assert visible(page, "form") == visible(page, "#theme") == visible(page, ".close") == 0


def test_a_hostile_text_is_shown_and_does_nothing(visit, file):
    page = visit(file)
    assert page.title() == "Overstated-cure language"
    assert page.locator("#d3 h2").inner_text() == "hostile <b>.txt"
    for selector in ("script", "img", "iframe", "style", "svg[onload]", "base", "a", "b"):
        assert page.locator(f"#d3 .text {selector}:not(mark b)").count() == 0
    said = page.locator("#d3 .text").inner_text()
    for line in ("<script>document.title", "<!-- This tea cures", "</style></div></article>"):
        assert line in said
    assert page.locator("#d3").is_visible()


def test_the_policy_stops_what_is_not_the_page_itself(visit, file):
    page = visit(file)
    refused = page.evaluate(
        """() => new Promise((done) => {
          const found = [];
          addEventListener("securitypolicyviolation", (e) => found.push(e.effectiveDirective));
          const script = document.createElement("script");
          script.textContent = "document.title = 'run'";
          const image = document.createElement("img");
          image.src = "https://example.org/x.png";
          document.body.append(script, image);
          document.body.setAttribute("style", "display: none");
          setTimeout(() => done(found.sort()), 300);
        })"""
    )
    assert refused == ["img-src", "script-src-elem", "style-src-attr"]
    assert page.title() == "Overstated-cure language"
    assert page.evaluate("getComputedStyle(document.body).display") == "block"
    page.troubles.clear()  # the refusals stand in the console


def test_everything_has_a_name_and_a_place(visit, file):
    page = visit(file)
    page.locator(".ref").first.focus()
    for role in ("button", "checkbox", "radio", "link", "region", "complementary", "form", "table"):
        for one in page.get_by_role(role).all():
            snapshot = one.aria_snapshot().splitlines()[0]
            assert role == "table" or '"' in snapshot, snapshot
    levels = [int(h.evaluate("h => h.tagName[1]")) for h in page.locator("h1, h2, h3").all()]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert page.get_by_role("main").count() == 1
    label = page.locator(".ref").first.get_attribute("aria-label")
    assert label.startswith("1, ")
    assert "cure" in label
    described = page.locator(".ref").first.get_attribute("aria-describedby")
    assert "line 3" in page.locator(f"#{described}").inner_text()
    assert page.locator("html").get_attribute("lang") == "en"


def test_the_plots_have_captions_and_the_colour_of_the_page(visit, evaluation):
    page = visit(evaluation, color_scheme="dark")
    assert visible(page, "figure svg") == visible(page, "figcaption") == 4
    assert page.locator("figure svg [fill='currentColor']").count()
    assert page.locator("[style]").count() == 0
    page.emulate_media(media="print")
    kept = "all => all.map((one) => getComputedStyle(one).breakAfter)"
    titles = page.locator("h2, h2 + p").evaluate_all(kept)  # none alone at the foot of a page
    assert len(titles) > page.locator("h2").count() > 3
    assert {*titles} == {"avoid"}
