"""The conformance kit: scenarios for a vendor's system, played by a counterpart in memory, and judged. Pure."""
