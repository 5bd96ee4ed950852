"""The tools of the agent and the one gate in front of them."""

from collections.abc import Callable

from .controls import require_approval

REGISTRY: dict[str, Callable[..., dict]] = {}
NEEDS_APPROVAL = {"issue_credit"}


class Denied(PermissionError):
    """The policy does not allow this call."""


def tool(name: str) -> Callable[[Callable[..., dict]], Callable[..., dict]]:
    def register(function: Callable[..., dict]) -> Callable[..., dict]:
        REGISTRY[name] = function
        return function

    return register


class ToolGate:
    """Asks OPA (policy/tools.rego) before each call. Default deny."""

    def __init__(self, allowed: Callable[[dict], bool], decision: Callable[[str, str], dict | None], identity: str = "triage-agent"):
        self._allowed, self._decision, self._identity = allowed, decision, identity

    def call(self, name: str, action: str, ticket: str, **arguments: object) -> dict:
        if name not in REGISTRY or not self._allowed({"agent": self._identity, "tool": name, "action": action}):
            raise Denied(f"{self._identity} may not {action} with {name}")
        if name in NEEDS_APPROVAL:
            arguments["approval_id"] = require_approval(name, ticket, self._decision)
        return REGISTRY[name](ticket, **arguments)


@tool("search_knowledge_base")
def search_knowledge_base(ticket: str, query: str, kb: object) -> dict:
    return {"articles": kb.search(query)}


@tool("set_ticket_fields")
def set_ticket_fields(ticket: str, queue: str, priority: str, desk: object) -> dict:
    return desk.update(ticket, queue=queue, priority=priority)


@tool("draft_reply")
def draft_reply(ticket: str, text: str, desk: object) -> dict:
    return desk.draft(ticket, text)


@tool("issue_credit")
def issue_credit(ticket: str, amount_eur: float, approval_id: str, desk: object) -> dict:
    return desk.credit(ticket, amount_eur, approval_id)
