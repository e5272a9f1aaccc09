"""Bytes in and out: HTTP, folders, databases. No knowledge of the domain's rules."""
