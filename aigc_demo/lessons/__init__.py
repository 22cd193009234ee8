"""Learn: its lessons, one folder each, and the code that they show.

Knows declarations and source files, Python's and the page's scripts'. A folder that defines ``LESSON`` is
a lesson; nothing else is to be edited. Knows nothing of how a lesson is drawn or what its task computes;
imports no torch.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import textwrap
from functools import cache

from aigc_demo.lessons.lesson import Experiment, Lesson, Sweep
from aigc_demo.settings import ASSETS, ROOT

__all__ = ["Experiment", "Lesson", "Sweep", "code_of", "lessons"]

_GROUPS = ("pictures", "words", "numbers", "people")
_EXPORTS = re.compile(
    r"^export ((?:async )?(?:function\*?|class|const) (\w+)\b(?:.*;$|[\s\S]*?^[}\]][;)]*$))", re.MULTILINE
)


@cache
def lessons() -> tuple[Lesson, ...]:
    """Every lesson, in the order of the list."""
    modules = pkgutil.iter_modules(__path__, "aigc_demo.lessons.")
    found = [importlib.import_module(module.name) for module in modules if module.ispkg]
    declared: list[Lesson] = [module.LESSON for module in found if hasattr(module, "LESSON")]
    return tuple(sorted(declared, key=lambda one: (_GROUPS.index(one.group), one.order, one.id)))


@cache
def code_of(reference: str) -> str:
    """The source of ``"module:function"``, ``"module:Class"`` or ``"module:Class.method"``, as it is written.

    ``"learn/x.js:name"`` is a function or class that the module ``x.js`` below ``assets/ui/learn`` exports.

    Raises:
        LookupError: there is none of that name, or its module is not here: a Space has none that made models.
    """
    module, _, path = reference.partition(":")
    if module.endswith(".js"):
        return _script_code_of(module, path)
    file = ROOT / (module.replace(".", "/") + ".py")
    if not file.exists():
        raise LookupError(reference)
    source = file.read_text("utf-8")
    node: ast.AST = ast.parse(source)
    for name in path.split("."):
        inside = [one for one in ast.iter_child_nodes(node) if getattr(one, "name", None) == name]
        if not inside:
            raise LookupError(reference)
        node = inside[0]
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        raise LookupError(reference)
    lines = source.splitlines()[node.lineno - 1 : node.end_lineno]
    return textwrap.dedent("\n".join(lines))


def _script_code_of(module: str, name: str) -> str:
    """What a script exports under a name, without "export"; it ends at the first brace in column 0."""
    source = (ASSETS / "ui" / module).read_text("utf-8")
    for found in _EXPORTS.finditer(source):
        if found[2] == name:
            return found[1]
    raise LookupError(f"{module}:{name}")
