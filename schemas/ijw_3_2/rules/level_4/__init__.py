"""Level 4: against what lies outside the messages: the day, the gemeenten, the product codes, the contract."""

from schemas.ijw_3_2.rules.level_4 import contract, dag, gemeente, productcode

__all__ = ["contract", "dag", "gemeente", "productcode"]
