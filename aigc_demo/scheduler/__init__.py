"""Whose turn it is: drives the engine with the next job and tells whoever watches.

The one owner of "how many at once": compute happens in the lanes here and nowhere else. Knows the
job table by :class:`JobTable` and the engine by its protocol; the fair line, the fan-out and the
waiting times have files of their own beside this one. Knows nothing of HTTP, pages or models.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial

from aigc_demo.engine import Engine
from aigc_demo.scheduler.line import Line
from aigc_demo.scheduler.metrics import JobMetrics
from aigc_demo.scheduler.slots import Slots
from aigc_demo.scheduler.tickets import JobTable, Ticket
from aigc_demo.scheduler.timings import Timings, Work, starts
from aigc_demo.types import (
    LOOK,
    Cancelled,
    Event,
    Failed,
    Finished,
    Job,
    Loading,
    Output,
    Partial,
    Paused,
    Problem,
    Progress,
    Queued,
    Request,
    RunControl,
    Status,
    Training,
    UserError,
)

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 2
"""A job is taken up again once after its worker or the server died under it."""
MAX_BATCH = 8
"""Jobs that a lane may have at once, where its model computes them together."""
MAX_BATCH_JOINS = 32
"""Jobs that may join a lane's company while others wait for a lane; then it must empty first."""
CANCEL_PATIENCE = 0.7
"""Seconds that a cancelled job gets to hand over its last partial result."""


