"""The service: one ticket in, queue, priority and a draft out; a person when anything fails."""

import json
import logging
import time
from pathlib import Path

import httpx
from opentelemetry import metrics, trace

from .audit import AuditLog
from .controls import OutsideContract, check_ticket, guard, redact, refuse_when_stopped, with_notice
from .tools import ToolGate

log = logging.getLogger(__name__)
tracer = trace.get_tracer("support_triage")
meter = metrics.get_meter("support_triage")
requests = meter.create_counter("triage_requests_total", description="tickets by outcome")
seconds = meter.create_histogram("triage_request_seconds", unit="s")
tokens = meter.create_counter("triage_tokens_total")
cost = meter.create_counter("triage_cost_eur_total", unit="EUR")

ROOT = Path(__file__).resolve().parents[2]
MODEL = json.loads((ROOT / "models" / "triage-model.json").read_text())
PROMPT_VERSION = "v9"
PROMPT = (ROOT / "prompts" / "triage.v9.md").read_text()
MAX_TOKENS = 1200


def ask_model(model: httpx.Client, ticket: dict, articles: list[str]) -> dict:
    """One call of the model through the gateway: 15 s, one retry."""
    content = json.dumps({"subject": redact(ticket["subject"]), "text": redact(ticket["text"]), "articles": articles})
    request = {
        "model": MODEL["id"],
        "max_tokens": MAX_TOKENS,
        "temperature": 0,
        "messages": [{"role": "system", "content": PROMPT}, {"role": "user", "content": content}],
    }
    for attempt in (1, 2):
        try:
            answer = model.post("/chat/completions", json=request, timeout=15)
            answer.raise_for_status()
            body = answer.json()
            tokens.add(body.get("usage", {}).get("total_tokens", 0))
            return json.loads(body["choices"][0]["message"]["content"])
        except (httpx.HTTPError, json.JSONDecodeError):
            if attempt == 2:
                raise
    raise AssertionError("unreachable")


def triage(raw: dict, model: httpx.Client, flags: httpx.Client, tools: ToolGate, audit: AuditLog, desk: object, kb: object) -> dict:
    """Handles one ticket. Every failure ends in the queue of a person, never in a guess."""
    refuse_when_stopped(flags)
    started = time.monotonic()
    with tracer.start_as_current_span("triage") as span:
        try:
            ticket = check_ticket(raw)
        except OutsideContract as reason:
            requests.add(1, {"outcome": "outside-contract"})
            return {"outcome": "person", "reason": str(reason)}
        number = ticket["ticket"]
        span.set_attribute("ticket", number)

        def run() -> tuple[str, dict]:
            try:
                articles = tools.call("search_knowledge_base", "read", number, query=redact(ticket["subject"]), kb=kb)["articles"]
            except httpx.HTTPError:
                articles = []  # without the knowledge base the draft gets shorter, the triage still works
            try:
                answer = ask_model(model, ticket, articles)
            except (httpx.HTTPError, json.JSONDecodeError):
                return "sent-to-person", {"outcome": "person", "reason": "the model does not answer"}
            problems = guard(answer)
            if problems:
                return "sent-to-person", {"outcome": "person", "reason": "; ".join(problems)}
            try:
                tools.call("set_ticket_fields", "write", number, queue=answer["queue"], priority=answer["priority"], desk=desk)
                tools.call("draft_reply", "write", number, text=with_notice(answer["draft"]), desk=desk)
            except httpx.HTTPError:
                return "sent-to-outbox", {"outcome": "outbox", "answer": answer}
            return "drafted", {"outcome": "drafted", "answer": answer}

        result = audit.audited(number, "triage-agent", ticket, run)
    requests.add(1, {"outcome": result["outcome"]})
    seconds.record(time.monotonic() - started)
    return result


def main() -> None:
    logging.basicConfig(level=logging.INFO, format='{"level":"%(levelname)s","logger":"%(name)s","message":"%(message)s"}')
    log.info("support triage starts with model %s, prompt %s", MODEL["id"], PROMPT_VERSION)


if __name__ == "__main__":
    main()
