"""``python -m aigc_demo``: the command line."""

from aigc_demo.cli import main

main()
