"""What is counted of jobs for dashboards: how many ended how, how long they waited, loaded and computed.

Knows Prometheus' counters and histograms, and models by id. Reveals no prompt, owner or job.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

from aigc_demo.types import Job, Status

_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)
"""Upper bounds of the histograms: from a cached poem to a training of minutes."""


class JobMetrics:
    """Counters and histograms of one installation, in one registry for all that is told of it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("task", "model")
        self._ended = Counter(
            "aigc_jobs", "Jobs that ended, by how", (*names, "status"), registry=self.registry
        )
        self._waited = self._histogram("aigc_job_wait_seconds", "From asking to one's turn", names)
        self._loaded = self._histogram("aigc_job_load_seconds", "Fetching and reading the model", names)
        self._computed = self._histogram("aigc_job_compute_seconds", "Computing, loading not counted", names)

    def _histogram(self, name: str, about: str, labels: tuple[str, ...]) -> Histogram:
        return Histogram(name, about, labels, buckets=_SECONDS, registry=self.registry)

    def took(self, job: Job, waited: float) -> None:
        """A job's turn came after ``waited`` seconds in line."""
        self._waited.labels(job.task, job.model).observe(waited)

    def ended(
        self, job: Job, status: Status, seconds: float | None = None, load_seconds: float | None = None
    ) -> None:
        """A job is settled; ``seconds`` of computing and of loading where it was measured."""
        self._ended.labels(job.task, job.model, status).inc()
        if seconds is not None:
            self._computed.labels(job.task, job.model).observe(seconds)
        if load_seconds is not None:
            self._loaded.labels(job.task, job.model).observe(load_seconds)
