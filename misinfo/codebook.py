"""The labels and tags of ``datasets/CODEBOOK.md``, and why a tag counts as overstated."""

from __future__ import annotations

from collections.abc import Mapping

OVERSTATED_TAGS: Mapping[str, str] = {
    "cure": "a disease is cured, reversed, eliminated, or gone for good",
    "certainty": "it works always, for everyone, or at an implausible rate",
    "riskless": "it carries no risk at all",
    "speed": "it works implausibly fast",
    "panacea": "one thing treats many unrelated conditions",
    "replaces_care": "standard care can be dropped, or is worthless beside it",
    "miracle": "it is a wonder, a secret, a revolution",
    "suppressed": "somebody hides it",
    "testimonial": "one person's recovery stands as proof",
    "vague_proof": "proof is claimed with no source, design or number",
    "natural": "it is natural, therefore safe or effective",
    "strong_effect": "it treats a disease, flatly and strongly, with no size, source or limit",
}
"""Tags of overstated claims, each with what the wording says."""

MEASURED_TAGS: Mapping[str, str] = {
    "negated": "says that there is no cure, no proof, no guarantee, no effect",
    "debunk": "warns of, reports, quotes or rejects somebody else's overstated claim",
    "real_cure": "a true strong effect of established care, with its scope",
    "hedged": "a finding with its uncertainty, size, design or limits",
    "safety": "side effects, contraindications, interactions, when to seek help",
    "plain": "a fact, instruction or piece of news that promises nothing",
    "wellness": "soft promotion within what regulators permit",
    "offtopic": "no health claim at all, though it may share the words",
}
"""Tags of measured claims, each with what it is."""
LABELS: Mapping[str, Mapping[str, str]] = {
    "overstated": OVERSTATED_TAGS,
    "measured": MEASURED_TAGS,
}
REGISTERS = frozenset(
    "ad article social news press leaflet clinical forum headline list_item transcript "
    "translated".split()
)

_FDA = "FDA, 6 Tip-offs to Rip-offs: Don't Fall for Health Fraud Scams"
_GUT = "FTC, Gut Check: A Reference Guide for Media on Spotting False Weight-Loss Claims"
_FTC = "FTC, Health Products Compliance Guidance (2022)"
GUIDANCE: Mapping[str, tuple[str, str]] = {
    "cure": (
        "a real cure for a serious disease would be widely reported and prescribed, not left to "
        "advertisements",
        _FDA,
    ),
    "certainty": (
        "guaranteed results are a warning sign, and no product works for every user",
        f"{_FDA}; {_GUT}",
    ),
    "riskless": (
        "a claim of safety needs evidence like any other, and serious risks are to be disclosed",
        _FTC,
    ),
    "speed": (
        "few diseases can be treated quickly, even with legitimate products",
        _FDA,
    ),
    "panacea": (
        "one product that is said to cure a wide range of diseases is a reason for suspicion",
        _FDA,
    ),
    "replaces_care": (
        "unproven products can delay a diagnosis and the treatments that are proven to work",
        _FDA,
    ),
    "miracle": (
        "words such as miracle cure, new discovery or secret ingredient should set off alarms",
        _FDA,
    ),
    "suppressed": (
        "tales of a cure that industry or government hides are a mark of health fraud",
        _FDA,
    ),
    "testimonial": (
        "success stories are easy to make up and do not stand in for scientific evidence",
        _FDA,
    ),
    "vague_proof": (
        "who says that tests or studies show something must have at least the evidence claimed",
        _FTC,
    ),
    "natural": (
        "natural does not mean safe: some plants can kill, and hidden drugs have been found in "
        "products sold as all natural",
        _FDA,
    ),
    "strong_effect": (
        "a claim to treat a disease needs competent and reliable scientific evidence, as a rule "
        "randomised controlled trials in people",
        _FTC,
    ),
}
"""For each tag what the guidance that it follows says, in our words, and which document that is."""


def why(tag: str) -> str:
    """Say why a tag counts as overstated, and whose guidance that follows.

    Parameters
    ----------
    tag : str
        One of the codebook's.

    Returns
    -------
    str
        One sentence; empty for a tag that the codebook does not have.

    Examples
    --------
    >>> why("speed")[:50]
    'The wording says that it works implausibly fast; f'
    """
    if tag not in GUIDANCE:
        return ""
    reason, source = GUIDANCE[tag]
    return f"The wording says that {OVERSTATED_TAGS[tag]}; {reason} ({source})."
