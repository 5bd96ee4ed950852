"""Sets queue and priority of support tickets and drafts a reply."""

__version__ = "2.3.1"
