"""AIGC Studio's composition root: settings, then the studio, then the page. ``python app.py`` serves."""

from aigc_demo.settings import Settings
from aigc_demo.studio import Studio
from aigc_demo.ui.app import build
from aigc_demo.web import serve

settings = Settings()
studio = Studio(settings)
demo = build(studio)

if __name__ == "__main__":
    serve(studio, demo)
