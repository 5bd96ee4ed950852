"""One wrapper around each task: a start and an end record, chained by hash. See docs/audit-schema.md."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime

GENESIS = "0" * 64


def digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class AuditLog:
    """Appends records to a write-once sink."""

    def __init__(self, sink: Callable[[str], None], model_version: str, prompt_version: str, last: str = GENESIS):
        self._sink, self._last = sink, last
        self._versions = {"model_version": model_version, "prompt_version": prompt_version}

    def _emit(self, **fields: str) -> None:
        record = {**fields, **self._versions, "at": datetime.now(UTC).isoformat(), "prev_hash": self._last}
        record["hash"] = self._last = digest(record)
        self._sink(json.dumps(record, sort_keys=True))

    def audited(self, task: str, actor: str, document: dict, run: Callable[[], tuple[str, dict]]) -> dict:
        """Runs a task between its start and its end record; the end is written even when it fails."""
        self._emit(event="start", task=task, actor=actor, decision="received", result_hash=digest(document))
        try:
            decision, result = run()
        except Exception as error:
            self._emit(event="end", task=task, actor=actor, decision="failed", result_hash=digest(str(error)))
            raise
        self._emit(event="end", task=task, actor=actor, decision=decision, result_hash=digest(result))
        return result
