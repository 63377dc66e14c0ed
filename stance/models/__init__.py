"""The model kinds. A new kind is a file here, a line in `MODELS` and nothing else: the contract test finds it."""

from stance.registry import Registry

MODELS = Registry(
    "model kind",
    {
        "majority": "stance.models.majority:MajorityClassifier",
        "tfidf_linear": "stance.models.tfidf_linear:TfidfLinear",
        "transformer": "stance.models.transformer:TransformerClassifier",
    },
)
