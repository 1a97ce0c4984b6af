"""The house: imports run one way, modules stay small, the examples are scored as they should be."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_type_hints

import pytest

import misinfo

PACKAGE = Path(misinfo.__file__).parent
ROWS = re.findall(
    r"^\| (\d+) \| `(\w+)` \| \S.* \|$",
    (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8"),
    re.M,
)
LAYER = {module: int(layer) for layer, module in ROWS}
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
    assert len(LAYER) == len(ROWS)


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


def test_import_and_scoring_are_light():
    code = (
        "import sys, misinfo\nmisinfo.score('Our tea cures cancer.').findings\n"
        "heavy = {'sklearn', 'scipy', 'pandas', 'matplotlib', 'joblib', 'rich', 'typer'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_annotations_at_the_root_can_be_looked_up():
    assert get_type_hints(misinfo.score)["return"] is misinfo.Score


def test_the_names_at_the_root_are_listed_before_they_are_loaded():
    code = (
        "import misinfo; shown = {name for name in dir(misinfo) if name[0] != '_'}; "
        "assert shown == set(misinfo.__all__), shown; misinfo.nothing"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.endswith("AttributeError: module 'misinfo' has no attribute 'nothing'\n")


def test_the_hook_installs_what_html_needs(request):
    root = request.config.rootpath
    extras = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [lxml] = [one for one in extras["optional-dependencies"]["docs"] if one.startswith("lxml")]
    hook = (root / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert f'additional_dependencies: ["{lxml}"]' in hook


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
@pytest.mark.parametrize(
    ("changed", "again"),
    [("misinfo/model.py", 0), ("misinfo/_engine.pyx", 1), ("pyproject.toml", 1)],
)
def test_only_what_is_built_is_installed_again(request, tmp_path, changed, again):
    root = request.config.rootpath
    for name in ("Makefile", "pyproject.toml", "setup.py"):
        shutil.copy(root / name, tmp_path)
    (tmp_path / "misinfo").symlink_to(root / "misinfo")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/installed").touch()
    make = ["make", "-q", "-W", changed, ".venv/installed"]
    assert subprocess.run(make, cwd=tmp_path, check=False).returncode == again


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
