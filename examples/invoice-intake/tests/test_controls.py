"""Approval gate, tool gate, output checks, input contract, audit wrapper."""

import json

import pytest

from invoice_intake.approval import ApprovalGate, NotApproved
from invoice_intake.audit import GENESIS, AuditLog, digest
from invoice_intake.checks import Quarantined, check_posting, read_document
from invoice_intake.tools import Denied, ToolGate

POSTING = {
    "document_id": "DOC-0004711",
    "supplier_id": "S100234",
    "invoice_number": "2026-0915",
    "invoice_date": "2026-09-15",
    "received_on": "2026-09-17",
    "currency": "EUR",
    "net": "6200.00",
    "tax": "1426.00",
    "gross": "7626.00",
}
DOCUMENT = {"document_id": "DOC-0004711", "received_on": "2026-09-17", "channel": "mail", "text": "Invoice 2026-0915 of Athlone Castings"}
ALLOWED = {("propose_posting", "write"), ("post_invoice", "write")}


class Erp:
    def draft(self, posting):
        return {"draft": posting["document_id"]}

    def post(self, posting):
        return {"posted": posting["document_id"]}


def gate(decision=None):
    def allowed(question):
        return (question["tool"], question["action"]) in ALLOWED

    return ToolGate(allowed, ApprovalGate(lambda action, document: decision))


def approved(by="R. Lindt"):
    return {"approval_id": "AP-2026-0412", "decision": "approved", "requested_by": "intake-agent", "approved_by": by}


def test_posting_over_limit_is_blocked_without_approval():
    with pytest.raises(NotApproved):
        gate().call("post_invoice", "write", posting=POSTING, erp=Erp())


def test_rejected_approval_blocks_the_posting():
    with pytest.raises(NotApproved):
        gate(approved() | {"decision": "rejected"}).call("post_invoice", "write", posting=POSTING, erp=Erp())


def test_self_approval_is_refused():
    with pytest.raises(NotApproved):
        gate(approved(by="intake-agent")).call("post_invoice", "write", posting=POSTING, erp=Erp())


def test_approved_posting_goes_through():
    assert gate(approved()).call("post_invoice", "write", posting=POSTING, erp=Erp()) == {"posted": "DOC-0004711"}


def test_unknown_tool_is_denied():
    with pytest.raises(Denied):
        gate().call("change_bank_details", "write", supplier="S100234")


def test_unknown_action_is_denied():
    with pytest.raises(Denied):
        gate().call("propose_posting", "delete", posting=POSTING, erp=Erp())


def test_valid_posting_has_no_problem():
    assert check_posting(POSTING, DOCUMENT) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"gross": "7627.00"}, "net and tax do not add up to gross"),
        ({"gross": "n/a"}, "'n/a' does not match"),
        ({"invoice_date": "2026-09-30"}, "invoice date is after the day of receipt"),
        ({"iban": "IE29AIBK93115212345678"}, "bank account differs from the one on file"),
    ],
    ids=["wrong-total", "malformed-amount", "future-date", "foreign-iban"],
)
def test_validation_rejects_bad_posting(change, expected):
    problems = check_posting(POSTING | change, DOCUMENT | {"iban_on_file": "IE64BOFI90583812345678"})
    assert any(expected in p for p in problems)


@pytest.mark.parametrize(
    "change", [{"document_id": "4711"}, {"text": "too short"}, {"channel": "fax"}, {"pages": 0}], ids=["id", "text", "channel", "pages"]
)
def test_malformed_document_is_quarantined(change):
    with pytest.raises(Quarantined):
        read_document(DOCUMENT | change)


def test_every_start_has_one_end_and_the_chain_verifies():
    lines = []
    audit = AuditLog(lines.append, "invoice-extract-2026.10.2", "v14")
    audit.audited("DOC-0004711", "intake-agent", DOCUMENT, lambda: ("proposed", POSTING))
    with pytest.raises(RuntimeError):
        audit.audited("DOC-0004712", "intake-agent", DOCUMENT, lambda: (_ for _ in ()).throw(RuntimeError("model down")))
    records = [json.loads(line) for line in lines]
    assert [r["event"] for r in records] == ["start", "end", "start", "end"]
    last = GENESIS
    for record in records:
        assert record["prev_hash"] == last
        last = record.pop("hash")
        assert last == digest(record)
