"""Does a statement come back from the real Label Studio as it went in?

    pip install label-studio        # in an environment of its own
    python experiments/label_studio/run.py PATH/TO/bin/label-studio \\
        --capture tests/annotation/label_studio_export.json

Starts the server on a free loopback port with a throw-away data folder, makes a project with our labelling
interface, imports our tasks with pre-annotations, annotates them through the HTTP API as a browser would,
exports, reads back and compares. Writes result.md beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests

from stance.annotation.labelstudio import export_task, labelling_config, read_export, results
from stance.corpus import load_corpus
from stance.schema import STATEMENT_FIELDS, ConditionSpan, LabelledStatement, Statement

HERE = Path(__file__).parent
SEEDS = HERE.parents[1] / "seeds"
USER, PASSWORD = "reader@example.org", "only-for-this-run"
START_SECONDS = 240  # the first start migrates an empty database
EMOJI = "🕊️ “We will come,” she wrote 🙂, “but only after the 🔥 stops — and in Halm.”\nNothing more."


def emoji_statement() -> LabelledStatement:
    """Astral characters before and within a span, a line break, and a span that carries two labels."""
    words = "only after the 🔥 stops", "in Halm"
    (a, b), (c, d) = ((EMOJI.index(w), EMOJI.index(w) + len(w)) for w in words)
    return LabelledStatement(
        EMOJI,
        statement_id="made-up:000",
        article_id="made-up",
        start=0,
        end=len(EMOJI),
        speaker="she",
        target="talks",
        quotation="direct",
        openness="conditional",
        stance="favor",
        conditions=(
            ConditionSpan(a, b, "ceasefire", EMOJI[a:b]),
            ConditionSpan(a, b, "timing", EMOJI[a:b]),
            ConditionSpan(c, d, "venue", EMOJI[c:d]),
        ),
    )


def gold_statements() -> list[LabelledStatement]:
    """A few of each corpus, among them ones with several conditions and without any."""
    written = load_corpus(SEEDS / "written").statements
    many = max(written, key=lambda s: len(s.conditions))
    return [emoji_statement(), *load_corpus(SEEDS / "news").statements[:4], *written[:4], many]


def bare(statement: LabelledStatement) -> Statement:
    return Statement(**{name: getattr(statement, name) for name in STATEMENT_FIELDS})


@contextmanager
def server(executable: str, log: Path):
    """The base address of a running Label Studio that reports to nobody."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    nowhere = "http://127.0.0.1:9"  # whatever would leave the machine is refused
    with tempfile.TemporaryDirectory() as folder:
        quiet = {
            "LABEL_STUDIO_BASE_DATA_DIR": folder,
            "COLLECT_ANALYTICS": "false",
            "LATEST_VERSION_CHECK": "false",
            "SENTRY_DSN": "",
            "FRONTEND_SENTRY_DSN": "",
            "HTTP_PROXY": nowhere,
            "HTTPS_PROXY": nowhere,
            "NO_PROXY": "127.0.0.1,localhost",
            "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        }
        command = [executable, "start", "--no-browser", "--data-dir", folder, "--port", str(port)]
        command += ["--internal-host", "127.0.0.1", "--username", USER, "--password", PASSWORD]
        with log.open("wb") as sink:
            process = subprocess.Popen(command, env=os.environ | quiet, stdout=sink, stderr=sink)
        try:
            started = time.monotonic()
            while True:
                if process.poll() is not None or time.monotonic() - started > START_SECONDS:
                    raise SystemExit(f"Label Studio did not start; its output:\n{log.read_text()[-3000:]}")
                try:
                    if requests.get(f"{address}/health", timeout=5).ok:
                        break
                except requests.ConnectionError:
                    time.sleep(1)
            yield address
        finally:
            process.terminate()
            process.wait(30)


class Session:
    """A logged-in user, as in a browser."""

    def __init__(self, address: str) -> None:
        self.address, self.http = address, requests.Session()
        self.http.get(f"{address}/user/login/", timeout=60)
        form = {"email": USER, "password": PASSWORD, "csrfmiddlewaretoken": self.http.cookies["csrftoken"]}
        self.http.post(f"{address}/user/login/", data=form, timeout=60).raise_for_status()

    def ask(self, method: str, path: str, data: Any = None) -> Any:
        headers = {"X-CSRFToken": self.http.cookies["csrftoken"], "Referer": self.address}
        answer = self.http.request(method, f"{self.address}{path}", json=data, headers=headers, timeout=120)
        if not answer.ok:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text[:2000]}")
        return answer.json() if answer.content else None


def round_trip(session: Session, gold: list[LabelledStatement]) -> tuple[list[Any], dict[str, Any]]:
    """Import, annotate, export; returns the export and what was seen on the way."""
    session.ask("POST", "/api/projects/validate/", {"label_config": labelling_config()})
    project = session.ask("POST", "/api/projects/", {"title": "talks", "label_config": labelling_config()})["id"]
    # the first task travels without, the others with a pre-annotation
    tasks = [export_task(bare(gold[0])), *(export_task(replace(s, model="gold")) for s in gold[1:])]
    answer = session.ask("POST", f"/api/projects/{project}/import", tasks)
    listed = session.ask("GET", f"/api/tasks?project={project}&page_size=100&fields=all")["tasks"]
    by_statement = {task["data"]["statement_id"]: task for task in listed}
    for statement in gold:
        task = by_statement[statement.statement_id]
        items = results(statement)
        if task["predictions"]:
            items = task["predictions"][0]["result"]  # accepted as it is
        doubt = {"from_name": "doubt", "to_name": "text", "type": "textarea", "value": {"text": ["read twice"]}}
        session.ask("POST", f"/api/tasks/{task['id']}/annotations/", {"result": [*items, doubt], "lead_time": 9.5})
    cancelled = {"result": [], "was_cancelled": True}
    session.ask("POST", f"/api/tasks/{listed[0]['id']}/annotations/", cancelled)
    exported = session.ask("GET", f"/api/projects/{project}/export?exportType=JSON")
    [user] = session.ask("GET", "/api/users/")
    version = session.ask("GET", "/api/version")["release"]
    return exported, {"version": version, "user": str(user["id"]), "predictions": answer["prediction_count"]}


