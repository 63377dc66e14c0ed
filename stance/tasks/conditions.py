"""What does the speaker's side require for talks, their form or their outcome?"""

from stance.tasks.base import LabelTask

CONDITIONS = LabelTask(
    name="conditions",
    kind="multi",
    labels=(
        "venue",
        "format",
        "agenda",
        "timing",
        "prior_agreement",
        "ceasefire",
        "territory",
        "security",
        "legitimacy",
        "good_faith",
        "justice_humanitarian",
        "economic",
        "other",
    ),
    silent=None,
    source="codebook 1.2, section 3",
)
