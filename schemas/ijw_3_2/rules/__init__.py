"""The rules of the standard as code: registry (how one is written), level_2, level_3, checking (runs them)."""
