"""Faults of each dependency: triage-model, ticket-system, knowledge-base."""

import httpx
import pytest

from fakes import Desk, KnowledgeBase, failing, run


@pytest.mark.parametrize("status", [None, 500, 503], ids=["timeout", "500", "503"])
def test_fault_triage_model_falls_back_to_a_person(status):
    result = run(model=failing(status))
    assert result == {"outcome": "person", "reason": "the model does not answer"}


def test_fault_ticket_system_falls_back_to_the_outbox():
    assert run(desk=Desk(error=httpx.ConnectError("down")))["outcome"] == "outbox"


def test_fault_knowledge_base_degrades_to_a_draft_without_articles():
    assert run(kb=KnowledgeBase(error=httpx.ReadTimeout("slow")))["outcome"] == "drafted"
