"""Does the speaker hold that talks should take place and can do good?"""

from stance.tasks.base import LabelTask

STANCE = LabelTask(
    name="stance",
    kind="single",
    labels=("favor", "against", "neutral"),
    silent="neutral",
    source="codebook 1.2, section 4",
)
