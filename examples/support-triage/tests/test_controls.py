"""Permissions, approval, output checks, contract, redaction, notice, audit, kill switch."""

import json

import pytest

from fakes import ANSWER, TICKET, Desk, KnowledgeBase, answering, flags, gate, run
from support_triage.audit import GENESIS, digest
from support_triage.controls import NOTICE, NotApproved, OutsideContract, Stopped, check_ticket, guard, redact
from support_triage.tools import REGISTRY, Denied


def test_unknown_tool_is_denied():
    with pytest.raises(Denied):
        gate().call("send_reply", "write", "T-1048811")


def test_unknown_action_is_denied():
    with pytest.raises(Denied):
        gate().call("draft_reply", "delete", "T-1048811")


def approval(**change):
    return {"approval_id": "CR-2026-0207", "decision": "approved", "requested_by": "triage-agent", "approved_by": "Beate Kruse"} | change


def test_credit_is_blocked_without_approval():
    with pytest.raises(NotApproved):
        gate().call("issue_credit", "write", "T-1048811", amount_eur=20, desk=Desk())


@pytest.mark.parametrize("change", [{"decision": "rejected"}, {"approved_by": "triage-agent"}], ids=["rejected", "own-request"])
def test_credit_is_refused_with_a_bad_approval(change):
    with pytest.raises(NotApproved):
        gate(approval(**change)).call("issue_credit", "write", "T-1048811", amount_eur=20, desk=Desk())


def test_approved_credit_carries_its_approval_id():
    desk = Desk()
    gate(approval()).call("issue_credit", "write", "T-1048811", amount_eur=20, desk=desk)
    assert desk.credits == [("T-1048811", 20, "CR-2026-0207")]


def test_guard_accepts_a_valid_answer():
    assert guard(ANSWER) == []


@pytest.mark.parametrize(
    "change",
    [{"queue": "sales"}, {"queue": "outage"}, {"credit_eur": 80, "credit_reason": "x"}, {"credit_eur": 10}, {"draft": "We guarantee a refund by Friday."}, {"draft": "Ihr Konto ist DE44 5001 0517 5407 3249 31."}],
    ids=["invalid-queue", "outage-not-urgent", "credit-too-high", "missing-reason", "unsafe-promise", "leaked-iban"],
)
def test_guard_rejects_invalid_or_unsafe_answer(change):
    assert guard(ANSWER | change)


def test_guard_failure_sends_the_ticket_to_a_person():
    desk = Desk()
    assert run(model=answering(ANSWER | {"queue": "outage"}), desk=desk)["outcome"] == "person"
    assert desk.drafts == []


@pytest.mark.parametrize("change", [{"ticket": "1"}, {"language": "fr"}, {"text": ""}, {"cc": "x"}], ids=["number", "language", "empty", "extra-field"])
def test_malformed_ticket_violates_the_contract(change):
    with pytest.raises(OutsideContract):
        check_ticket(TICKET | change)


def test_malformed_ticket_goes_to_a_person():
    assert run(TICKET | {"text": ""})["outcome"] == "person"


@pytest.mark.parametrize(
    ("text", "label"),
    [("DE44 5001 0517 5407 3249 31", "[IBAN]"), ("jana.k@example.org", "[MAIL]"), ("+49 40 123456-78", "[PHONE]")],
    ids=["iban", "mail", "phone"],
)
def test_redact_masks_personal_data(text, label):
    assert redact(f"Bitte an {text} senden") == f"Bitte an {label} senden"


def test_ai_notice_is_under_every_draft():
    desk = Desk()
    run(desk=desk)
    assert desk.drafts[0].endswith(NOTICE)


def test_audit_pairs_and_chain():
    lines, last = [], GENESIS
    run(lines=lines)
    records = [json.loads(line) for line in lines]
    assert [r["event"] for r in records] == ["start", "end"]
    for record in records:
        assert record["prev_hash"] == last
        last = record.pop("hash")
        assert last == digest(record)


def test_audit_writes_the_end_of_a_failed_task():
    lines = []
    with pytest.raises(ZeroDivisionError):
        run(kb=KnowledgeBase(error=ZeroDivisionError()), lines=lines)
    assert json.loads(lines[-1])["decision"] == "failed"


@pytest.mark.parametrize("switch", [flags(enabled=True), flags(status=503)], ids=["on", "flag-service-down"])
def test_kill_switch_stops_the_next_ticket(switch):
    with pytest.raises(Stopped):
        run(switch=switch)


def test_registered_tools_are_those_of_the_policy():
    assert set(REGISTRY) == {"search_knowledge_base", "set_ticket_fields", "draft_reply", "issue_credit"}
