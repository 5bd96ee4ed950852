"""The agent against a fake model, flag service and ERP."""

import json

import httpx
import pytest

from invoice_intake.agent import MODEL, Stopped, handle
from invoice_intake.approval import ApprovalGate
from invoice_intake.audit import AuditLog
from invoice_intake.tools import ToolGate

from test_controls import DOCUMENT, POSTING, Erp


def client(handler):
    return httpx.Client(base_url="http://test", transport=httpx.MockTransport(handler))


def flags(enabled=False, status=200):
    return client(lambda request: httpx.Response(status, json={"enabled": enabled}))


def model(posting):
    def answer(request):
        assert json.loads(request.content)["model"] == MODEL["id"]
        return httpx.Response(200, json={"choices": [{"message": {"content": json.dumps(posting)}}]})

    return client(answer)


def run(raw, posting=POSTING, switch=None):
    tools = ToolGate(lambda question: True, ApprovalGate(lambda action, document: None))
    audit = AuditLog(lambda line: None, MODEL["id"], "v14")
    return handle(raw, model(posting), switch or flags(), tools, audit, Erp())


def test_matched_invoice_is_proposed():
    assert run(DOCUMENT)["outcome"] == "proposed"


def test_bad_total_goes_to_a_clerk():
    assert run(DOCUMENT, POSTING | {"gross": "1.00"})["outcome"] == "clerk"


def test_unreadable_document_is_quarantined():
    assert run(DOCUMENT | {"text": "?"})["outcome"] == "quarantined"


def test_kill_switch_stops_the_next_task():
    with pytest.raises(Stopped):
        run(DOCUMENT, switch=flags(enabled=True))


def test_unreachable_flag_service_counts_as_stop():
    with pytest.raises(Stopped):
        run(DOCUMENT, switch=flags(status=503))
