"""Looking inside an item: what may be looked into, and what the engine is told for it.

Knows items, models and files by the history. Knows nothing of what is seen, nor of how it is asked for.
"""

from __future__ import annotations

from pydantic import ValidationError

from aigc_demo.catalog import Catalog, own_id
from aigc_demo.explain import VERSION
from aigc_demo.history import History
from aigc_demo.inputs import Inputs
from aigc_demo.trained import TrainedModels
from aigc_demo.types import Job, ModelSpec, Params, Request, StoredItem, UserError


class Inside:
    """Looks into the items of one installation."""

    def __init__(self, history: History, catalog: Catalog, inputs: Inputs, trained: TrainedModels) -> None:
        self._history = history
        self._catalog = catalog
        self._inputs = inputs
        self._trained = trained

    def check(self, owner: str, item_id: str) -> tuple[Job, ModelSpec]:
        """The owner's item, which can be looked into, and its model.

        Raises:
            UserError: 404 not there or not theirs, or its model or a file is gone; 409 not made yet; 422 its
                model lets nobody look inside.
        """
        item = self._history.get(owner, item_id)
        if item.status != "done" or not item.outputs:
            raise UserError("nothing_inside", "error.nothing_inside", status=409)
        spec = self.spec(item)
        if not spec.explain:
            raise UserError("not_explained", "error.not_explained", status=422, name=spec.name)
        self._params(item, spec)
        self._stored(item)
        return item, spec

    def is_known(self, owner: str, item_id: str) -> bool:
        """Whether somebody looked already, with what this version sees."""
        known = self._history.explanations.read(owner, item_id)
        return known is not None and known.get("version") == VERSION

    def spec(self, item: Job) -> ModelSpec:
        """What made an item; 404 with a sentence where that is gone."""
        try:
            if own_id(item.model) is not None:
                return self._trained.find(item.owner, item.task, item.model)
            return self._catalog.model(item.model, item.task)
        except UserError:
            raise UserError("model_gone", "error.model_gone", status=404, name=item.model[:80]) from None

    def request(self, look: Job) -> Request:
        """What the engine is asked for a job that looks into an item.

        Raises:
            UserError: as :meth:`check`; the item may have changed since.
        """
        item, spec = self.check(look.owner, look.parent or "")
        own = spec if own_id(item.model) is not None else None
        return Request(
            item.task,
            item.model,
            self._params(item, spec),
            item.owner,
            item.language,
            item.parent,
            look.id,
            own,
            self._stored(item),
        )

    def _params(self, item: Job, spec: ModelSpec) -> Params:
        try:
            params = spec.params.restored(item.params)
        except ValidationError:  # kept by a version that knew other parameters
            raise UserError("not_retraced", "error.not_retraced", status=422) from None
        return self._inputs.resolved(item.task, item.owner, params)

    def _stored(self, item: Job) -> StoredItem:
        files = {one.name: self._history.file(item.owner, item.id, one.name).path for one in item.outputs}
        return StoredItem(item.outputs, files)
