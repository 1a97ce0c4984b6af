"""The house: imports run one way, modules stay small, the examples are scored as they should be."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import misinfo

PACKAGE = Path(misinfo.__file__).parent
LAYERS = [
    {"errors", "records", "marking"},
    {"blocks", "bounded"},
    {"markup", "archives", "documents", "web"},
    {
        "public",
        "text",
        "storage",
        "contrasts",
        "engine",
        "_engine",
        "_spans",
        "disguises",
        "_disguises",
        "metrics",
        "ratio",
        "pipeline",
        "counting",
        "pooling",
        "explaining",
    },
    {
        "reading",
        "scoring",
        "model",
        "claims",
        "rows",
        "readers",
        "cards",
        "outputs",
        "formats",
        "lines",
        "tables",
        "labels",
        "mappers",
        "twins",
        "config",
        "ignoring",
    },
    {"labelled", "policy"},
    {
        "training",
        "fitting",
        "joining",
        "mixing",
        "searching",
        "validation",
        "audit",
        "batch",
        "capabilities",
        "evaluation",
        "comparison",
        "plots",
    },
    {"writers", "pages"},
    {"tellers", "machines"},
    {"sarif"},
    {"cli", "cli_options", "cli_score", "cli_tables", "cli_training", "cli_evaluation", "cli_data"},
    {"__init__", "__main__"},
]
LAYER = {module: number for number, layer in enumerate(LAYERS) for module in layer}
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py"))


def _imports(module):
    """Return the modules of the package that one names, wherever it imports them."""
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            found |= {node.module} if node.module else {alias.name for alias in node.names}
    return found & (set(MODULES) | set(LAYER))


IMPORTS = {module: _imports(module) for module in MODULES}


def test_every_module_has_a_layer():
    assert set(LAYER) == {*MODULES, *(path.stem for path in PACKAGE.glob("*.pyx"))}
    assert len(LAYER) == sum(map(len, LAYERS))


def test_the_map_of_modules_has_each_in_its_layer(request):
    text = (request.config.rootpath / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `(\w+)` \| \S.* \|$", text, re.M)
    assert sorted(rows) == sorted((str(layer), name) for name, layer in LAYER.items())


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module):
    for name in IMPORTS[module]:
        # Two modules of one layer may know each other in one direction only.
        assert LAYER[name] <= LAYER[module], f"{module} imports {name}"
        assert LAYER[name] < LAYER[module] or module not in IMPORTS.get(name, ())


@pytest.mark.parametrize(
    "path", [p for end in ("py", "pyx", "pxi") for p in sorted(PACKAGE.glob(f"*.{end}"))]
)
def test_modules_stay_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_nothing_below_the_command_line_prints():
    above = {module for module in MODULES if module.startswith("cli")}
    for module in set(MODULES) - above - {"tellers", "writers"}:
        tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
        names = {
            getattr(node.func, "id", "") for node in ast.walk(tree) if isinstance(node, ast.Call)
        }
        assert "print" not in names, module


def test_import_and_scoring_are_light():
    code = (
        "import sys, misinfo\nmisinfo.score('Our tea cures cancer.').findings\n"
        "heavy = {'sklearn', 'scipy', 'pandas', 'matplotlib', 'joblib', 'rich', 'typer'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_hook_installs_what_html_needs(request):
    root = request.config.rootpath
    extras = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [lxml] = [one for one in extras["optional-dependencies"]["docs"] if one.startswith("lxml")]
    hook = (root / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert f'additional_dependencies: ["{lxml}"]' in hook


def test_no_checkout_changes_line_ends(request):
    attributes = request.config.rootpath / ".gitattributes"
    assert "* -text" in attributes.read_text(encoding="utf-8").splitlines()


def test_root_names():
    assert misinfo.__all__ == ["MisinfoError", "Model", "Score", "load", "score"]


def test_the_examples_are_what_they_are_named(request):
    examples = request.config.rootpath / "examples"
    assert misinfo.score((examples / "overstated.txt").read_text(encoding="utf-8")).overstated
    sober = misinfo.score((examples / "sober.txt").read_text(encoding="utf-8"))
    assert not sober.overstated
    assert not sober.findings