def compare(export: Path, user: str, gold: list[LabelledStatement]) -> dict[str, Any]:
    """Read the export back; every field and label must be what went in."""
    imported = read_export(export, {user: "first"})
    by_id = {row["statement_id"]: row for row in imported.rows["first"]}
    differences = []
    for statement in gold:
        row = by_id[statement.statement_id]
        expected = {name: getattr(statement, name) for name in (*STATEMENT_FIELDS, "openness", "stance")}
        spans = [{"label": c.label, "start": c.start, "end": c.end, "text": c.text} for c in statement.conditions]
        expected |= {"conditions": spans, "doubt": "read twice"}
        differences += [
            f"{statement.statement_id} {name}: {row[name]!r}, not {value!r}"
            for name, value in expected.items()
            if row[name] != value
        ]
        slices = [row["text"][c["start"] : c["end"]] == c["text"] for c in row["conditions"]]
        differences += [f"{statement.statement_id}: a span does not read its words"] * (not all(slices))
    return {
        "statements": len(by_id),
        "spans": sum(len(row["conditions"]) for row in by_id.values()),
        "fields": len(STATEMENT_FIELDS) + 4,
        "annotators": sorted(imported.rows),
        "skipped": imported.skipped,
        "failures": [str(failure) for failure in imported.failures],
        "differences": differences,
    }


def front_end_offsets(executable: str) -> str:
    """What the front end's own code makes of a selection after an emoji, as a sentence."""
    [bundle] = Path(executable).parent.parent.glob("lib/python*/site-packages/web/dist/apps/labelstudio")
    command = ["node", str(HERE / "front_end_offsets.cjs"), str(bundle)]
    try:
        found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return "not run: it needs node with jsdom"
    fits = all(case["text"][case["start"] : case["end"]] == case["words"] == case["reads"] for case in found)
    cases = "; ".join(f"`{c['text']!r}`, selected `{c['words']}`: [{c['start']}, {c['end']})" for c in found)
    return f"{cases}. As Python indices they {'read' if fits else 'do NOT read'} the selected words."


def report(seen: dict[str, Any], found: dict[str, Any], offsets: str) -> str:
    problems = [*found["failures"], *found["differences"]]
    return f"""# Round trip through the real Label Studio

Question: does a statement come back from Label Studio as it went in, emoji included, and in which units
does Label Studio count offsets?

Label Studio {seen["version"]} from PyPI, started on loopback with a throw-away data folder, analytics, version
check and error reports off, proxies pointing nowhere. Project with our labelling interface; tasks and
pre-annotations imported, annotated, one cancelled, exported, all over its HTTP API.

| | |
| --- | --- |
| statements in and out | {found["statements"]} ({seen["predictions"]} of them with a pre-annotation) |
| fields compared in each | {found["fields"]}: the statement's, labels, spans, doubt |
| condition spans | {found["spans"]}, among them two labels on one span, emoji before and within |
| cancelled annotations passed over | {found["skipped"]} |
| differences | {len(problems)} |

{"".join(f"- {problem}{chr(10)}" for problem in problems)}
**Offsets.** The server stores what the browser sends and checks nothing, so the front end decides. Its own code,
cut out of the installed bundle and run under jsdom (`front_end_offsets.cjs`): {offsets}
So this version counts code points, as Python does. Old versions counted UTF-16 units (an emoji takes two):
the import tries code points first, then UTF-16 units, and takes what reads the words that Label Studio wrote
beside the offsets; where neither does, the annotation is refused by name.

**Annotators.** The JSON export names them by number (here `{seen["user"]}`), not by e-mail:
`stance annotate import export.json --annotator {seen["user"]}=first --output annotations`.

**Spaces.** The class `.htx-text` of Label Studio's manual styles nothing in this version; the interface sets
`white-space: pre-wrap` on `.htx-richtext`; without it, says the manual, spaces are trimmed when saved (not tried).

Not covered: no person clicked in a browser; choices and spans were sent as the interface sends them.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("executable", help="the label-studio command of its own environment")
    parser.add_argument("--capture", type=Path, help="keep a part of the export here, for the tests")
    arguments = parser.parse_args()
    gold = gold_statements()
    with tempfile.TemporaryDirectory() as folder:
        with server(arguments.executable, Path(folder, "server.log")) as address:
            exported, seen = round_trip(Session(address), gold)
        export = Path(folder, "export.json")
        export.write_text(json.dumps(exported, ensure_ascii=False), encoding="utf-8")
        found = compare(export, seen["user"], gold)
    if arguments.capture is not None:
        few = [task for task in exported if task["data"]["statement_id"] in {s.statement_id for s in gold[:3]}]
        arguments.capture.write_text(json.dumps(few, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    text = report(seen, found, front_end_offsets(arguments.executable))
    (HERE / "result.md").write_text(text, encoding="utf-8")
    print(text)
    raise SystemExit(bool(found["differences"] or found["failures"]))


if __name__ == "__main__":
    main()
