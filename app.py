"""AIGC Studio's composition root: settings, then the studio, then the page. ``python app.py`` serves."""

from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.types import UserError
from aigc_demo.ui.app import build
from aigc_demo.web import serve

settings = Settings()
try:
    studio = Studio(settings)
except UserError as error:
    from aigc_demo.cli.terminal import end  # the command line is needed for nothing else here

    end(error)
demo = build(studio)

if __name__ == "__main__":
    serve(studio, demo)
