"""``python -m aigc_demo``: the command line."""

import sys

try:
    from aigc_demo.cli import main

    main()
except KeyboardInterrupt:  # also while modules are still being read
    sys.exit(130)
