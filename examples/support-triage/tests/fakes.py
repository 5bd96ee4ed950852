"""Fakes for the model, the flags, the desk and the knowledge base."""

import json

import httpx

from support_triage.audit import AuditLog
from support_triage.service import MODEL, triage
from support_triage.tools import ToolGate

TICKET = {"ticket": "T-1048811", "channel": "mail", "language": "de", "subject": "Abschlag", "text": "Warum ist mein Abschlag gestiegen?"}
ANSWER = {"queue": "billing", "priority": "normal", "draft": "Guten Tag, Ihr Abschlag folgt dem Verbrauch des letzten Jahres."}
POLICY = {("search_knowledge_base", "read"), ("set_ticket_fields", "write"), ("draft_reply", "write"), ("issue_credit", "write")}


class Desk:
    def __init__(self, error=None):
        self.error, self.drafts, self.credits = error, [], []

    def update(self, ticket, **fields):
        if self.error:
            raise self.error
        return fields

    def draft(self, ticket, text):
        self.drafts.append(text)
        return {"draft": len(self.drafts)}

    def credit(self, ticket, amount, approval):
        self.credits.append((ticket, amount, approval))
        return {"credited": amount}


class KnowledgeBase:
    def __init__(self, error=None):
        self.error = error

    def search(self, query):
        if self.error:
            raise self.error
        return ["Abschlag: folgt dem Verbrauch des letzten Jahres."]


def client(handler):
    return httpx.Client(base_url="http://test", transport=httpx.MockTransport(handler))


def flags(enabled=False, status=200):
    return client(lambda request: httpx.Response(status, json={"enabled": enabled}))


def answering(answer=ANSWER):
    return client(lambda request: httpx.Response(200, json={"choices": [{"message": {"content": json.dumps(answer)}}], "usage": {"total_tokens": 900}}))


def failing(status=None):
    def handler(request):
        if status is None:
            raise httpx.ReadTimeout("no answer", request=request)
        return httpx.Response(status)

    return client(handler)


def gate(decision=None):
    return ToolGate(lambda q: (q["tool"], q["action"]) in POLICY, lambda action, ticket: decision)


def run(raw=TICKET, model=None, switch=None, desk=None, kb=None, lines=None):
    sink = lines.append if lines is not None else lambda line: None
    audit = AuditLog(sink, MODEL["id"], "v9")
    return triage(raw, model or answering(), switch or flags(), gate(), audit, desk or Desk(), kb or KnowledgeBase())
