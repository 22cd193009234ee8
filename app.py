"""AIGC Studio's composition root: settings, then the studio, then the page. ``python app.py`` serves."""

import contextlib

with contextlib.suppress(ImportError):
    import spaces  # noqa: F401 - where there is one: it wants to come before whatever may touch a GPU

from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.types import UserError

settings = Settings()
try:
    studio = Studio(settings)
except UserError as error:
    from aigc_demo.cli.terminal import end  # the command line is needed for nothing else here

    end(error)
if __name__ == "__main__":
    studio.start_worker()  # it gets ready while the page's libraries are imported, which takes seconds

from aigc_demo.ui.app import build  # noqa: E402
from aigc_demo.web import serve  # noqa: E402

demo = build(studio)

if __name__ == "__main__":
    serve(studio, demo)
