#!/bin/sh
# One would guess: a JavaScript minifier never changes what stands between quotes, backticks or the strokes of a regex.
# True in rjsmin 1.3.0: a template inside a template loses its runs of blanks, and so does a regular expression that is
# the body of an arrow function; both are valid since ES2015 and run on without an error, with other values. The outer
# template, and a regular expression behind "=" or "(", are left alone. A parenthesis, or a name for the inner part,
# cures both. Source: rjsmin.py, one regular expression that knows templates without nesting, and by what a regular
# expression may be preceded ("=>" is not among it).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check rjsmin==1.3.0
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import rjsmin

scripts = {
    "a template": ("t=`a  b`", True),
    "a template in a template": ("t=`a  ${`b  c`}  d`", False),
    "a regex behind =": ("r=/a  b/", True),
    "a regex behind =>": ("r=()=>/a  b/", False),
    "the same in parentheses": ("r=()=>(/a  b/)", True),
}
print("rjsmin", version("rjsmin"))
for what, (script, kept) in scripts.items():
    short = rjsmin.jsmin(script)
    print(f"  {what:25} {script}  ->  {short}")
    assert (short == script) == kept, "this has changed"
print("As described: an inner template and a regex behind an arrow lose their blanks.")
PY
