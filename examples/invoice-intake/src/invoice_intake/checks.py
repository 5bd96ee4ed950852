"""What comes in and what goes out is checked here: input contract, business rules, safety."""

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path

from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
DOCUMENT_SCHEMA = json.loads((SCHEMAS / "invoice-document.schema.json").read_text())
POSTING_SCHEMA = json.loads((SCHEMAS / "posting.schema.json").read_text())

_document = Draft202012Validator(DOCUMENT_SCHEMA)
_posting = Draft202012Validator(POSTING_SCHEMA)


class Quarantined(ValueError):
    """The document does not meet the input contract and goes to a clerk."""


def read_document(raw: dict) -> dict:
    """Checks an arriving document against the input contract."""
    errors = sorted(e.message for e in _document.iter_errors(raw))
    if errors:
        raise Quarantined("; ".join(errors))
    return raw


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def posting_schema(posting: dict) -> list[str]:
    """Shape of a proposed posting."""
    return [e.message for e in _posting.iter_errors(posting)]


def posting_rules(posting: dict, seen: set[tuple[str, str]] = frozenset()) -> list[str]:
    """Business rules of a proposed posting: totals add up, no duplicate, date not in the future."""
    problems = []
    net, tax, gross = (_amount(posting.get(k, "")) for k in ("net", "tax", "gross"))
    if not (net + tax == gross):
        problems.append("net and tax do not add up to gross")
    key = (posting.get("supplier_id", ""), posting.get("invoice_number", "").lstrip("0"))
    if key in seen:
        problems.append("invoice number was posted before")
    if posting.get("invoice_date", "") > posting.get("received_on", "9999"):
        problems.append("invoice date is after the day of receipt")
    return problems


def posting_safety(posting: dict, document: dict) -> list[str]:
    """Safety: nothing that only the text of the document asked for."""
    problems = []
    if posting.get("iban") and posting["iban"] != document.get("iban_on_file"):
        problems.append("bank account differs from the one on file")
    if "ignore previous" in document.get("text", "").lower():
        problems.append("text of the document tries to give instructions")
    return problems


def check_posting(posting: dict, document: dict, seen: set[tuple[str, str]] = frozenset()) -> list[str]:
    """Everything that keeps a posting from taking effect; empty when nothing does."""
    shape = posting_schema(posting)
    return shape or posting_rules(posting, seen) + posting_safety(posting, document)
