"""The tools the agent may call, and the one gate that every call goes through."""

from collections.abc import Callable

from .approval import ApprovalGate

REGISTRY: dict[str, Callable[..., dict]] = {}


class Denied(PermissionError):
    """The policy does not allow this call."""


def tool(name: str) -> Callable[[Callable[..., dict]], Callable[..., dict]]:
    def register(function: Callable[..., dict]) -> Callable[..., dict]:
        REGISTRY[name] = function
        return function

    return register


class ToolGate:
    """Asks the policy (policy/tools.rego, served by OPA next to the agent) before each call. Default deny."""

    def __init__(self, allowed: Callable[[dict], bool], approvals: ApprovalGate, identity: str = "intake-agent"):
        self._allowed, self._approvals, self._identity = allowed, approvals, identity

    def call(self, name: str, action: str, **arguments: object) -> dict:
        question = {"agent": self._identity, "tool": name, "action": action}
        if name not in REGISTRY or not self._allowed(question):
            raise Denied(f"{self._identity} may not {action} with {name}")
        if name == "post_invoice":
            self._approvals.require(arguments["posting"])
        return REGISTRY[name](**arguments)


@tool("read_document")
def read_document(document_id: str, store: dict) -> dict:
    return store[document_id]


@tool("lookup_supplier")
def lookup_supplier(vat_id: str, erp: object) -> dict:
    return erp.supplier(vat_id)


@tool("lookup_purchase_order")
def lookup_purchase_order(number: str, erp: object) -> dict:
    return erp.purchase_order(number)


@tool("propose_posting")
def propose_posting(posting: dict, erp: object) -> dict:
    return erp.draft(posting)


@tool("post_invoice")
def post_invoice(posting: dict, erp: object) -> dict:
    return erp.post(posting)
