"""Errors say what to do."""

import importlib
import sys

import pytest

from misinfo.comparison import suggest
from misinfo.errors import MisinfoError, ReadError, needed


@pytest.mark.parametrize(
    ("module", "extra", "kind"),
    [
        ("pypdf", "misinfo[docs]", ReadError),
        ("pyarrow.parquet", "misinfo[tables]", MisinfoError),
        ("distributed", "misinfo[dask]", MisinfoError),
        ("fsspec", "fsspec[http]", MisinfoError),
        ("pooch", "misinfo[data]", MisinfoError),
        ("matplotlib", "misinfo[report]", MisinfoError),
    ],
)
def test_a_missing_library_names_the_extra_that_brings_it(module, extra, kind, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    library = module.split(".")[0]
    with pytest.raises(MisinfoError) as caught:
        needed(module)
    assert str(caught.value) == f"this needs {library}: pip install '{extra}'"
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "call",
    [
        lambda model: model.to_pipeline(),
        lambda model: type(model).from_pipeline(None),
        lambda model: suggest(model, ["Tea."], 1),
        lambda model: importlib.import_module("misinfo.training"),
    ],
)
def test_what_needs_scikit_learn_says_how_to_install_it(call, model, monkeypatch):
    monkeypatch.delitem(sys.modules, "misinfo.training", raising=False)
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MisinfoError, match=r"pip install 'misinfo\[train\]'$"):
        call(model)
