"""A region that does not exist: youths, providers with habits, and every message they would send. Pure, from a seed."""
