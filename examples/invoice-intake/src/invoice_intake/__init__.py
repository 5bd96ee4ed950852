"""Reads supplier invoices and proposes the posting."""

__version__ = "1.6.0"
