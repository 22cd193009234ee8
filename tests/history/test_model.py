"""The history against a plain dictionary: two visitors interleaved, restarts and crashes included."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from aigc_demo.history import History, IllegalMove
from aigc_demo.history.rows import MOVES
from aigc_demo.settings import Settings
from aigc_demo.types import FINAL, Status, UserError
from tests.history.making import files_below, submission, text

OWNERS = ("alice", "bob")
_TEMPLATE: list[Path] = []


@dataclass
class Entry:
    """What the dictionary knows of a job."""

    owner: str
    prompt: str
    status: Status = "queued"
    attempts: int = 0
    starred: bool = False
    hidden: bool = False
    result: tuple[str, ...] = ()
    token: str | None = field(default=None)


class HistoryMachine(RuleBasedStateMachine):
    """Every rule does one thing to both and compares the answers."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        if _TEMPLATE:
            shutil.copy(_TEMPLATE[0], self.folder / "studio.db")
        self.history = History.open(Settings(data_dir=self.folder))
        self.model: dict[str, Entry] = {}

    def teardown(self) -> None:
        self.history.close()
        shutil.rmtree(self.folder)

    def _shown(self, owner: str, job_id: str) -> Entry | None:
        entry = self.model.get(job_id)
        return entry if entry is not None and entry.owner == owner and not entry.hidden else None

    def _refused(self, call: object) -> None:
        try:
            call()  # type: ignore[operator]
        except UserError as error:
            assert (error.status, error.problem.code) == (404, "not_found")
        else:
            raise AssertionError("should have been refused")

    @rule(
        target=ids,
        owner=st.sampled_from(OWNERS),
        prompt=st.sampled_from(["red cat", "blue cat", "红猫", "蓝狗"]),
    )
    def create(self, owner: str, prompt: str) -> str:
        job = self.history.create(submission(prompt, owner=owner))
        assert job.id not in self.model
        self.model[job.id] = Entry(owner, prompt)
        return job.id

    @rule(owner=st.sampled_from(OWNERS), job_id=ids)
    def get(self, owner: str, job_id: str) -> None:
        entry = self._shown(owner, job_id)
        if entry is None:
            self._refused(lambda: self.history.get(owner, job_id))
            return
        job = self.history.get(owner, job_id)
        assert (job.owner, job.status, job.attempts, job.starred) == (
            owner, entry.status, entry.attempts, entry.starred
        )  # fmt: skip
        assert tuple(output.text for output in job.outputs) == entry.result
        for output in job.outputs:
            assert self.history.file(owner, job_id, output.name).path.read_text() == output.text

    @rule(owner=st.sampled_from(OWNERS), job_id=ids, starred=st.booleans())
    def star(self, owner: str, job_id: str, starred: bool) -> None:
        entry = self._shown(owner, job_id)
        if entry is None:
            self._refused(lambda: self.history.patch(owner, job_id, starred=starred))
        else:
            entry.starred = starred
            assert self.history.patch(owner, job_id, starred=starred).starred is starred

    @rule(owner=st.sampled_from(OWNERS), job_ids=st.lists(ids, max_size=3, unique=True))
    def delete(self, owner: str, job_ids: list[str]) -> None:
        entries = [self._shown(owner, job_id) for job_id in job_ids]
        if not all(entries):
            self._refused(lambda: self.history.delete(owner, job_ids))
        else:
            assert self.history.delete(owner, job_ids) == len(job_ids)
            for job_id in job_ids:
                self.model[job_id].hidden = True
                self.model[job_id].token = None

    @rule(owner=st.sampled_from(OWNERS), job_ids=st.lists(ids, max_size=3, unique=True))
    def restore(self, owner: str, job_ids: list[str]) -> None:
        entries = [self.model.get(job_id) for job_id in job_ids]
        if not all(entry is not None and entry.owner == owner and entry.hidden for entry in entries):
            self._refused(lambda: self.history.restore(owner, job_ids))
        else:
            assert self.history.restore(owner, job_ids) == len(job_ids)
            for job_id in job_ids:
                self.model[job_id].hidden = False

    @rule(job_id=ids, status=st.sampled_from(sorted(MOVES)), words=st.sampled_from(["moon", "月亮", ""]))
    def move(self, job_id: str, status: Status, words: str) -> None:
        entry = self.model.get(job_id)
        outputs = [text(words)] if words else []
        try:
            if status in FINAL:
                self.history.finish(job_id, status, outputs)
            elif status == "loading" and entry is not None and entry.status == "queued":
                self.history.start(job_id).result()
                entry.attempts += 1
            else:
                self.history.mark(job_id, status).result()
        except IllegalMove:
            assert entry is not None and status not in MOVES[entry.status]
        except UserError as error:
            assert entry is None and error.status == 404
        else:
            assert entry is not None and status in MOVES[entry.status]
            entry.status = status
            entry.result = (words,) if words and status in FINAL else ()

    @rule(owner=st.sampled_from(OWNERS), job_id=ids)
    def share(self, owner: str, job_id: str) -> None:
        entry = self._shown(owner, job_id)
        if entry is None:
            self._refused(lambda: self.history.links.make(owner, job_id, show_prompt=True))
        elif entry.result:
            token = self.history.links.make(owner, job_id, show_prompt=True).token
            assert entry.token in (None, token)
            entry.token = token

    @rule()
    def purge(self) -> None:
        gone = [job_id for job_id, entry in self.model.items() if entry.hidden and entry.status in FINAL]
        assert self.history.purge(0) == len(gone)
        for job_id in gone:
            del self.model[job_id]

    @rule(owner=st.sampled_from(OWNERS))
    def clear(self, owner: str) -> None:
        self.history.clear(owner)
        self.model = {job_id: entry for job_id, entry in self.model.items() if entry.owner != owner}

    @rule()
    def restart(self) -> None:
        self.history.close()
        self.history = History.open(Settings(data_dir=self.folder))

    @rule()
    def restart_and_recover(self) -> None:
        self.restart()
        self.history.recover()
        for entry in self.model.values():
            if entry.status in FINAL:
                continue
            if entry.hidden:
                entry.status = "cancelled"
            elif entry.status != "queued":
                entry.status = "queued" if entry.attempts < 2 else "failed"

    @rule(owner=st.sampled_from(OWNERS), query=st.sampled_from(["cat", "red c", "红", "猫", "月", "moo"]))
    def search(self, owner: str, query: str) -> None:
        def holds(job_id: str) -> bool:
            entry = self.model[job_id]
            return all(term in " ".join([entry.prompt, *entry.result]) for term in query.split())

        mine = [job_id for job_id in sorted(self.model, reverse=True) if self._shown(owner, job_id)]
        found = [job.id for job in self.history.page(owner, query=query, limit=100).items]
        assert found == [job_id for job_id in mine if holds(job_id)]

    @invariant()
    def lists_agree(self) -> None:
        for owner in OWNERS:
            mine = [job_id for job_id in sorted(self.model, reverse=True) if self._shown(owner, job_id)]
            assert [job.id for job in self.history.page(owner, limit=100).items] == mine
            active = [job_id for job_id in mine[::-1] if self.model[job_id].status not in FINAL]
            assert [job.id for job in self.history.active(owner)] == active

    @invariant()
    def links_agree(self) -> None:
        for job_id, entry in self.model.items():
            if entry.token is not None:
                assert self.history.links.by_token(entry.token)[0].id == job_id

    @invariant()
    def every_file_has_its_row(self) -> None:
        result = {job_id for job_id, entry in self.model.items() if entry.result}
        assert {path.parent.name for path in files_below(self.folder / "media")} == result


def test_the_history_behaves_like_a_dictionary(empty_database: Path) -> None:
    _TEMPLATE[:] = [empty_database]
    run_state_machine_as_test(
        HistoryMachine,
        settings=settings(
            max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
