"""Is it alive, can it serve, how is it doing: routes for supervisors and dashboards.

Reveals counts only: no prompt, path, id or owner.
"""

from __future__ import annotations

import ipaddress

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from aigc_demo.studio import Studio
from aigc_demo.types import UserError


def router(studio: Studio) -> APIRouter:
    """Health routes, bound to one studio."""
    api = APIRouter()

    @api.get("/healthz", summary="The process is alive")
    async def alive() -> dict[str, str]:
        return {"status": "alive"}

    @api.get("/readyz", summary="The store can be read and written")
    def ready() -> dict[str, str]:
        studio.history.ready()  # what it raises is answered 503, in words, like everything else
        return {"status": "ready"}

    @api.get("/metrics", summary="Counts for Prometheus, for this machine only")
    def metrics(request: Request) -> Response:
        if not _is_local(request):
            raise UserError("not_found", "error.not_found", status=404)
        return Response(_prometheus(studio), media_type=CONTENT_TYPE_LATEST)

    return api


def _is_local(request: Request) -> bool:
    """True for a direct request from this machine; a proxy's are the world's."""
    if request.client is None or "x-forwarded-for" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _prometheus(studio: Studio) -> bytes:
    """The figures of this moment in Prometheus' text form."""
    registry = CollectorRegistry()
    waiting, running = studio.scheduler.counts()
    memory = studio.engine.memory()
    figures = {
        "aigc_jobs_waiting": ("Jobs in line", waiting),
        "aigc_jobs_running": ("Jobs being computed", running),
        "aigc_lanes": ("Jobs that may be computed at once", studio.settings.lane_count),
        "aigc_wait_seconds": ("Measured guess of the wait for one turn", studio.scheduler.wait_estimate()),
        "aigc_models_loaded": ("Models in memory", len(memory.models)),
        "aigc_worker_rss_bytes": ("Resident memory of the worker", memory.rss),
        "aigc_model_budget_bytes": ("Budget for models", memory.budget),
    }
    for name, (about, value) in figures.items():
        Gauge(name, about, registry=registry).set(value)
    kept = Gauge("aigc_items", "Rows in the history", ["status"], registry=registry)
    for status, count in studio.history.stats().items():
        kept.labels(status).set(count)
    return generate_latest(registry)
