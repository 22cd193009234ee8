"""The catalog as the code declares it, for tests that go over every task or model."""

from __future__ import annotations

from aigc_demo import catalog
from aigc_demo.settings import Settings

CATALOG = catalog.of(Settings(text_models="", image_models=""))
