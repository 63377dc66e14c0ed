"""CSV cells that a spreadsheet would run as a formula: how ours are written, and read back.

A leading apostrophe makes a spreadsheet show a cell as text. Text that begins with apostrophes and
then such a sign gets one more, so that `restored(defused(cell)) == cell` for every cell.
Source: OWASP, "CSV Injection".
"""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_DEFUSED = re.compile(r"'+[=+\-@\t\r]")


def defused(cell: str) -> str:
    """`cell` with a leading apostrophe where a spreadsheet would run it."""
    return "'" + cell if _FORMULA.match(cell) else cell


def restored(cell: str) -> str:
    """`cell` as it was before `defused`."""
    return cell[1:] if _DEFUSED.match(cell) else cell
