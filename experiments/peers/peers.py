"""What people would use instead: classifiers that read a statement's text alone, built as their makers show it.

Every peer learns from the train statements and gives label probabilities. Two libraries look at dev to keep their
best checkpoint, as their own recipes do; nothing else is chosen there. Settings are the libraries' defaults where
a constant does not say otherwise; no peer ever sees what it is scored on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, Protocol

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_union

from stance.encoders.sources import DEFAULT_ENCODER, find_encoder
from stance.schema import LabelledStatement
from stance.tasks import TASKS, LabelTask

Proba = dict[str, NDArray[np.float64]]  # task -> (n_statements, n_labels), as in stance.models.base.Predicted
Labelled = Sequence[LabelledStatement]

ENCODER = DEFAULT_ENCODER  # all-MiniLM-L6-v2, the one our own small transformer begins with
MAX_TOKENS = 128

BF16 = True  # trainings of encoders in bfloat16, as ours are where the processor has it: two and a half times as fast

SETFIT_PAIRS = 3  # contrastive pairs for every training statement, half of them alike; the cap on SetFit's sampling
SETFIT_BATCH = 16  # pairs, SetFit's default
SETFIT_LEARNING_RATE = 2e-5  # of the encoder, SetFit's default

SPACY_STEPS = 3000  # at most; spaCy's own patience may end a training before

TUNED_LEARNING_RATE = 1e-4  # the top of the usual range, since the encoder is small
TUNED_EPOCHS = 4
TUNED_BATCH = 16


class Peer(Protocol):
    """One kind of model for all three tasks."""

    params: Mapping[str, Any]  # what a result depends on beside seed and data
    needs: Sequence[str]  # modules that it imports when it learns

    def fit(self, train: Labelled, dev: Labelled, seed: int, work: Path) -> None:
        """Learn; `work` is an empty folder for whatever a library writes meanwhile."""
        ...

    def predict_proba(self, texts: Sequence[str]) -> Proba:
        """Label probabilities of every text."""
        ...

    def save(self, folder: Path) -> None:
        """Write all that prediction needs, as a user of the library would."""
        ...


def texts_of(statements: Labelled) -> list[str]:
    return [s.text for s in statements]


def columns(task: LabelTask, head: Any, found: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a scikit-learn head found, in the task's label order, whichever labels it has met."""
    if task.kind == "multi":
        return found
    proba = np.zeros((len(found), len(task.labels)))
    proba[:, head.classes_] = found
    return proba


class Heads(ABC):
    """Features that all tasks share, and scikit-learn classifiers on them: one a task, for conditions one a label."""

    params: Mapping[str, Any] = {}
    needs: Sequence[str] = ()

    def fit(self, train: Labelled, dev: Labelled, seed: int, work: Path) -> None:
        x = self.learn_features(texts_of(train))
        self.heads: dict[str, Any] = {}
        for name, task in TASKS.items():
            head = self.head(seed)
            self.heads[name] = (OneVsRestClassifier(head) if task.kind == "multi" else head).fit(x, task.gold(train))

    def predict_proba(self, texts: Sequence[str]) -> Proba:
        x = self.features(texts)
        found = {name: head.predict_proba(x) for name, head in self.heads.items()}
        return {name: columns(task, self.heads[name], found[name]) for name, task in TASKS.items()}

    def save(self, folder: Path) -> None:
        joblib.dump(self.heads, folder / "heads.joblib")

    @abstractmethod
    def head(self, seed: int) -> Any:
        """A classifier that has learnt nothing yet."""

    def learn_features(self, texts: Sequence[str]) -> Any:
        return self.features(texts)

    @abstractmethod
    def features(self, texts: Sequence[str]) -> Any:
        """One row a text."""


class Majority(Heads):
    """The most frequent label for everybody."""

    def head(self, seed: int) -> DummyClassifier:
        return DummyClassifier(strategy="prior")

    def features(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.zeros((len(texts), 1))


class Tfidf(Heads):
    """TF-IDF of words and characters, logistic regression with balanced classes."""

    params: Mapping[str, Any] = {"words": [1, 2], "characters": [2, 5], "class_weight": "balanced"}

    def head(self, seed: int) -> LogisticRegression:
        return LogisticRegression(class_weight="balanced", max_iter=1000, random_state=seed)

    def learn_features(self, texts: Sequence[str]) -> Any:
        self.vectors = make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        )
        return self.vectors.fit_transform(texts)

    def features(self, texts: Sequence[str]) -> Any:
        return self.vectors.transform(texts)

    def save(self, folder: Path) -> None:
        super().save(folder)
        joblib.dump(self.vectors, folder / "vectors.joblib")


