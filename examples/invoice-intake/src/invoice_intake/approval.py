"""High-impact postings wait for a human. Nobody answering in time means no."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Rule:
    """One action that waits for approval."""

    action: str
    applies: Callable[[dict], bool]
    approver_role: str
    timeout_hours: int = 4
    on_timeout: str = "deny"


RULES = (
    Rule("post_invoice", lambda p: Decimal(p["gross"]) > 5000, "AP approver"),
    Rule("post_invoice_new_supplier", lambda p: p.get("supplier_is_new", False), "AP approver"),
)


class NotApproved(PermissionError):
    """The posting has no valid approval."""


class ApprovalGate:
    """Blocks a posting until a second person has approved it."""

    def __init__(self, decision: Callable[[str, str], dict | None]):
        self._decision = decision

    def require(self, posting: dict) -> list[str]:
        """Returns the approval ids that cover the posting; raises when one is missing."""
        ids = []
        for rule in RULES:
            if not rule.applies(posting):
                continue
            found = self._decision(rule.action, posting["document_id"])
            if found is None or found["decision"] != "approved":
                raise NotApproved(f"{rule.action} for {posting['document_id']} is not approved")
            if found["approved_by"] == found["requested_by"]:
                raise NotApproved("requester and approver are the same person")
            ids.append(found["approval_id"])
        return ids
