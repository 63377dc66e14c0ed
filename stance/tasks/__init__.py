"""The label tasks. A new task is a file here, a line in `TASKS` and a test."""

from collections.abc import Mapping

from stance.tasks.base import LabelTask
from stance.tasks.conditions import CONDITIONS
from stance.tasks.openness import OPENNESS
from stance.tasks.stance import STANCE

CODEBOOK_VERSION = "1.2"
Tasks = Mapping[str, LabelTask]  # by name
TASKS: dict[str, LabelTask] = {task.name: task for task in (OPENNESS, CONDITIONS, STANCE)}


def kind_of(name: str) -> str:
    """The kind of a task by name; a user's own has one label a statement."""
    return TASKS[name].kind if name in TASKS else "single"


__all__ = ["CODEBOOK_VERSION", "CONDITIONS", "OPENNESS", "STANCE", "TASKS", "LabelTask", "Tasks", "kind_of"]
