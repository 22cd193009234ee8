"""What a dashboard reads: jobs by how they ended, waits and work as histograms, bytes as bytes."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from aigc_demo.api import health
from aigc_demo.studio import Studio
from tests.api.conftest import result, submit


@pytest.fixture
def figures(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> object:
    """Read a figure by its sample's name and labels, as from this machine."""
    monkeypatch.setattr(health, "_is_local", lambda _: True)

    def read(client: TestClient, name: str, **labels: str) -> float:
        return sum(
            sample.value
            for family in text_string_to_metric_families(client.get("/metrics").text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    return read


def test_a_finished_job_is_counted_with_its_wait_and_its_work(ann: TestClient, figures) -> None:
    labels = {"task": "text", "model": "debug-text"}
    before = figures(ann, "aigc_jobs_total", status="done", **labels)
    result(ann)
    assert figures(ann, "aigc_jobs_total", status="done", **labels) == before + 1
    for name in ("wait", "load", "compute"):
        assert figures(ann, f"aigc_job_{name}_seconds_count", **labels) >= before + 1


def test_a_stopped_job_is_counted_as_stopped(ann: TestClient, figures) -> None:
    before = figures(ann, "aigc_jobs_total", status="cancelled")
    job = submit(ann, model="debug-text-slow")
    ann.delete(f"/api/jobs/{job['id']}")
    assert figures(ann, "aigc_jobs_total", status="cancelled") == before + 1


def test_bytes_are_not_counted_as_rows(ann: TestClient, figures) -> None:
    result(ann)
    assert figures(ann, "aigc_store_database_bytes") > 0
    assert figures(ann, "aigc_rows", kind="jobs_done") >= 1
    kinds = {
        sample.labels["kind"]
        for family in text_string_to_metric_families(ann.get("/metrics").text)
        for sample in family.samples
        if sample.name == "aigc_rows"
    }
    assert not any("bytes" in kind for kind in kinds)


def test_no_figure_names_an_owner_or_a_prompt(ann: TestClient, figures) -> None:
    result(ann, prompt="a canary in the metrics")
    assert "canary" not in ann.get("/metrics").text
