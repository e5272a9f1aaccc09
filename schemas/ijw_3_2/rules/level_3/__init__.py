"""Level 3: against what the same gemeente and aanbieder exchanged before."""

from schemas.ijw_3_2.rules.level_3 import identificatie, levering

__all__ = ["identificatie", "levering"]
