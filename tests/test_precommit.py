"""The hook for pre-commit, in a repository of its own.

It builds an environment from this checkout as it stands, so it needs git and a package index. It
runs only when MISINFO_PRECOMMIT is set, as ``.ci/run`` does.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BAD = "Our tea cures cancer, guaranteed, with no side effects!\n"
pytestmark = pytest.mark.skipif(
    not os.environ.get("MISINFO_PRECOMMIT"), reason="set MISINFO_PRECOMMIT to build the hook"
)


def git(folder, *arguments):
    names = (
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@example.org",
        "-c",
        "commit.gpgsign=false",
    )
    return subprocess.run(
        ["git", *names, *arguments], cwd=folder, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture(scope="module")
def hooks(tmp_path_factory):
    """A repository with the files of the work tree, committed or not."""
    folder = tmp_path_factory.mktemp("hooks")
    for name in git(ROOT, "ls-files", "-z", "-co", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--force", "--all")
    git(folder, "commit", "--quiet", "--message", "The work tree", "--no-verify")
    return folder


def test_the_hook_names_the_bad_file_and_obeys_its_comments(hooks, tmp_path):
    repository = tmp_path / "repository"
    repository.mkdir()
    git(repository, "init", "--quiet")
    (repository / "good.md").write_text("Take one tablet a day with food.\n", encoding="utf-8")
    (repository / "bad.md").write_text(BAD, encoding="utf-8")
    (repository / "good.html").write_text("<p>Take it with food.</p>\n", encoding="utf-8")
    (repository / "bad.py").write_text(f"# {BAD}", encoding="utf-8")
    git(repository, "add", "--all")

    def hook():
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "try-repo", str(hooks), "misinfo", "--all-files"],
            cwd=repository,
            env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home"), "PYTHONPATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )

    failed = hook()
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "exit code: 1" in failed.stdout
    assert "failed: bad.md, line 1, column 1" in failed.stdout
    assert "bad.py" not in failed.stdout
    (repository / "bad.md").write_text(f"<!-- misinfo: ignore -->\n{BAD}", encoding="utf-8")
    passed = hook()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "Passed" in passed.stdout
