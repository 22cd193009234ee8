"""One answer of the real model on the real page."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.conftest import CACHE
from tests.e2e.browser import PATIENCE, ROOT, Visit

pytestmark = [pytest.mark.browser, pytest.mark.real_model]


@pytest.fixture(scope="module", autouse=True)
def weights() -> None:
    """SmolLM2's weights in the tests' cache, fetched once; without them these tests skip."""
    pulled = subprocess.run(
        [sys.executable, "-m", "aigc_demo", "models", "pull", "smollm2-135m"],
        cwd=ROOT,
        env={**os.environ, "AIGC_CACHE_DIR": str(CACHE)},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    if pulled.returncode:
        pytest.skip(f"SmolLM2's weights can't be fetched: {pulled.stderr.strip()[-300:]}")


def test_smollm2_answers_word_by_word(ann: Visit) -> None:
    ann.generate("Write a slogan for a cat cafe", "SmolLM2 135M Instruct")
    expect(ann.answer).to_be_visible(timeout=4 * PATIENCE)
    expect(ann.job).to_have_attribute("data-status", "done", timeout=6 * PATIENCE)
    assert any(letter.isalpha() for letter in ann.answer.inner_text())
    ann.page.locator("studio-job summary", has_text="How it was made").click()
    expect(ann.page.locator("studio-job .run-card")).to_contain_text("SmolLM2 135M Instruct")