class Embeddings(Heads):
    """Sentence embeddings of the encoder as it is, logistic regression with balanced classes."""

    params: Mapping[str, Any] = {"encoder": ENCODER, "class_weight": "balanced"}
    needs: Sequence[str] = ("sentence_transformers",)

    def head(self, seed: int) -> LogisticRegression:
        return LogisticRegression(class_weight="balanced", max_iter=1000, random_state=seed)

    def learn_features(self, texts: Sequence[str]) -> Any:
        self.encoder = sentence_encoder()
        return self.features(texts)

    def features(self, texts: Sequence[str]) -> Any:
        return self.encoder.encode(list(texts), show_progress_bar=False)

    def save(self, folder: Path) -> None:
        super().save(folder)
        self.encoder.save_pretrained(str(folder / "encoder"), create_model_card=False)


def sentence_encoder() -> Any:
    """The encoder with mean pooling, as sentence-transformers reads it."""
    place = find_encoder(ENCODER).place
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(place, device="cpu", local_files_only=True)


class SetFit:
    """SetFit: contrastive fine-tuning of the encoder, then logistic regression; one model a task."""

    params: Mapping[str, Any] = {
        "encoder": ENCODER,
        "bf16": BF16,
        "pairs_per_statement": SETFIT_PAIRS,
        "batch": SETFIT_BATCH,
        "learning_rate": SETFIT_LEARNING_RATE,
    }
    needs: Sequence[str] = ("setfit", "torch")

    def fit(self, train: Labelled, dev: Labelled, seed: int, work: Path) -> None:
        import setfit
        import torch
        from transformers import set_seed

        setfit.logging.set_verbosity_error()
        # SetFit draws its pairs with a seed of its own, so that it is the order of the statements which varies them
        shuffled = [train[i] for i in np.random.default_rng(seed).permutation(len(train))]
        self.models: dict[str, Any] = {}
        for name, task in TASKS.items():
            set_seed(seed)
            head = LogisticRegression(max_iter=1000, random_state=seed)
            model = setfit.SetFitModel(
                model_body=sentence_encoder(),
                model_head=OneVsRestClassifier(head) if task.kind == "multi" else head,
                multi_target_strategy="one-vs-rest" if task.kind == "multi" else None,
            )
            options = setfit.TrainingArguments(
                output_dir=str(work / name),
                max_steps=SETFIT_PAIRS * len(train) // SETFIT_BATCH,
                batch_size=SETFIT_BATCH,
                body_learning_rate=SETFIT_LEARNING_RATE,
                max_length=MAX_TOKENS,
                seed=seed,
                report_to="none",
                save_strategy="no",
                logging_strategy="no",
                show_progress_bar=False,
            )
            texts, gold = texts_of(shuffled), task.gold(shuffled).tolist()
            trainer = setfit.Trainer(model=model, args=options)
            # without the cache, which would hold the weights of the first step to the end of the block
            with redirect_stdout(StringIO()), torch.autocast("cpu", torch.bfloat16, enabled=BF16, cache_enabled=False):
                trainer.train_embeddings(texts, gold, args=options)
            trainer.train_classifier(texts, gold, args=options)
            self.models[name] = model

    def predict_proba(self, texts: Sequence[str]) -> Proba:
        proba = {}
        for name, task in TASKS.items():
            model = self.models[name]
            found = model.predict_proba(list(texts), as_numpy=True, show_progress_bar=False)
            proba[name] = columns(task, model.model_head, found)
        return proba

    def save(self, folder: Path) -> None:
        for name, model in self.models.items():
            model.save_pretrained(folder / name)


class Spacy:
    """spaCy's text categorizer, an ensemble of n-grams and a CNN, trained by `spacy train` from a blank pipeline."""

    params: Mapping[str, Any] = {"pipes": ["textcat", "textcat_multilabel"], "steps": SPACY_STEPS}
    needs: Sequence[str] = ("spacy",)

    def fit(self, train: Labelled, dev: Labelled, seed: int, work: Path) -> None:
        import spacy
        from spacy.cli.train import train as spacy_train
        from spacy.tokens import DocBin

        self.models: dict[str, Any] = {}
        for name, task in TASKS.items():
            blank = spacy.blank("en")
            blank.add_pipe("textcat_multilabel" if task.kind == "multi" else "textcat")
            folder = work / name
            folder.mkdir()
            for part, statements in (("train", train), ("dev", dev)):
                docs = []
                for statement, hot in zip(statements, one_hot(task, statements), strict=True):
                    doc = blank.make_doc(statement.text)
                    doc.cats = dict(zip(task.labels, hot.tolist(), strict=True))
                    docs.append(doc)
                DocBin(docs=docs).to_disk(folder / f"{part}.spacy")
            blank.config.to_disk(folder / "config.cfg")
            overrides = {
                "paths.train": str(folder / "train.spacy"),
                "paths.dev": str(folder / "dev.spacy"),
                "system.seed": seed,
                "training.max_steps": SPACY_STEPS,
            }
            with redirect_stdout(StringIO()):
                spacy_train(folder / "config.cfg", folder, overrides=overrides)
            self.models[name] = spacy.load(folder / "model-best")

    def predict_proba(self, texts: Sequence[str]) -> Proba:
        return {
            name: np.array(
                [[doc.cats.get(label, 0.0) for label in task.labels] for doc in self.models[name].pipe(texts)]
            )
            for name, task in TASKS.items()
        }

    def save(self, folder: Path) -> None:
        for name, model in self.models.items():
            model.to_disk(folder / name)


