"""Menus of web pages: rows of links that say nothing, beside titles that can sell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

WORD = re.compile(r"\w+")
# A menu: at least so many links in a row, of so few words each; titles, which can sell, have more.
# A single longer link among these is an entry, several are titles.
# What is mostly sentences, or links of more words than menus have, stays even between such links.
_MENU_LINKS, _MENU_WORDS, _LONGEST_LINK = 3, 4, 8
_SENTENCE = re.compile(r"\b(?:\w++[^\w.!?…]++){2}\w++[.!?…]")  # its end


@dataclass
class Link:
    number: int  # on the page: the blocks of one link have the same
    address: str
    words: list[str]  # of it in one block


@dataclass
class Block:
    text: str
    level: int | None
    links: list[Link]  # with words
    in_nav: bool

    @property
    def linked(self) -> list[int]:
        return [len(link.words) for link in self.links]

    @property
    def menu(self) -> bool:
        return self.level is None and sum(self.linked) >= 0.9 * len(WORD.findall(self.text))

    @property
    def prose(self) -> bool:
        long = sum(words for words in self.linked if words > _LONGEST_LINK)
        sentences = len(_SENTENCE.findall(self.text))
        return 2 * long > sum(self.linked) or 2 * sentences > len(self.links)


def without_menus(found: list[Block]) -> Iterator[Block]:
    found = [block for block in found if not (block.menu and block.in_nav)]
    for menu, run in groupby(found, key=lambda block: block.menu):
        blocks = list(run)
        words = _words(blocks) if menu else {}
        if len(words) >= _MENU_LINKS:
            entries = [block for block in blocks if not block.prose]
            if not _titles(entries, words):
                titles = [block for block in entries if _titles([block], words)]
                several = len({link.number for block in titles for link in block.links}) > 1
                blocks = [b for b in blocks if b.prose or (several and _titles([b], words))]
        yield from blocks


def _words(blocks: list[Block]) -> dict[int, int]:
    """Count the words of each link, but for texts such as "Details" that lead to several places."""
    said: dict[int, list[str]] = {}
    for link in (link for block in blocks for link in block.links):
        said.setdefault(link.number, [link.address]).extend(link.words)
    places = Counter(tuple(words) for _, *words in set(map(tuple, said.values())))
    return {n: len(words) for n, (_, *words) in said.items() if places[tuple(words)] == 1}


def _titles(blocks: Iterable[Block], words: Mapping[int, int]) -> bool:
    """Whether links have more words than those of menus, on average."""
    numbers = {link.number for block in blocks for link in block.links} & words.keys()
    return sum(words[number] for number in numbers) > _MENU_WORDS * len(numbers)
