"""Is the speaker's own side willing to hold, join or accept the talks?"""

from stance.tasks.base import LabelTask

OPENNESS = LabelTask(
    name="openness",
    kind="single",
    labels=("open", "conditional", "closed", "unstated"),
    silent="unstated",
    source="codebook 1.2, section 2",
)
