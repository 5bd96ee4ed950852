"""Traces, counters and structured logs."""

import json
import logging

from opentelemetry import metrics, trace

tracer = trace.get_tracer("invoice_intake")
meter = metrics.get_meter("invoice_intake")

documents = meter.create_counter("intake_documents_total", description="documents by outcome")
seconds = meter.create_histogram("intake_document_seconds", unit="s", description="arrival to proposal")
fields_checked = meter.create_counter("intake_fields_checked_total", description="fields a clerk looked at")
fields_corrected = meter.create_counter("intake_fields_corrected_total", description="fields a clerk corrected")
cost = meter.create_counter("intake_cost_usd_total", unit="USD", description="model and compute cost")


class JsonFormatter(logging.Formatter):
    """One JSON object a line, with the trace id when there is one."""

    def format(self, record: logging.LogRecord) -> str:
        context = trace.get_current_span().get_span_context()
        line = {"level": record.levelname, "message": record.getMessage(), "logger": record.name}
        if context.is_valid:
            line["trace_id"] = format(context.trace_id, "032x")
        return json.dumps(line)


def configure_logging() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