class Scheduler:
    """Lanes of compute fed from the job table.

    Args:
        table: where jobs are rows; every state change is written there.
        engine: runs requests, and tells what happens on the way.
        lanes: jobs computed at once; jobs of one model that shares count as one.
        prepare: makes the engine's request of a stored job; may raise :class:`UserError`.
        concurrency: how many jobs one model takes at once, by model id.
        shares: whether a model computes its jobs together, by model id.
        trains: whether a model trains, by model id: beside the slots, and to be paused and told things.
        lent: whether a model computes on a GPU that is lent for each call, by model id: beside the slots too.
        kept: what a training that did not end by itself has left, by job id.
        ended: told the id of each job that has ended and computes no more.
    """

    def __init__(
        self,
        table: JobTable,
        engine: Engine,
        *,
        slots: int,
        prepare: Callable[[Job], Request],
        concurrency: Callable[[str], int] = lambda model: 1,
        batches: Callable[[str], bool] = lambda model: False,
        trains: Callable[[str], bool] = lambda model: False,
        lent: Callable[[str], bool] = lambda model: False,
        kept: Callable[[str], Sequence[Output]] = lambda job_id: (),
        ended: Callable[[str], None] = lambda job_id: None,
    ) -> None:
        self._table = table
        self._engine = engine
        self._prepare = prepare
        self._slots = Slots(slots, concurrency, batches, trains, lent)
        self._trains, self._kept, self._ended = trains, kept, ended
        self._joined: Counter[str] = Counter()
        self._lock = threading.Condition()
        self._line = Line()
        self._tickets: dict[str, Ticket] = {}
        self._running: dict[str, Ticket] = {}
        self._timings = Timings()
        self.metrics = JobMetrics()
        self._stopping = False
        self._drivers = [
            threading.Thread(target=self._work_slot, name=f"lane-{n}", daemon=True)
            for n in range(slots * MAX_BATCH + slots)
        ]

    # -- verbs ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Take up what the table holds as queued, then open the lanes."""
        for job in self._table.waiting():
            self._join(job)
        self._announce()
        for driver in self._drivers:
            driver.start()

    def submit(self, job: Job, *, newcomer: bool = False) -> Queued:
        """Put a job that has its row already into the line; answers its place."""
        self._join(job, newcomer=newcomer)
        self._announce()
        return self.place(job.id) or Queued(0, 0.0)

    def cancel(self, job_id: str) -> bool:
        """Stop a waiting, loading or running job; False where there is none.

        Returns within a second with the row settled. A body that is slow to stop keeps its lane
        until it really has, so that no more than ``slots`` ever compute.
        """
        with self._lock:
            ticket = self._tickets.get(job_id)
            if ticket is None:
                return False
            ticket.cancelled = True
            waiting = self._line.leave(job_id) or ticket.held
            run = ticket.run
        if run is not None:
            run.close()
        if waiting or not ticket.settled.wait(CANCEL_PATIENCE):
            self._settle(ticket, "cancelled", Cancelled())
        if waiting:
            self._forget(ticket)
            self._announce()
        return True

    def control(self, job_id: str, told: RunControl) -> bool:
        """Tell a training something; False where there is none, or none that this can be told now.

        One that waits can be paused, one that is paused can only go on, and gets in line for it.
        """
        with self._lock:
            ticket = self._tickets.get(job_id)
            if ticket is None or ticket.cancelled or not self._trains(ticket.job.model):
                return False
            match told.action:
                case "continue" if ticket.held:
                    ticket.held = False
                    self._line.join(job_id, ticket.job.owner, ticket.job.model)
                    self._lock.notify_all()
                case "pause" if self._line.leave(job_id):
                    ticket.held = True
                    ticket.live.publish(Paused())
                case "continue":
                    return False
                case _ if ticket.run is None:
                    return False
                case _:
                    ticket.run.control(told)
        self._announce()
        return True

    def place(self, job_id: str) -> Queued | None:
        """Place and waiting time of a waiting job; None if it does not wait."""
        return next((queued for ticket, queued in self._places() if ticket.job.id == job_id), None)

    def watch(self, job_id: str) -> AsyncIterator[Event] | None:
        """Follow a job: its last known state, then live events to the end; None once it is settled."""
        with self._lock:
            ticket = self._tickets.get(job_id)
        return ticket.live.follow() if ticket is not None else None

    def newest(self, job_id: str) -> Event | None:
        """The newest event of an unsettled job, for a plain look."""
        with self._lock:
            ticket = self._tickets.get(job_id)
        return ticket.live.newest() if ticket is not None else None

    def counts(self, owner: str | None = None) -> tuple[int, int]:
        """How many jobs wait and how many run, of one visitor or of all."""
        with self._lock:
            held = [ticket.job.owner for ticket in self._tickets.values() if ticket.held]
            if owner is None:
                return len(self._line) + len(held), len(self._running)
            running = sum(ticket.job.owner == owner for ticket in self._running.values())
            return self._line.count(owner) + held.count(owner), running

    def newcomers(self) -> int:
        """How many jobs wait of visitors who have never come back."""
        with self._lock:
            return self._line.newcomers()

    def welcome(self, owner: str) -> None:
        """A visitor has come back; quick, for it is said at every request."""
        if self._line.is_newcomer(owner):
            with self._lock:
                self._line.welcome(owner)

    def wait_estimate(self) -> float:
        """A measured guess of the seconds until the next waiting job is taken."""
        with self._lock:
            # Where somebody waits, what runs is all that can: a model may take one job at a time.
            at_once = len(self._running) if len(self._line) else self._slots.count
            return self._timings.typical() / max(1, at_once)

    def stop(self, grace: float = 5.0) -> None:
        """Take no new job, let running ones finish for ``grace`` seconds, put the rest back in line.

        A job that is put back keeps its row as queued, without counting the attempt: the next start
        of the server takes it up.
        """
        with self._lock:
            self._stopping = True
            self._lock.notify_all()
            running = list(self._running.values())
            tickets = list(self._tickets.values())
        deadline = time.monotonic() + grace
        for ticket in running:
            ticket.settled.wait(max(0.0, deadline - time.monotonic()))
        for ticket in running:
            self._put_back(ticket)
        for ticket in tickets:
            ticket.live.close(Queued(0))

    # -- lanes ------------------------------------------------------------------------------------

    def _work_slot(self) -> None:
        while (ticket := self._take()) is not None:
            try:
                self._drive(ticket)
            except Exception:
                log.exception("A lane failed on job %s", ticket.job.id)
                problem = Problem("internal", "error.internal")
                self._settle(ticket, "failed", Failed(problem), problem=problem)
            finally:
                self._release(ticket)
                self._announce()

    def _take(self) -> Ticket | None:
        """Block for the next job; None when stopping."""
        with self._lock:
            while not self._stopping:
                ticket = self._pick()
                if ticket is not None:
                    ticket.taken = time.monotonic()
                    self._count_in(ticket.job.model)
                    self._running[ticket.job.id] = ticket
                    return ticket
                self._lock.wait()
            return None

    def _pick(self) -> Ticket | None:
        """The next job that may start now, out of the line.

        A job whose worker died is tried again alone: if it was the cause, it takes no other with it.
        """
        if any(ticket.suspect for ticket in self._running.values()):
            return None
        suspects = [ticket for ticket in self._tickets.values() if ticket.suspect]
        if suspects:
            if self._running:
                return None
            self._line.leave(suspects[0].job.id)
            return suspects[0]
        place = self._line.next(self._has_room, self._engine.loaded().__contains__)
        return None if place is None else self._tickets[place.id]

    def _has_room(self, model: str) -> bool:
        running = Counter(ticket.job.model for ticket in self._running.values())
        if not self._slots.has_room(model, running):
            return False
        # A company that goes on growing would never leave its lane to those who wait for one.
        joins = self._slots.joins(model, running)
        return not joins or self._joined[model] < MAX_BATCH_JOINS or not self._waits_for_a_slot(running)

    def _waits_for_a_slot(self, running: Counter[str]) -> bool:
        """Whether somebody waits whom no company can take in."""
        return any(not self._slots.joins(place.model, running) for place in self._line.order())

    def _count_in(self, model: str) -> None:
        """Count who joined since the model's company came together."""
        others = any(ticket.job.model == model for ticket in self._running.values())
        self._joined[model] = self._joined[model] + 1 if others else 0

    def _drive(self, ticket: Ticket) -> None:
        """Bring one job from its turn to a settled row, or back to the line after a crash."""
        self._announce()
        if ticket.attempts == 0:
            self.metrics.took(ticket.job, (ticket.taken or ticket.joined) - ticket.joined)
        ticket.attempts += 1
        self._write(ticket, self._table.start)
        ticket.live.publish(Loading(ticket.job.model))
        try:
            run = self._engine.run(self._prepare(ticket.job), partial(self._passing, ticket))
        except UserError as error:
            self._settle(ticket, "failed", Failed(error.problem), problem=error.problem)
            return
        with self._lock:
            ticket.run = run
            cancelled = ticket.cancelled
        if cancelled:
            run.close()
        self._end(ticket, run.wait())

    def _passing(self, ticket: Ticket, event: Event) -> None:
        """Show what happens on the way, on the engine's thread, which serves other jobs too."""
        if not ticket.computing and isinstance(event, Progress | Partial | Training):
            ticket.computing = True
            if ticket.settling.acquire(blocking=False):  # held only by who settles it: nothing to wait for
                try:
                    self._table.mark(ticket.job.id, "running")
                finally:
                    ticket.settling.release()
        if not ticket.settled.is_set():
            ticket.live.publish(event)

    def _end(self, ticket: Ticket, event: Event) -> None:
        """Settle the job by its last event, or see that it goes on later."""
        match event:
            case Finished(outputs, seconds, load_seconds):
                self._settle(
                    ticket,
                    "done",
                    Finished((), seconds, load_seconds),
                    outputs,
                    seconds=seconds,
                    load_seconds=load_seconds,
                )
                # Storing took its time as well, and the next in line waited for all of it.
                slot_seconds = time.monotonic() - (ticket.taken or 0.0) - load_seconds
                with self._lock:
                    self._timings.add(_timed_as(ticket.job), max(seconds, slot_seconds))
            case Cancelled():
                self._settle(ticket, "cancelled", event)
            case Paused():
                self._hold(ticket)
            case Failed(crashed=True) if ticket.attempts < MAX_ATTEMPTS and not ticket.cancelled:
                self._again(ticket)
            case Failed(problem, reference):
                self._settle(ticket, "failed", event, problem=problem, reference=reference)

    @staticmethod
    def _write(ticket: Ticket, verb: Callable[[str], object]) -> None:
        """Write a passing state, unless the job was settled meanwhile."""
        with ticket.settling:
            if not ticket.settled.is_set():
                verb(ticket.job.id)

    def _settle(
        self,
        ticket: Ticket,
        status: Status,
        last: Event,
        outputs: Sequence[Output] | None = None,
        *,
        seconds: float | None = None,
        load_seconds: float | None = None,
        problem: Problem | None = None,
        reference: str | None = None,
    ) -> None:
        """Write the final row once, whoever comes first; what stopped early keeps its last partial."""
        with ticket.settling:
            if ticket.settled.is_set():
                return
            try:
                self._table.finish(
                    ticket.job.id,
                    status,
                    self._left_by(ticket) if outputs is None else outputs,
                    seconds=seconds,
                    load_seconds=load_seconds,
                    problem=problem,
                    reference=reference,
                )
            except UserError as error:
                last = Failed(error.problem)
            finally:
                ticket.settled.set()
                ticket.live.close(last)
                self.metrics.ended(ticket.job, status, seconds, load_seconds)

    def _left_by(self, ticket: Ticket) -> Sequence[Output]:
        """What a job that was stopped has made: a training's last good model, else the last preview."""
        trained = self._kept(ticket.job.id) if self._trains(ticket.job.model) else ()
        return trained or ticket.live.last_partial()

    def _hold(self, ticket: Ticket) -> None:
        """The training laid itself aside: its row waits, without having used up an attempt."""
        with ticket.settling:
            if ticket.settled.is_set():
                return
            self._table.put_back(ticket.job.id)
        ticket.attempts -= 1
        ticket.pausing = True

    def _again(self, ticket: Ticket) -> None:
        """The worker died under this job: it goes to the front of the line, once."""
        self._write(ticket, partial(self._table.mark, status="queued"))
        ticket.live.reset(Queued(0, 0.0))
        ticket.again = True

    def _put_back(self, ticket: Ticket) -> None:
        """Shutting down: the row becomes queued again, as if its turn had not come."""
        with ticket.settling:
            if ticket.settled.is_set():
                return
            self._table.put_back(ticket.job.id)
            ticket.settled.set()
            ticket.live.close(Queued(0))
        if ticket.run is not None:
            ticket.run.close()

    # -- the line ---------------------------------------------------------------------------------

    def _join(self, job: Job, *, newcomer: bool = False) -> None:
        with self._lock:
            self._tickets[job.id] = Ticket(job, attempts=job.attempts)
            self._line.join(job.id, job.owner, job.model, newcomer=newcomer)
            self._lock.notify()

    def _release(self, ticket: Ticket) -> None:
        """The lane is free; the ticket goes back to the line after a crash, else it is forgotten."""
        with self._lock:
            del self._running[ticket.job.id]
            ticket.run = None
            ticket.computing = False
            if ticket.pausing and not ticket.cancelled:
                ticket.pausing, ticket.held = False, True
                ticket.live.publish(Paused())
            elif ticket.again and not ticket.settled.is_set():
                ticket.again, ticket.suspect = False, True
                self._line.join(ticket.job.id, ticket.job.owner, ticket.job.model, front=True)
            else:
                self._tickets.pop(ticket.job.id, None)
                self._let_go(ticket)
            self._lock.notify_all()

    def _forget(self, ticket: Ticket) -> None:
        with self._lock:
            self._tickets.pop(ticket.job.id, None)
        self._let_go(ticket)

    def _let_go(self, ticket: Ticket) -> None:
        """Nothing computes for it any more: what it kept goes, unless its row is to be taken up again."""
        if self._trains(ticket.job.model) and not self._stopping:
            self._ended(ticket.job.id)

    def _places(self) -> list[tuple[Ticket, Queued]]:
        """Every waiting job with its place and the seconds until its turn."""
        with self._lock:
            order = [self._tickets[place.id] for place in self._line.order()]
            waiting = [Work(ticket.job.model, self._timings.of(_timed_as(ticket.job))) for ticket in order]
            begins = starts(waiting, self._remaining(), self._slots)
        return [(ticket, Queued(n, eta)) for n, (ticket, eta) in enumerate(zip(order, begins, strict=True))]

    def _remaining(self) -> Iterator[Work]:
        """What is left of the running jobs."""
        now = time.monotonic()
        for ticket in self._running.values():
            expected = self._timings.of(_timed_as(ticket.job))
            spent = now - (ticket.taken or now)
            yield Work(ticket.job.model, None if expected is None else max(0.0, expected - spent))

    def _announce(self) -> None:
        """Tell every waiting job its new place."""
        for ticket, queued in self._places():
            ticket.live.publish(queued)


def _timed_as(job: Job) -> str:
    """What its seconds are kept under: looking inside takes another time than making."""
    return f"{LOOK} {job.model}" if job.task == LOOK else job.model
