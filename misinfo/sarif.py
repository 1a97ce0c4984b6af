"""Findings as SARIF 2.1.0, the format of code scanners."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from .codebook import OVERSTATED_TAGS
from .errors import called
from .machines import region, relative, whole
from .marking import clipped
from .policy import Judged, level
from .records import Document, Sentence

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_RULES = list(OVERSTATED_TAGS)
_SUPPRESSED = {"ignored": "inSource", "allowed": "external"}


def log(judged: Iterable[Judged], problems: Iterable[str], version: str) -> dict[str, Any]:
    """Return a SARIF log.

    Parameters
    ----------
    judged : iterable of Judged
        Its findings are results; those set aside are results with a suppression. A finding that
        none of the twelve tags is given, as by another model, has no rule. What stands between the
        reader and a score is a notification.
    problems : iterable of str
        Inputs that could not be read, one line each; read after the documents. They make the
        invocation one that failed.
    version : str
        Of misinfo.

    Returns
    -------
    dict
        Plain values.

    Examples
    --------
    >>> import misinfo
    >>> document = Document("tea leaves.md", "It cures gout.")
    >>> found = log([Judged(document, misinfo.score(document.text))], [], "1.0")["runs"][0]
    >>> result = found["results"][0]
    >>> result["ruleId"], result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    ('cure', 'tea%20leaves.md')
    """
    results: list[dict[str, Any]] = []
    warned = []
    for one in judged:
        results += _results(one)
        warned += [f"{called(one.document.name)}: {warning}" for warning in one.score.warnings]
    failed = list(problems)
    told = [
        {"level": kind, "message": {"text": _message(text)}}
        for kind, texts in (("error", failed), ("warning", warned))
        for text in texts
    ]
    driver = {"name": "misinfo", "version": version, "rules": list(map(_rule, _RULES))}
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": not failed, "toolExecutionNotifications": told}],
        "columnKind": "utf16CodeUnits",
        "results": results,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(tag: str) -> dict[str, Any]:
    said = OVERSTATED_TAGS[tag]
    text = (
        f"The wording says that {said}. misinfo judges the wording, not whether it is true. "
        "Say what was found, in whom and how often; or set the finding aside with a reason."
    )
    return {
        "id": tag,
        "name": "".join(word.capitalize() for word in tag.split("_")),
        "shortDescription": {"text": f"Overstated: {said}."},
        "fullDescription": {"text": f"The wording says that {said}."},
        "help": {"text": text},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["health", "wording"]},
    }


def _results(one: Judged) -> Iterable[dict[str, Any]]:
    asides = {aside.finding.start: aside for aside in one.asides}
    found = [*one.score.findings, *(aside.finding for aside in one.asides)]
    seen: Counter[str] = Counter()
    for finding in sorted(found, key=lambda finding: finding.start):
        same = " ".join(finding.text.split())
        seen[same] += 1
        result = _result(one.document, finding, f"{same}\n{seen[same]}")
        if aside := asides.get(finding.start):
            kind = _SUPPRESSED[aside.kind]
            said = {"justification": aside.reason} if aside.reason else {}
            result["suppressions"] = [{"kind": kind, **said}]
        yield result


def _result(document: Document, finding: Sentence, identity: str) -> dict[str, Any]:
    words = ", ".join(clipped(term.text) for term in finding.terms[:5])
    untold = "overstated" if finding.overstated else "below the threshold"
    named = ", ".join(finding.named) or untold
    found = region(document, finding)
    # Code hosts show no result without a line.
    shown = {**found, "snippet": {"text": finding.text}} if found else {"startLine": 1}
    place = {"artifactLocation": {"uri": uri(document.name)}, "region": shown}
    location: dict[str, Any] = {"physicalLocation": place}
    if part := document.place(finding.start).part:
        location["logicalLocations"] = [{"fullyQualifiedName": part}]
    text = f"{finding.text} ({named}, probability {finding.probability:.2f}; words: {words})"
    rule = next((tag for tag in finding.named if tag in _RULES), None)
    known = {"ruleId": rule, "ruleIndex": _RULES.index(rule)} if rule else {}
    return {
        **known,
        "level": level(finding.probability),
        "message": {"text": _message(text)},
        "locations": [location],
        "partialFingerprints": {
            "misinfoSentence/v1": hashlib.sha256(identity.encode(errors="replace")).hexdigest()
        },
        "rank": round(100 * finding.probability, 4),
        "properties": {"probability": finding.probability, "tags": list(finding.named)},
    }


def _message(text: str) -> str:
    """Return text without the placeholders and the links that SARIF reads in messages."""
    return re.sub(r"\[(?=[^\]]*\]\()", r"\\[", text.replace("{", "{{").replace("}", "}}"))


def uri(name: str) -> str:
    """Return the address of a document.

    Parameters
    ----------
    name : str
        A path, an address or ``-``.

    Returns
    -------
    str
        Percent-encoded; of a file below the root of the repository as ``machines.relative`` says.

    Examples
    --------
    >>> uri("50% off: tea.md"), uri("https://example.org/a b"), uri("-")
    ('50%25%20off%3A%20tea.md', 'https://example.org/a%20b', 'stdin')
    """
    if name == "-":
        return "stdin"
    if "://" in name:
        return quote(name, safe="/:?#[]@!$&'()*+,;=%~", errors="replace")
    path = relative(name)
    if path is not None:
        return quote(os.fsencode(path))
    return "file://" + quote(os.fsencode("/" + whole(name).lstrip("/")))
