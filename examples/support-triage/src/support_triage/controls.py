"""What stands between the model and a customer: contract, redaction, output checks, approval, kill switch."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx
from jsonschema import Draft202012Validator
from opentelemetry import metrics

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
TICKET_SCHEMA = json.loads((SCHEMAS / "ticket.schema.json").read_text())
TRIAGE_SCHEMA = {
    "type": "object",
    "required": ["queue", "priority", "draft"],
    "additionalProperties": False,
    "properties": {
        "queue": {"enum": ["billing", "moving", "outage", "meter", "contract", "person"]},
        "priority": {"enum": ["urgent", "normal", "low"]},
        "draft": {"type": "string", "minLength": 20, "maxLength": 2500},
        "credit_eur": {"type": "number", "minimum": 0},
        "credit_reason": {"type": "string"},
    },
}
KILL_SWITCH = "support-triage-kill-switch"

meter = metrics.get_meter("support_triage")
violations = meter.create_counter("triage_contract_violations_total", description="tickets outside the contract")
rejected = meter.create_counter("triage_drafts_rejected_total", description="answers of the model that were refused")


class OutsideContract(ValueError):
    """The ticket does not fit the contract and goes to a person."""


class NotApproved(PermissionError):
    """The action has no valid approval."""


class Stopped(RuntimeError):
    """The kill switch is on."""


def check_ticket(raw: dict) -> dict:
    """Input contract, the same schema that the web form uses."""
    errors = sorted(e.message for e in Draft202012Validator(TICKET_SCHEMA).iter_errors(raw))
    if errors:
        violations.add(1)
        raise OutsideContract("; ".join(errors))
    return raw


REDACTIONS = (
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"), "[IBAN]"),
    (re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.]+\b"), "[MAIL]"),
    (re.compile(r"(?<!\d)(?:\+49|0)[\d /-]{8,15}\d"), "[PHONE]"),
)


def redact(text: str) -> str:
    """Takes bank accounts, mail addresses and telephone numbers out before the text reaches the model."""
    for pattern, label in REDACTIONS:
        text = pattern.sub(label, text)
    return text


def triage_schema(answer: dict) -> list[str]:
    """Shape of the model's answer."""
    return [e.message for e in Draft202012Validator(TRIAGE_SCHEMA).iter_errors(answer)]


def triage_rules(answer: dict) -> list[str]:
    """Business rules: outages are urgent, a credit is small and has a reason."""
    problems = []
    if answer["queue"] == "outage" and answer["priority"] != "urgent":
        problems.append("an outage is always urgent")
    credit = answer.get("credit_eur", 0)
    if credit > 50:
        problems.append("credit above 50 EUR")
    if credit and not answer.get("credit_reason"):
        problems.append("credit without a reason")
    return problems


PROMISES = re.compile(r"we guarantee|wir garantieren|legal advice|rechtsberatung|your neighbou?r|ihr nachbar", re.I)


def triage_safety(answer: dict) -> list[str]:
    """Safety: no promises, no advice, no personal data of others in a draft."""
    draft = answer["draft"]
    problems = ["draft holds personal data"] if redact(draft) != draft else []
    return problems + (["draft promises or advises"] if PROMISES.search(draft) else [])


def guard(answer: dict) -> list[str]:
    """Everything that keeps an answer from taking effect; refused answers are counted."""
    problems = triage_schema(answer) or triage_rules(answer) + triage_safety(answer)
    if problems:
        rejected.add(1)
    return problems


NOTICE = "An AI system prepared this reply, a member of our team checked it. If you object, answer with the word HUMAN."


def with_notice(draft: str) -> str:
    """The notice under every reply, see the system card (docs/system-card.md)."""
    return f"{draft}\n\n{NOTICE}"


def require_approval(action: str, ticket: str, decision: Callable[[str, str], dict | None]) -> str:
    """The approval id for an action; nobody answering within the time-out means no."""
    found = decision(action, ticket)
    if found is None or found["decision"] != "approved":
        raise NotApproved(f"{action} for {ticket} is not approved")
    if found["approved_by"] == found["requested_by"]:
        raise NotApproved("requester and approver are the same")
    return found["approval_id"]


def refuse_when_stopped(flags: httpx.Client) -> None:
    """Reads the flag before each task; a flag service that does not answer counts as a stop."""
    try:
        answer = flags.get(f"/flags/{KILL_SWITCH}", timeout=2)
        on = answer.status_code != 200 or answer.json()["enabled"]
    except httpx.HTTPError:
        on = True
    if on:
        raise Stopped("the kill switch is on")
