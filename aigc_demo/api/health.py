"""Is it alive, can it serve, how is it doing: routes for supervisors and dashboards.

Reveals counts only: no prompt, path, id or owner.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from aigc_demo.api import answers
from aigc_demo.studio import Studio
from aigc_demo.types import UserError


def router(studio: Studio) -> APIRouter:
    """Health routes, bound to one studio."""
    api = APIRouter()
    figures = _Figures(studio)

    @api.get("/healthz", summary="The process is alive")
    async def alive() -> answers.Health:
        return answers.Health(status="alive")

    @api.get("/readyz", summary="The store can be read and written")
    def ready() -> answers.Health:
        studio.history.ready()  # what it raises is answered 503, in words, like everything else
        return answers.Health(status="ready")

    @api.get(
        "/metrics", summary="Counts for Prometheus, for this machine only", response_class=PlainTextResponse
    )
    def metrics(request: Request) -> Response:
        if not _is_local(request):
            raise UserError("not_found", "error.not_found", status=404)
        return Response(generate_latest(figures), media_type=CONTENT_TYPE_LATEST)

    return api


def _is_local(request: Request) -> bool:
    """True for a direct request from this machine; a proxy's are the world's."""
    if request.client is None or "x-forwarded-for" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class _Figures(Collector):
    """What the scheduler counted, and the figures of this moment, read when they are asked for."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def collect(self) -> Iterator[Metric]:
        """Every figure with its value."""
        yield from self._studio.scheduler.metrics.registry.collect()
        yield from self._gauges()

    def _gauges(self) -> Iterator[Metric]:
        studio = self._studio
        waiting, running = studio.scheduler.counts()
        memory, stats = studio.engine.memory(), studio.history.stats()
        figures = {
            "aigc_jobs_waiting": ("Jobs in line", waiting),
            "aigc_jobs_running": ("Jobs being computed", running),
            "aigc_slots": ("Jobs that may be computed at once", studio.settings.slot_count),
            "aigc_wait_seconds": (
                "Measured guess of the wait for one turn",
                studio.scheduler.wait_estimate(),
            ),
            "aigc_models_loaded": ("Models in memory", len(memory.models)),
            "aigc_worker_rss_bytes": ("Resident memory of the worker", memory.rss),
            "aigc_model_budget_bytes": ("Budget for models", memory.budget),
        } | {f"aigc_store_{name}": (about, stats[name]) for name, about in _STORE.items()}
        for name, (about, value) in figures.items():
            yield GaugeMetricFamily(name, about, value)
        rows = GaugeMetricFamily("aigc_rows", "Rows in the store", labels=["kind"])
        for name in sorted(stats.keys() - _STORE.keys()):
            rows.add_metric([name], stats[name])
        yield rows


_STORE = {
    "database_bytes": "Size of the database",
    "stored_bytes": "Files of results",
    "upload_bytes": "Files brought in",
    "free_bytes": "Free on the disk of the files",
    "writer_waiting": "Writes that wait for the writer",
    "commits": "Commits since the start",
    "snapshots": "Snapshots of the database brought to the bucket since the start",
    "snapshot_ms": "Processor time that they took, milliseconds",
    "lock_retries": "Writes tried again because the database was locked",
}
"""Figures of the store that are no counts of rows."""
