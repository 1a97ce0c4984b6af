"""Errors say what to do."""

import sys

import pytest

from misinfo.errors import MisinfoError, ReadError, needed


@pytest.mark.parametrize(
    ("module", "extra", "kind"),
    [
        ("pypdf", "docs", ReadError),
        ("pyarrow.parquet", "tables", MisinfoError),
        ("distributed", "dask", MisinfoError),
        ("pooch", "data", MisinfoError),
        ("matplotlib", "report", MisinfoError),
    ],
)
def test_a_missing_library_names_the_extra_that_brings_it(module, extra, kind, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    library = module.split(".")[0]
    with pytest.raises(
        MisinfoError, match=rf"^this needs {library}: pip install 'misinfo\[{extra}\]'$"
    ) as caught:
        needed(module)
    assert type(caught.value) is kind
