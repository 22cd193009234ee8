"""The repository keeps its own promises: light imports, no pickle, no other host, true front matter."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
SOURCES = [*(ROOT / "aigc_demo").rglob("*.py"), ROOT / "app.py"]


@pytest.mark.parametrize(
    "module", ["aigc_demo.catalog", "aigc_demo.studio", "aigc_demo.ui.app", "aigc_demo.web"]
)
def test_the_web_process_imports_no_torch(module: str) -> None:
    code = (
        f"import sys, {module}; from aigc_demo import catalog, settings; catalog.of(settings.Settings());"
        "heavy = {'torch', 'transformers', 'diffusers', 'accelerate'} & set(sys.modules);"
        "sys.exit(f'{heavy} imported' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr


def ranks() -> dict[str, int]:
    """How high each room stands: what is imported stands lower."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(rule["layers"] for rule in rules if rule["type"] == "layers")
    rooms = [layer.split(" | ") for layer in layers]
    return {room: height for height, group in enumerate(reversed(rooms)) for room in group}


@pytest.mark.parametrize("room", ranks())
def test_no_room_names_one_above_it_in_a_string(room: str) -> None:
    """An import by name is an import: the linter cannot see it, so this looks."""
    height = ranks()
    paths = [path for path in SOURCES if path.relative_to(ROOT).parts[1:2] in ((room,), (f"{room}.py",))]
    assert paths
    named = {
        (path.name, name)
        for path in paths
        for name in re.findall(r"""["']aigc_demo\.(\w+)[\w.]*(?::\w+)?["']""", path.read_text("utf-8"))
    }
    assert not [one for one in named if height[one[1]] > height[room]]


def test_no_module_needs_what_only_unix_has_to_be_imported() -> None:
    only = {"fcntl", "grp", "pty", "pwd", "resource", "termios"}
    found = {
        (path.name, alias.name)
        for path in SOURCES
        for statement in ast.parse(path.read_text("utf-8")).body
        if isinstance(statement, ast.Import | ast.ImportFrom)
        for alias in statement.names
        if {alias.name, getattr(statement, "module", "")} & only
    }
    assert not found


FORBIDDEN = {
    # Evaluation may read a published feature network, as plain tensors only.
    r"\btorch\.load\((?!.*weights_only=True)": "weights are safetensors",
    r"\bpickle\.loads?\(": "no pickle",
    r"allow_pickle\s*=\s*True": "no pickle",
    r"trust_remote_code\s*=\s*True": "no remote code",
    r"(?<!\.)\beval\(": "no eval",
    r"(?<!\.)\bexec\(": "no exec",
    r"\bgr\.load\(": "no remote apps",
}


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_the_package_contains_no_unsafe_call(pattern: str) -> None:
    found = [path.name for path in SOURCES if re.search(pattern, path.read_text("utf-8"))]
    assert not found, FORBIDDEN[pattern]


def test_only_the_settings_read_the_environment() -> None:
    allowed = {"settings.py", "environment.py"}
    found = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if path.name not in allowed and re.search(r"os\.(environ|getenv)", path.read_text("utf-8"))
    ]
    assert not found


def test_no_task_makes_settings_of_its_own() -> None:
    """One object is handed down: what a program or a test sets holds in the worker and in every model."""
    tasks = [path for path in SOURCES if "tasks" in path.relative_to(ROOT).parts]
    assert tasks and not [path.name for path in tasks if re.search(r"\bSettings\(", path.read_text("utf-8"))]


def test_every_module_says_what_it_knows() -> None:
    silent = [path.name for path in SOURCES if not path.read_text("utf-8").lstrip().startswith('"""')]
    assert not silent


def test_no_module_has_become_a_drawer() -> None:
    assert not [path for path in SOURCES if path.stem in ("utils", "helpers", "misc", "common")]


def test_the_readmes_front_matter_is_the_space_card() -> None:
    card = yaml.safe_load((ROOT / "space.yaml").read_text("utf-8"))
    front = (ROOT / "README.md").read_text("utf-8").split("---")[1]
    assert yaml.safe_load(front) == card
