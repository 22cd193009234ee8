"""The use cases: all that a page, an HTTP route or the command line may ask for.

Knows history, scheduler, engine and guard and composes them. Knows nothing of how a wish arrives
or how an answer is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from aigc_demo import catalog, setups
from aigc_demo.catalog import own_id
from aigc_demo.engine import Engine, make_engine, run_folders
from aigc_demo.engine.devices import fits, gpu_list
from aigc_demo.engine.gpu_tokens import GpuToken, GpuTokens
from aigc_demo.engine.sources import installed
from aigc_demo.engine.warming import Warming
from aigc_demo.guard import policy
from aigc_demo.guard.identity import Identity
from aigc_demo.guard.params import checked
from aigc_demo.guard.secret import load_secret
from aigc_demo.guard.uploads import sniffed
from aigc_demo.history import History
from aigc_demo.history.bucket import bucket_of
from aigc_demo.history.errors import told_at_start
from aigc_demo.inputs import Inputs
from aigc_demo.inside import Inside
from aigc_demo.pictures import foreign
from aigc_demo.provenance import read_parameters
from aigc_demo.reading import RequestReader, known
from aigc_demo.scheduler import Scheduler
from aigc_demo.scheduler.admission import Admission
from aigc_demo.settings import Settings
from aigc_demo.trained import TrainedModels
from aigc_demo.types import (
    FINAL,
    LOOK,
    Cancelled,
    Event,
    Failed,
    Finished,
    Job,
    Language,
    ModelSpec,
    Params,
    Problem,
    Queued,
    Reading,
    Request,
    RunControl,
    UserError,
)
from aigc_demo.verifying import Verifier

TRANSLATORS = "text"
"""The task whose models translate."""
LENT_AT_ONCE = 4
"""Calls of one model that borrow a GPU at once; they take no slot, for they compute elsewhere."""
MOST_AT_ONCE = 100
"""Items that one request may delete."""
INSTRUCTION = "Translate the user's text into English. Answer with the translation only."
"""What a chat model is told that shall translate; a translator needs no telling."""


@dataclass(frozen=True)
class ModelView:
    """A model as offered on this machine: ``fits`` is None where it can run, else the reason why not.

    ``mine`` says that the visitor trained it; ``gpu`` that it borrows the GPU of a ZeroGPU Space, None where
    none is lent.
    """

    spec: ModelSpec
    fits: Problem | None
    installed: bool
    mine: bool = False
    gpu: bool | None = None


class Studio:
    """One installation: its history, its engine and its line.

    Use as a context manager; entering takes up what an earlier run left, leaving stops in order.
    """

    def __init__(self, settings: Settings, *, engine: Engine | None = None) -> None:
        self.settings = settings
        self.catalog = catalog.of(settings)
        with told_at_start(settings.data):
            self.identity = Identity(load_secret(settings.secret, settings.data, bucket_of(settings)))
        self.history = History.open(settings)
        self.inputs = Inputs(self.history, self.catalog)
        self.trained = TrainedModels(self.history, self.catalog)
        self.inside = Inside(self.history, self.catalog, self.inputs, self.trained)
        self.verify = Verifier(self.history, settings)
        self.gpu_tokens = GpuTokens()
        self.engine = engine or make_engine(settings, self.gpu_tokens)
        lent = frozenset(spec.id for spec in gpu_list(settings))
        self._read = RequestReader(self.catalog, self.engine, lambda spec: fits(spec, settings) is None)
        self.scheduler = Scheduler(
            self.history,
            self.engine,
            slots=settings.slot_count,
            prepare=self._prepare,
            concurrency=lambda model_id: (
                LENT_AT_ONCE
                if model_id in lent
                else 1
                if own_id(model_id)
                else self.catalog.model(model_id).concurrency
            ),
            batches=lambda model_id: not own_id(model_id) and self.catalog.model(model_id).batches,
            trains=self.catalog.trains,
            lent=lent.__contains__,
            kept=partial(run_folders.kept, settings),
            ended=partial(run_folders.remove, settings),
        )
        self._admission = Admission(
            self.scheduler, per_visitor=settings.max_waiting_per_visitor, total=settings.max_waiting
        )
        self._stopping = False
        self._started = False
        self._warming = Warming(self.engine, settings)

    def __enter__(self) -> Studio:
        """Open; see :meth:`open`."""
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop in order; see :meth:`close`."""
        self.close()

    def start_worker(self) -> None:
        """Start the worker and load the first tab's model, while the server is still being put together."""
        self.engine.warm()
        self.warm(next(iter(self.catalog.tasks)))

    def open(self) -> None:
        """Recover interrupted jobs, open the lanes and start the worker, unless it was started already.

        While another server writes to the bucket, its jobs are its own; ours to do they are when it stops.
        """
        self.history.when_taken_over(self._take_up)
        if self.history.writes:
            self._take_up()
        self.engine.warm()

    def _take_up(self) -> None:
        self.history.recover()
        run_folders.sweep(self.settings, {job.id for job in self.history.waiting()})
        if not self._started:
            self._started = True
            self.scheduler.start()
            return
        for job in self.history.waiting():  # written to again after another server did
            if self.scheduler.place(job.id) is None:
                self.scheduler.submit(job)

    def close(self, grace: float = 5.0) -> None:
        """Refuse new wishes, give running jobs ``grace`` seconds, keep the rest for the next start."""
        if self._stopping:
            return
        self._stopping = True
        self.scheduler.stop(grace)
        self.engine.close()
        self.history.close()

    # -- jobs -------------------------------------------------------------------------------------

    def submit(
        self,
        owner: str,
        task_id: str,
        model_id: str | None,
        params: object,
        *,
        language: Language = "en",
        parent: str | None = None,
        from_text: bool = False,
        newcomer: bool = False,
        gpu_token: GpuToken | None = None,
    ) -> Job:
        """Check a wish, write its row and put it into the line; the row is on disk on return.

        A ``newcomer`` is somebody who has never come back; together they get a part of the line only.
        ``gpu_token`` says on whose quota a GPU is borrowed, where one is.

        Raises:
            UserError: 404 unknown task or model, 422 a parameter, 429 too many waiting, 503 full or
                stopping, or that the model does not fit this machine.
        """
        if self._stopping:
            raise UserError("stopping", "error.stopping", status=503, retry_after=5)
        spec = self._spec(task_id, model_id, owner)
        good = checked(spec, params, from_text=from_text)
        policy.check_request(_words_of(good), self.settings.policy)
        if problem := fits(spec, self.settings):
            raise UserError(problem.code, problem.key, status=422, field="model", **problem.values)
        if parent is not None:
            self.history.get(owner, parent)
        self.inputs.check(task_id, owner, good)
        request = Request(task_id, spec.id, good, owner, language, parent)
        with self._admission.place(owner, newcomer=newcomer):
            job = self.history.create(request)
            if gpu_token is not None and spec in gpu_list(self.settings):
                self.gpu_tokens.keep(job.id, gpu_token)
            self.scheduler.submit(job, newcomer=newcomer)
        return job

    def explain(self, owner: str, item_id: str, *, newcomer: bool = False) -> Job | None:
        """Look inside one of this visitor's items; the job that does, None where that was done already.

        Raises:
            UserError: as :meth:`Inside.check`; 422 where its model does not fit this machine, 429 and 503 as
                for :meth:`submit`.
        """
        if self._stopping:
            raise UserError("stopping", "error.stopping", status=503, retry_after=5)
        item, spec = self.inside.check(owner, item_id)
        if self.inside.is_known(owner, item_id):
            return None
        problem = fits(spec, self.settings)
        if problem is not None:
            raise UserError(problem.code, problem.key, status=422, **problem.values)
        if spec in gpu_list(self.settings):
            raise UserError("not_explained", "error.not_explained", status=422, name=spec.name)
        with self._admission.place(owner, newcomer=newcomer):
            look, new = self.history.explanations.ask(item)
            if new:
                self.scheduler.submit(look, newcomer=newcomer)
        return look

    def get(self, owner: str, job_id: str) -> Job:
        """One job or history item; 404 alike for unknown and another's."""
        return self.history.get(owner, job_id)

    def newest(self, job_id: str) -> Event | None:
        """The newest event of a job that is not settled, without waiting."""
        return self.scheduler.place(job_id) or self.scheduler.newest(job_id)

    async def watch(self, owner: str, job_id: str) -> AsyncIterator[Event]:
        """The last known state, then live events to the end; leaving stops nothing."""
        job = await asyncio.to_thread(self.history.get, owner, job_id)
        events = self.scheduler.watch(job_id)
        if events is not None:
            async for event in events:
                yield event
            return
        if job.status not in FINAL:
            job = await asyncio.to_thread(self.history.get, owner, job_id)
        yield _last_event(job)

    def cancel(self, owner: str, job_id: str) -> Job:
        """Stop a job, wherever it is, within a second; harmless on one that has ended."""
        self.history.get(owner, job_id)
        self.scheduler.cancel(job_id)
        self.gpu_tokens.forget(job_id)
        return self.history.get(owner, job_id)

    def renew_gpu_token(self, owner: str, job_id: str, token: GpuToken | None) -> None:
        """Put a fresh ZeroGPU token in the place of one that expires before its job's turn.

        Raises:
            UserError: 404 not there or not theirs, 422 without a token.
        """
        job = self.history.get(owner, job_id)
        if token is None:
            raise UserError("gpu_token_missing", "error.gpu_token_missing", status=422)
        if job.status not in FINAL and job.model in {spec.id for spec in gpu_list(self.settings)}:
            self.gpu_tokens.keep(job_id, token)

    def control(self, owner: str, job_id: str, told: RunControl) -> Job:
        """Tell one of this visitor's trainings something.

        Raises:
            UserError: 404 not there or not theirs, 409 nothing that can be told this now.
        """
        self.history.get(owner, job_id)
        if not self.scheduler.control(job_id, told):
            raise UserError("not_training", "error.not_training", status=409)
        return self.history.get(owner, job_id)

    def delete(self, owner: str, job_ids: Sequence[str]) -> int:
        """Delete at most 100 items, all or none; what is still being made of them is cancelled.

        Raises:
            UserError: 404 if one is not there or not the owner's, 422 if there are too many.
        """
        wanted = list(dict.fromkeys(job_ids))
        if len(wanted) > MOST_AT_ONCE:
            raise UserError("too_many_items", "error.too_many_items", status=422, limit=MOST_AT_ONCE)
        unfinished = {
            job.id
            for job in self.history.active(owner)
            if job.id in wanted or (job.task == LOOK and job.parent in wanted)
        }
        count = self.history.delete(owner, wanted)
        for job_id in unfinished:
            self.scheduler.cancel(job_id)
        return count

    def forget(self, owner: str) -> None:
        """Remove everything of this visitor's for good: jobs, files, uploads, links, words."""
        for job in self.history.active(owner):
            self.scheduler.cancel(job.id)
        self.history.clear(owner)

    def wait(self, owner: str, job_id: str, on_event: Callable[[Event], None] | None = None) -> Job:
        """Block until a job has ended, telling every event meanwhile; for programs without a loop."""

        async def follow() -> None:
            async for event in self.watch(owner, job_id):
                if on_event is not None:
                    on_event(event)

        asyncio.run(follow())
        return self.history.get(owner, job_id)

    def parse(self, task_id: str, text: str) -> dict[str, Any]:
        """The settings that a wish in words names, by parameter; none where the task reads no words."""
        reader = self.catalog.task(task_id).parse_prompt
        return dict(catalog.resolve(reader)(text)) if reader else {}

    def expand(self, task_id: str, model_id: str | None, text: str) -> dict[str, Any]:
        """The wish with words added that the model knows, and which they are."""
        enrich = self.catalog.task(task_id).expand_prompt
        if enrich is None or not text.strip():
            return {"text": text, "added": []}
        spec = self._spec(task_id, model_id)
        return dict(catalog.resolve(enrich)(text, spec, known(spec)))

    def read(self, task_id: str, model_id: str | None, values: Mapping[str, Any]) -> Reading:
        """What is understood of a request that may never be sent, half written as it is.

        Raises:
            UserError: 404 unknown task or model.
        """
        return self._read(self._spec(task_id, model_id), values)

    def setup(self, query: str, language: Language) -> setups.Setup:
        """What a settings link asks for, as far as it is valid here.

        Raises:
            UserError: as :func:`setups.read`.
        """
        return setups.read(self.catalog, query, language, debug=self.settings.debug_models)

    def choices(self, task_id: str, field: str) -> list[str]:
        """The names that a parameter may have on this server; none where it stands for nothing here."""
        names = self.catalog.task(task_id).choices.get(field)
        return list(catalog.resolve(names)(self.settings)) if names else []

    def translate(
        self,
        owner: str,
        text: str,
        model_id: str | None = None,
        *,
        language: Language = "zh",
        newcomer: bool = False,
    ) -> Job:
        """Ask for Chinese to be put into English: a job like any other, whose text is the translation.

        Raises:
            UserError: ``no_translator`` where no model of this machine translates; else as :meth:`submit`.
        """
        able = [view for view in self.models(TRANSLATORS) if view.spec.translates and view.fits is None]
        able = [view for view in able if model_id in (None, view.spec.id)]
        if not able:
            raise UserError("no_translator", "error.no_translator", status=422, field="model")
        spec = min(able, key=lambda view: (not view.installed, view.spec.download_mb)).spec
        request = {"prompt": text, "system": INSTRUCTION, "temperature": 0.0, "max_new_tokens": 256}
        known = {name: value for name, value in request.items() if name in spec.params.model_fields}
        return self.submit(owner, TRANSLATORS, spec.id, known, language=language, newcomer=newcomer)

    def warm(self, task_id: str) -> str | None:
        """Load a task's default model ahead of the first request; its id, or None where it will not be.

        Raises:
            UserError: ``unknown_task`` (404).
        """
        spec = self._spec(task_id, None)
        return spec.id if not self._stopping and self._warming(spec) else None

    # -- models -----------------------------------------------------------------------------------

    def models(self, task_id: str, owner: str | None = None) -> list[ModelView]:
        """What a visitor may choose, in order; the first is the default. An owner's own come last."""
        specs = self.catalog.listed(task_id, debug=self.settings.debug_models)
        own = [] if owner is None else self.trained.listed(owner, task_id)
        lent = {spec.id for spec in gpu_list(self.settings)}
        views = [
            ModelView(
                spec,
                fits(spec, self.settings),
                installed(spec, self.settings),
                gpu=spec.id in lent if self.settings.zero_gpu else None,
            )
            for spec in specs
        ]
        return views + [ModelView(spec, fits(spec, self.settings), installed=True, mine=True) for spec in own]

    def _spec(self, task_id: str, model_id: str | None, owner: str | None = None) -> ModelSpec:
        if model_id is None:
            return self.catalog.listed(task_id, debug=self.settings.debug_models)[0]
        if owner is not None and own_id(model_id) is not None:
            return self.trained.find(owner, task_id, model_id)
        spec = self.catalog.model(model_id, task_id)
        if spec.debug and not self.settings.debug_models:
            raise UserError(
                "unknown_model", "error.unknown_model", status=404, field="model", name=model_id[:80]
            )
        return spec

    # -- inside -----------------------------------------------------------------------------------

    def _prepare(self, job: Job) -> Request:
        """The engine's request of a stored job: parameters as values, files as paths."""
        if job.task == LOOK:
            return self.inside.request(job)
        own = None
        if own_id(job.model) is not None:
            own = self.trained.find(job.owner, job.task, job.model)
        kind = (own or self.catalog.model(job.model, job.task)).params
        params = self.inputs.resolved(job.task, job.owner, kind.restored(job.params))
        return Request(job.task, job.model, params, job.owner, job.language, job.parent, job.id, own)

    def upload(
        self, owner: str, name: str, data: bytes, task_id: str | None = None, field: str | None = None
    ) -> str:
        """Bring a file in and return its id, for a file-valued parameter: of ``task_id``, or of any.

        Raises:
            UserError: as :meth:`Inputs.bring`.
        """
        return self.inputs.bring(owner, name, data, task_id, field)

    def inspect(self, owner: str, data: bytes) -> dict[str, Any]:
        """How a file was made, checked so that it can be put into the form: task, model and params.

        Of pictures of other programs, as much as our settings mean too; ``left_out`` names the rest.

        A model that is not offered here is None. Files it was made from are left out unless they are this
        visitor's.

        Raises:
            UserError: 413 or 415 as for an upload, 422 where the file does not say, or says nonsense.
        """
        said = read_parameters(data, sniffed(data).name)
        other = None if said else foreign.read(data)
        if other is not None:
            said = {"task": "image", "model": None, "params": other.settings}
        try:
            task = self.catalog.task(said["task"])
        except (KeyError, UserError):
            raise UserError("no_parameters", "error.no_parameters", status=422, field="file") from None
        try:
            spec = self._spec(task.id, said["model"], owner)
        except UserError:
            spec = self._spec(task.id, None)
        if other is not None:  # whatever model is chosen, the form keeps what any of them takes
            offered = self.catalog.listed(task.id, debug=self.settings.debug_models)
            spec = max(offered, key=lambda one: len(one.params.model_fields.keys() & other.settings.keys()))
        given = {name: value for name, value in said["params"].items() if name in spec.params.model_fields}
        for name in spec.params.file_fields():
            if name in given and not self.inputs.may_use(owner, given[name]):
                del given[name]
        try:
            params = checked(spec, given)
        except UserError:
            raise UserError("no_parameters", "error.no_parameters", status=422, field="file") from None
        kept = {name: value for name, value in params.model_dump().items() if name in given}
        model = spec.id if spec.id == said["model"] else None
        told = {"task": task.id, "model": model, "params": kept}
        return told if other is None else told | {"left_out": _left_out(other, kept)}


def _left_out(other: foreign.Foreign, kept: Mapping[str, Any]) -> list[str]:
    """What another program said of a picture that the form has no place for."""
    return [*other.rest, *(f"{name}: {value}" for name, value in other.settings.items() if name not in kept)]


def _words_of(params: Params) -> list[str]:
    """Every word that parameters hold, in the order of their fields."""
    values = (getattr(params, name) for name in type(params).word_fields())
    return [str(part) for value in values for part in (value if isinstance(value, tuple) else (value,))]


def _last_event(job: Job) -> Event:
    """How a settled job ended, as the event that a late watcher gets."""
    match job.status:
        case "done":
            return Finished((), job.seconds or 0.0, job.load_seconds or 0.0)
        case "cancelled":
            return Cancelled()
        case "failed":
            return Failed(job.problem or Problem("internal", "error.internal"), job.reference)
    return Queued(0)
