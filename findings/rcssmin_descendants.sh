#!/bin/sh
# One would guess: a CSS minifier keeps the blank before ":hover", which means "any descendant that is hovered".
# True in rcssmin 1.3.0: it keeps it at the top of a sheet and inside @media, and drops it inside a nested rule, @layer
# and @scope. ".a :hover" becomes ".a:hover", another selector, without a word. Writing "& :hover" or ".a *:hover" keeps
# the meaning. Source: the regular expressions of rcssmin.py, which know of no rule in a block but that of @media.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check rcssmin==1.3.0
"$work/venv/bin/python" - <<'PY'
from importlib.metadata import version

import rcssmin

sheets = {
    "at the top": (".a :hover{top:0}", True),
    "inside @media": ("@media (min-width:1px){.a :hover{top:0}}", True),
    "inside a rule": (".x{.a :hover{top:0}}", False),
    "inside @layer": ("@layer base{.a :hover{top:0}}", False),
    "inside @scope": ("@scope (.card){.a :hover{top:0}}", False),
    "inside a rule, with *": (".x{.a *:hover{top:0}}", True),
}
print("rcssmin", version("rcssmin"))
for where, (sheet, kept) in sheets.items():
    short = rcssmin.cssmin(sheet)
    print(f"  {where:22} {sheet}  ->  {short}")
    assert (short == sheet) == kept, "this has changed"
print("As described: the blank of a descendant is lost in every block but that of @media.")
PY
