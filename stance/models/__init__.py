"""The model kinds. A new kind is a file here, a line in `MODELS` and nothing else: the contract test finds it."""

from stance.registry import Registry

_LABEL = {
    "majority": "stance.models.majority:MajorityClassifier",
    "tfidf_linear": "stance.models.tfidf_linear:TfidfLinear",
    "transformer": "stance.models.transformer:TransformerClassifier",
}
_EXTRACT = {"tagger": "stance.extraction.tagger:Tagger"}

MODELS = Registry("model kind", _LABEL)  # those that label statements
TAGGERS = Registry("model kind", _EXTRACT)  # those that find statements in articles
TRAINABLE = Registry("model kind", {**_LABEL, **_EXTRACT})

EXTRAS = {"transformer": "transformer", "tagger": "transformer"}  # what a kind needs beyond the base installation