class FineTuned:
    """The transformers library's sequence classifier on the encoder, fine-tuned by its Trainer; one model a task."""

    params: Mapping[str, Any] = {
        "encoder": ENCODER,
        "bf16": BF16,
        "learning_rate": TUNED_LEARNING_RATE,
        "epochs": TUNED_EPOCHS,
        "batch": TUNED_BATCH,
    }
    needs: Sequence[str] = ("torch", "transformers", "datasets")

    def fit(self, train: Labelled, dev: Labelled, seed: int, work: Path) -> None:
        place = find_encoder(ENCODER).place
        from datasets import Dataset
        from transformers import (
            AutoModelForSequenceClassification,
            AutoTokenizer,
            DataCollatorWithPadding,
            Trainer,
            TrainingArguments,
            set_seed,
        )

        self.tokenizer = AutoTokenizer.from_pretrained(place, local_files_only=True)
        self.models: dict[str, Any] = {}
        for name, task in TASKS.items():
            set_seed(seed)
            model = AutoModelForSequenceClassification.from_pretrained(
                place,
                local_files_only=True,
                id2label=dict(enumerate(task.labels)),
                label2id={label: i for i, label in enumerate(task.labels)},
                problem_type=f"{task.kind}_label_classification",
            )
            parts = {}
            for part, statements in (("train", train), ("dev", dev)):
                gold = task.gold(statements)
                encoded = dict(self.tokenizer(texts_of(statements), truncation=True, max_length=MAX_TOKENS))
                encoded["labels"] = (gold.astype(float) if task.kind == "multi" else gold).tolist()
                parts[part] = Dataset.from_dict(encoded)
            options = TrainingArguments(
                output_dir=str(work / name),
                learning_rate=TUNED_LEARNING_RATE,
                num_train_epochs=TUNED_EPOCHS,
                per_device_train_batch_size=TUNED_BATCH,
                weight_decay=0.01,
                eval_strategy="epoch",
                save_strategy="epoch",
                save_total_limit=1,
                load_best_model_at_end=True,
                save_only_model=True,
                logging_strategy="no",
                report_to="none",
                disable_tqdm=True,
                use_cpu=True,
                bf16=BF16,
                seed=seed,
            )
            trainer = Trainer(
                model,
                options,
                train_dataset=parts["train"],
                eval_dataset=parts["dev"],
                data_collator=DataCollatorWithPadding(self.tokenizer),
            )
            with redirect_stdout(StringIO()):
                trainer.train()
            best = work / f"{name}-best"  # read again, since the trainer's own copy goes on computing in bfloat16
            trainer.save_model(str(best))
            self.models[name] = AutoModelForSequenceClassification.from_pretrained(best, local_files_only=True)

    def predict_proba(self, texts: Sequence[str]) -> Proba:
        from transformers import pipeline

        proba = {}
        for name, task in TASKS.items():
            classify = pipeline("text-classification", model=self.models[name], tokenizer=self.tokenizer, device=-1)
            found = classify(list(texts), top_k=None, batch_size=32, truncation=True, max_length=MAX_TOKENS)
            scores = [{cell["label"]: cell["score"] for cell in row} for row in found]
            proba[name] = np.array([[row[label] for label in task.labels] for row in scores])
        return proba

    def save(self, folder: Path) -> None:
        for name, model in self.models.items():
            model.save_pretrained(folder / name)
            self.tokenizer.save_pretrained(folder / name)


def one_hot(task: LabelTask, statements: Labelled) -> NDArray[np.float64]:
    """Gold labels, shape (n_statements, n_labels), 0.0 or 1.0."""
    gold = task.gold(statements)
    return np.asarray(np.eye(len(task.labels))[gold] if task.kind == "single" else gold, dtype=np.float64)


PEERS: dict[str, tuple[str, Callable[[], Peer]]] = {  # name: what the table calls it, how it is made
    "majority": ("majority", Majority),
    "tfidf": ("TF-IDF, logistic regression", Tfidf),
    "embeddings": ("frozen embeddings, logistic regression", Embeddings),
    "setfit": ("SetFit", SetFit),
    "spacy": ("spaCy textcat", Spacy),
    "transformers": ("transformers sequence classifier", FineTuned),
}
