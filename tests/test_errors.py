"""Errors say what to do."""

import copy
import importlib
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import misinfo
from misinfo.errors import DataError, MisinfoError, ModelError, ReadError, needed
from misinfo.suggesting import suggest


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


def test_no_module_fails_without_saying_what_it_needs():
    names = [path.stem for path in Path(misinfo.__file__).parent.glob("*.py")]
    code = (
        "import importlib, sys\n"
        "from misinfo.errors import EXTRAS, MisinfoError\n"
        "more = ('scipy', 'joblib', 'pandas', 'pyarrow')\n"
        "sys.modules.update(dict.fromkeys([*EXTRAS, *more]))\n"
        f"for name in {sorted(names)}:\n"
        "    try:\n"
        "        importlib.import_module(f'misinfo.{name}')\n"
        "    except MisinfoError as error:\n"
        '        assert "pip install \'misinfo[" in str(error)\n'
        "    except ImportError as error:\n"
        "        print(name, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""


@pytest.mark.parametrize("kind", [MisinfoError, ReadError, ModelError, DataError])
@pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_a_copy_of_an_error_says_the_same(kind, again):
    error = kind(["a.csv:2: no label"]) if kind is DataError else kind("a.csv: no label")
    made = again(error)
    assert (type(made), str(made), vars(made)) == (kind, str(error), vars(error))
