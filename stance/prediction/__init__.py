"""Label files of articles and statements: any number of them, by one process or several, safe against crashes.

inputs ─► shards ─► parts ─► output
 sources   shards    labelling  output

`files.py` puts it together. Items are cut into shards in the order they are read (`shards.py`), each shard is
labelled and written as a part (`labelling.py`) in this process or another, and the parts become one file or a
folder with a manifest (`output.py`). Nothing but the shards under way is held in memory.
"""

from __future__ import annotations

from stance.prediction.dry_run import DryRun, dry_run
from stance.prediction.files import extract_files, predict_files
from stance.prediction.outcome import Outcome, Reject
from stance.prediction.shards import SHARD_SIZE

__all__ = ["SHARD_SIZE", "DryRun", "Outcome", "Reject", "dry_run", "extract_files", "predict_files"]
