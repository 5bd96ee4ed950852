"""A start and an end record around each task, chained by hash. The fields are in docs/audit-schema.md."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime

GENESIS = "0" * 64


def digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class AuditLog:
    """Appends records to the write-once sink."""

    def __init__(self, sink: Callable[[str], None], model_version: str, prompt_version: str, last: str = GENESIS):
        self._sink, self._last = sink, last
        self._versions = {"model_version": model_version, "prompt_version": prompt_version}

    def emit(self, event: str, task: str, actor: str, decision: str, result: object) -> None:
        record = {"event": event, "task": task, "actor": actor, "decision": decision, "result_hash": digest(result)}
        record |= self._versions | {"at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "prev_hash": self._last}
        record["hash"] = self._last = digest(record)
        self._sink(json.dumps(record, sort_keys=True))

    def audited(self, task: str, actor: str, ticket: dict, run: Callable[[], tuple[str, dict]]) -> dict:
        """Runs a task between its two records; the end is written even when the task fails."""
        self.emit("start", task, actor, "received", ticket)
        try:
            decision, result = run()
        except Exception as error:
            self.emit("end", task, actor, "failed", str(error))
            raise
        self.emit("end", task, actor, decision, result)
        return result
