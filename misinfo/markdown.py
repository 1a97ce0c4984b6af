"""Markdown: its headings, its code, its paragraphs and its front matter."""

from __future__ import annotations

import re

from .blocks import LONGEST_HEADING, Blocks, Parts

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_UNDERLINE = re.compile(r" {0,3}(=|-)\1*\s*$")
# A fence may stand in a list, and after the mark of an item; what opens with backticks has none in
# the rest of its line. At least as many marks end it.
_FENCE = re.compile(
    r"^[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:(`{3,})[^`\n]*|(~{3,}).*)$"
    r"(?s:.*?)(?:^[ \t]*(?:\1`*|\2~*)[ \t\r]*$|\Z)",
    re.MULTILINE,
)
# Settings of the page; by its marks it would be a heading. It is scored like any other text: its
# title and its description are shown, and they sell.
_FRONT_MATTER = re.compile(
    r"(---|\+\+\+)[ \t\r]*\n(?=.*\S)(?s:.*?)^(?:\1|\.\.\.)[ \t\r]*$", re.MULTILINE
)
# The key of one of them, and its value where that stands between quotation marks; or a whole one
# that the page does not show.
_SETTING = re.compile(
    r"^[ \t]*(?:-[ \t]+)?(?:"
    r"(?i:cover|date|draft|id|image|keywords|lastmod|layout|modified|permalink|published|slug|template"
    r"|thumbnail|updated|url|uuid|weight)[ \t]*[:=][^\r\n]*"
    r"|[\w-]+[ \t]*[:=][ \t]*(?:([\"'])(?P<value>(?s:.{1,2000}?))\1(?=[ \t\r]*$))?)",
    re.MULTILINE,
)
_PROSE = re.compile(r" {0,3}[^\s#>|*+-]")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")
# No lines of a paragraph, or none that goes on: headings, definitions, rules, templates, pictures,
# comments and rows of tables.
_APART = r"#{1,6}(?!\S)|[-+=:{!>]|[*_][*_ \t\r]*$|\[!|<!|[^\n]*\|"
# A line break within a paragraph, unless two spaces or a backslash make it one that is shown.
_SOFT = re.compile(
    r"^(?P<above>(?:[ \t>]|(?:[-*+]|\d{1,9}[.)])(?=[ \t]))*+)"
    rf"(?!{_APART}|\[[^]^\n][^]\n]*\]:)[^\n]*[^\s\\][ \t]?"
    rf"(?=(?P<break>\r?\n(?P<below>[ \t>]*+))(?!{_APART}|\[[^]\n]+\]:"
    r"|\(?(?:\d{1,3}[.)]|[A-Za-z]\))[ \t])(?:[\"'“”‘’„«»(\[`<$€£…]|[*_]+[^\s*_]|[^\W_]))",
    re.MULTILINE,
)
_MARKUP = re.compile(r"[*`]|<!--.*?-->|\[([^]]*)\]\([^)]*\)")


def headings(text: str) -> Parts:
    """Find the headings of a Markdown text.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    list of tuple of int and str
        Where each headed part begins, and its path.

    Examples
    --------
    >>> headings("# Clinic\\n\\n## Diabetes\\nIt is over.")
    [(0, 'Clinic'), (10, 'Clinic > Diabetes')]
    """
    blocks = Blocks()
    before, place, size = "", 0, 0
    if front := _FRONT_MATTER.match(text):
        text = _blank(front) + text[front.end() :]
    for line in _FENCE.sub(_blank, text).splitlines(keepends=True):
        place, size = size, size + len(line)
        mark, under = _HEADING.match(line), _UNDERLINE.match(line)
        if mark and (name := _plain(mark[2].rstrip(" \t\r#"))):
            blocks.part(name, len(mark[1]), place)
        elif under and _PROSE.match(before):
            blocks.part(_plain(before), 1 if under[1] == "=" else 2, place - len(before))
        before = line
    return blocks.parts


def fences(text: str) -> list[tuple[int, int]]:
    """Find the fenced code of a Markdown text.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    list of tuple of int
        Where each begins and ends, ascending, the fences included.

    Examples
    --------
    >>> fences("```npm i``` installs.\\n```sh\\nnpm i\\n```\\n")
    [(22, 37)]
    """
    return [found.span() for found in _FENCE.finditer(text)]


def indented(text: str) -> list[tuple[int, int]]:
    """Find the lines of a Markdown text that are code by their indentation.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    list of tuple of int
        Where each begins and ends, ascending: indented by four behind a blank line, outside of
        lists.

    Examples
    --------
    >>> indented("Run\\n\\n    npm i\\n")
    [(5, 15)]
    """
    found, code, listed, blank = [], False, False, True
    for line in re.finditer(r".*\n|.+", text):
        if line[0].isspace():
            blank = True
            continue
        if re.match(" {4}| {0,3}\t", line[0]):
            code = code or (blank and not listed)
        else:
            code, item = False, _ITEM.match(line[0]) is not None
            listed = item or (listed and line[0][0].isspace())
        if code:
            found.append(line.span())
        blank = False
    return found


def flowing(text: str) -> str:
    """Put spaces for the line breaks within the paragraphs and list items of a Markdown text.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    str
        As long. The marks of quotations behind these line breaks are spaces too.

    Examples
    --------
    >>> flowing("> Our clinic in\\n> Zurich\\n\\n- Tea\\n- Gout")
    '> Our clinic in   Zurich\\n\\n- Tea\\n- Gout'
    """
    shown = _FENCE.sub(_blank, text)
    code = {start for start, _ in indented(shown)}
    pieces, done = [], 0
    for found in _SOFT.finditer(shown):
        if found.start() in code or found["above"].count(">") != found["below"].count(">"):
            continue
        start, end = found.span("break")
        pieces += [text[done:start], " " * (end - start)]
        done = end
    return "".join([*pieces, text[done:]])


def unkeyed(text: str) -> str:
    """Blank what is not shown of the front matter of a Markdown text: keys and quotation marks.

    Parameters
    ----------
    text : str
        Markdown.

    Returns
    -------
    str
        As long, with as many lines. A list mark stands for each key, so that no value goes on in
        the next one.

    Examples
    --------
    >>> unkeyed('---\\ntitle: "Gout is over"\\n---\\n')
    '---\\n-       Gout is over \\n---\\n'
    """
    if not (front := _FRONT_MATTER.match(text)):
        return text
    return _SETTING.sub(_listed, front[0]) + text[front.end() :]


def _listed(setting: re.Match[str]) -> str:
    value = setting["value"] or ""
    before = setting.start("value") - setting.start() if value else len(setting[0])
    return ("-".ljust(before) + value).ljust(len(setting[0]))


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\r\n]", " ", found[0])


def _plain(heading: str) -> str:
    return _MARKUP.sub(r"\1", heading[:LONGEST_HEADING]).strip()
