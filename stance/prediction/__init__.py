"""Label files of articles and statements: any number of them, by one process or several, safe against crashes.

inputs ─► shards ─► parts ─► output
 sources   shards    labelling  output

`files.py` puts it together. Items are cut into shards in the order they are read (`shards.py`), each shard is
labelled and written as a part (`labelling.py`) in this process or another, and the parts become one file or a
folder with a manifest (`output.py`). Nothing but the shards under way is held in memory.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stance.prediction.outcome import Outcome, Reject
from stance.prediction.shards import SHARD_SIZE

if TYPE_CHECKING:
    from stance.prediction.files import extract_files, predict_files
    from stance.prediction.trial import DryRun, dry_run

_LATE = {  # what loads models; a process that works on shards of its own kind need not
    "DryRun": "stance.prediction.trial",
    "dry_run": "stance.prediction.trial",
    "extract_files": "stance.prediction.files",
    "predict_files": "stance.prediction.files",
}

__all__ = ["SHARD_SIZE", "DryRun", "Outcome", "Reject", "dry_run", "extract_files", "predict_files"]


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'stance.prediction' has no attribute {name!r}")
    return getattr(import_module(_LATE[name]), name)
