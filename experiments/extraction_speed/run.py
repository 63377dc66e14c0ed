"""How long the rules extractor takes on news and on hostile text, as the text grows.

    python experiments/extraction_speed/run.py

Processor seconds of one thread, best of `--repeats`, so that a busy machine does not show. Writes result.md.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from stance.extraction import EXTRACTORS
from stance.schema import Article

HERE = Path(__file__).resolve().parent
ARTICLES = HERE.parents[1] / "seeds" / "written" / "articles"
BASE = 100_000  # characters of the 1x column
GROWTH = (1, 2, 4, 8)
HUGE = 20_000_000  # characters
LINEAR = 1.25  # exponent of time over length above which an input counts as worse than linear


def news(size: int) -> str:
    texts = [path.read_text(encoding="utf-8") for path in sorted(ARTICLES.glob("d1-*.txt"))]
    return _repeat("\n\n".join(texts) + "\n\n", size)


def noise(size: int) -> str:
    draw = random.Random(13)
    points = [*range(0x20, 0x250), *range(0x590, 0x6FF), 0, 0x0A, 0x201C, 0x201D, 0x2028, 0x202E, 0xFFFD, 0x1F600]
    return "".join(chr(draw.choice(points)) for _ in range(size))


def pdf(size: int) -> str:
    draw = random.Random(13)
    page = b"%PDF-1.7\n1 0 obj << /Length 4096 >>\nstream\n" + draw.randbytes(4096) + b"\nendstream endobj\n"
    return _repeat(page.decode("latin-1"), size)


def _repeat(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


def _repeated(piece: str) -> Callable[[int], str]:
    return lambda size: _repeat(piece, size)


def nested(size: int) -> str:
    """HTML read as plain text: as many nested tags as fit (20,000 within 2.4x), then a sentence."""
    depth = size // 12
    return "<div>" * depth + "The minister said: “We will come.”" + "</div>" * depth


INPUTS: dict[str, Callable[[int], str]] = {
    "news": news,
    "news in one line": lambda size: news(size).replace("\n", " "),
    "one line without a full stop": _repeated("the minister said that talks go on and on "),
    "one line, one word": _repeated("x"),
    "one line of capitals": _repeated("President Ana Bell Of Karsavia And "),
    "unclosed quotations": _repeated("“We will talk, he said. "),
    "opening marks only": _repeated("“"),
    "apostrophes": _repeated("'a "),
    "straight marks": _repeated('"a" '),
    "nested HTML tags": nested,
    "PDF bytes": pdf,
    "right-to-left marks": _repeated("\u202e\u200fThe minister\u202c said\u200e no. "),
    "NULs": _repeated("\0The\0minister said\0no. \0"),
    "noise": noise,
    "clauses of many speakers": _repeated("Dorn said A; Teel said B, while Kesh said C; "),
    "new names without end": lambda size: "".join(
        f"Minister Ana{i} Bell{i} of Land{i} said no.\n" for i in range(size // 45)
    ),
    "list items": _repeated("- the release of all prisoners\n"),
    "list under a lead-in": lambda size: "Officials argue that:\n" + _repeat("- the release of all prisoners\n", size),
    "labels": _repeated("NAME: We will come.\n"),
    "colons": _repeated("NAME: "),
    "dashes": _repeated("We will come – Dorn – "),
    "dates": _repeated("On 3 May 2031, in June 2032, "),
    "brackets": _repeated("( [ "),
    "empty lines": _repeated("\n"),
    "digits": _repeated("1. "),
}


def seconds(text: str, repeats: int) -> tuple[float, int]:
    """Processor seconds for one article (the best of `repeats`), and how many statements it holds."""
    extractor = EXTRACTORS["rules"]()
    best, found = math.inf, 0
    for _ in range(repeats):
        start = time.process_time()
        statements = extractor.extract(Article(text=text, article_id="a", date="2031-04-02"))
        best, found = min(best, time.process_time() - start), len(statements)
        if any(text[s.start : s.end] != s.text for s in statements):
            raise AssertionError("offsets do not hold")
    return best, found


def articles_a_second(repeats: int) -> tuple[float, int, float]:
    """Articles a second of one core, their number, and their mean length in characters."""
    extractor = EXTRACTORS["rules"]()
    articles = [Article(path.read_text(encoding="utf-8"), path.stem) for path in sorted(ARTICLES.glob("*.txt"))]
    best = math.inf
    for _ in range(repeats):
        start = time.process_time()
        for article in articles:
            extractor.extract(article)
        best = min(best, time.process_time() - start)
    return len(articles) / best, len(articles), sum(len(a.text) for a in articles) / len(articles)


def main(
    repeats: Annotated[int, typer.Option(help="Runs of each measurement; the fastest counts.")] = 2,
    base: Annotated[int, typer.Option(help="Characters of the 1x column.")] = BASE,
    only: Annotated[str, typer.Option(help="Inputs with this in their name; result.md stays as it is.")] = "",
) -> None:
    lines = [
        f"| input | {' | '.join(f'{n}x' for n in GROWTH)} | statements at 8x | exponent |",
        "| --- |" + " ---: |" * 6,
    ]
    slow = []
    for name, make in INPUTS.items():
        if only not in name:
            continue
        timed = [seconds(make(base * n), repeats) for n in GROWTH]
        times = [one for one, _ in timed]
        exponent = math.log(max(times[-1], 1e-3) / max(times[0], 1e-3), GROWTH[-1])
        slow += [name] if exponent > LINEAR else []
        cells = " | ".join(f"{one:.2f}" for one in times)
        lines.append(f"| {name} | {cells} | {timed[-1][1]} | {exponent:.2f} |")
        print(lines[-1], flush=True)
    if only:
        return
    speed, count, length = articles_a_second(repeats)
    huge, found = seconds(news(HUGE), 1)
    report = [
        "# Speed of the rules extractor",
        "",
        f"Processor seconds on one core; 1x is {base:,} characters. The exponent compares 8x with 1x: 1 is linear.",
        "",
        *lines,
        "",
        f"- {count} written articles (mean {length:,.0f} characters): {speed:.0f} articles a second on one core.",
        f"- {HUGE / 1e6:.0f} million characters of news as one article: {huge:.0f} s, {found} statements.",
        f"- Worse than linear (exponent above {LINEAR}): {', '.join(slow) or 'none'}.",
    ]
    (HERE / "result.md").write_text("\n".join(report) + "\n", encoding="utf-8")
    print("\n".join(report[-3:]))


if __name__ == "__main__":
    typer.run(main)
