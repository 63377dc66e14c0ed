"""The main job, end to end: train both models, score them on the five real articles, and label those."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

import stance
from stance.prediction import predict_files
from stance.report.scores import scores_table
from stance.report.table import print_positions
from stance.schema import LabelledStatement

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ("baseline", "transformer")
ARTICLES = ROOT / "seeds" / "news"
OUTPUT = ROOT / "predictions.jsonl"


def main() -> None:
    console = Console(width=None if sys.stdout.isatty() else 140)
    runs = {}
    for name in CONFIGS:
        console.print(f"\nTraining {name} (configs/{name}.yaml)", markup=False, style="bold")
        runs[name] = stance.train(
            ROOT / "configs" / f"{name}.yaml", on_message=lambda text: console.print(text, markup=False)
        )
        console.print(f"learned in {runs[name].seconds:.0f} s", markup=False)
        if runs[name].tracking_error:
            console.print(f"not tracked: {runs[name].tracking_error}", markup=False)
    best = max(runs.values(), key=lambda run: run.scores["dev"].mean_macro_f1)

    console.print(f"\nLabelling the five articles with {best.name}", markup=False, style="bold")
    rows: list[LabelledStatement] = []
    outcome = predict_files([ARTICLES], stance.load_model(best.folder), OUTPUT, on_row=rows.append)
    print_positions(rows, console)

    tested = best.scores["test"]
    title = f"Five real articles: {tested.statements:,} statements as annotated, 95 % intervals over articles"
    console.print(
        scores_table(title, {run.name: run.scores["test"] for run in runs.values()} | {"majority": best.floor["test"]})
    )
    console.print(
        f"\n{outcome.statements:,} statements from {outcome.articles:,} articles in {OUTPUT.name}\n"
        "Where to look next:\n"
        f"  {best.folder}/README.md         the model's card with its scores\n"
        f"  {best.folder}/evaluation/       its predictions and confusion matrices\n"
        "  .venv/bin/mlflow ui --backend-store-uri sqlite:///mlflow.db    every training, side by side\n"
        f"  .venv/bin/stance predict YOUR_ARTICLES --model {best.folder} --output positions.csv --table",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()
