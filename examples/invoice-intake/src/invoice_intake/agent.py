"""The agent loop: read, look up, propose; post only what the gates let through."""

import json
import logging
import os
import time
from pathlib import Path

import httpx

from . import telemetry
from .audit import AuditLog
from .checks import Quarantined, check_posting, read_document
from .tools import ToolGate

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
MODEL = json.loads((ROOT / "models" / "invoice-extract.json").read_text())
PROMPT_VERSION = "v14"
PROMPT = (ROOT / "prompts" / "extract.v14.md").read_text()
MAX_STEPS = 12
MAX_TOKENS = 6000
KILL_SWITCH = "intake-kill-switch"


class Stopped(RuntimeError):
    """The kill switch is on."""


def kill_switch_is_on(flags: httpx.Client) -> bool:
    """Reads the server-side flag before each task; an unreachable flag service counts as on."""
    try:
        answer = flags.get(f"/flags/{KILL_SWITCH}", timeout=2)
        return answer.status_code != 200 or answer.json()["enabled"]
    except httpx.HTTPError:
        return True


def extract(model: httpx.Client, text: str) -> dict:
    """One call of the extraction model, two retries at most."""
    request = {
        "model": MODEL["id"],
        "max_tokens": MAX_TOKENS,
        "temperature": 0,
        "messages": [{"role": "system", "content": PROMPT}, {"role": "user", "content": text}],
    }
    for attempt in range(3):
        try:
            answer = model.post("/chat/completions", json=request, timeout=20)
            answer.raise_for_status()
            return json.loads(answer.json()["choices"][0]["message"]["content"])
        except (httpx.HTTPError, json.JSONDecodeError):
            if attempt == 2:
                raise
            time.sleep(2**attempt)
    raise AssertionError("unreachable")


def handle(raw: dict, model: httpx.Client, flags: httpx.Client, tools: ToolGate, audit: AuditLog, erp: object) -> dict:
    """Handles one document from arrival to proposal or posting."""
    if kill_switch_is_on(flags):
        raise Stopped("the kill switch is on")
    started = time.monotonic()
    with telemetry.tracer.start_as_current_span("handle_document") as span:
        try:
            document = read_document(raw)
        except Quarantined as reason:
            telemetry.documents.add(1, {"outcome": "quarantined"})
            log.warning("document quarantined: %s", reason)
            return {"outcome": "quarantined", "reason": str(reason)}
        span.set_attribute("document.id", document["document_id"])

        def run() -> tuple[str, dict]:
            posting = extract(model, document["text"]) | {"document_id": document["document_id"]}
            problems = check_posting(posting, document)
            if problems:
                return "sent-to-clerk", {"outcome": "clerk", "problems": problems}
            tools.call("propose_posting", "write", posting=posting, erp=erp)
            return "proposed", {"outcome": "proposed", "posting": posting}

        result = audit.audited(document["document_id"], "intake-agent", document, run)
    telemetry.documents.add(1, {"outcome": result["outcome"]})
    telemetry.seconds.record(time.monotonic() - started)
    return result


def main() -> None:
    telemetry.configure_logging()
    log.info("invoice intake starts with model %s, prompt %s", MODEL["id"], PROMPT_VERSION)
    raise SystemExit(os.environ.get("INTAKE_QUEUE_URL") is None)


if __name__ == "__main__":
    main()
