"""The codebook: every tag of an overstated claim says whose guidance it follows."""

from misinfo import codebook


def test_each_tag_names_its_guidance():
    assert set(codebook.GUIDANCE) == set(codebook.OVERSTATED_TAGS)
    assert all(source.startswith(("FDA, ", "FTC, ")) for _, source in codebook.GUIDANCE.values())
    assert codebook.why("mine") == ""
