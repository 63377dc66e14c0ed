"""Behavioural cases: what the loader refuses, what the shipped ones hold, how a model is judged by them."""

from __future__ import annotations

import json
import sys
from collections import Counter

import pytest

from stance.behaviour import load_cases, run_cases
from stance.cli import main
from stance.corpus import load_corpus
from stance.errors import ConfigError, InputError
from stance.report.behaviour import behaviour_markdown, behaviour_table
from stance.schema import ConditionSpan, LabelledStatement
from stance.tasks import CONDITIONS, TASKS
from stance.tasks.rules import violations
from stance.training import train

SAID = "We will come once the guns stop, said Orla Venn."
MINIMUM = {
    "case_id": "small-001",
    "capability": "small",
    "kind": "minimum",
    "statement": {"text": SAID, "speaker": "Orla Venn", "side": "Velmora", "target": "river talks"},
    "expect": {
        "openness": "conditional",
        "conditions": [{"label": "ceasefire", "text": "once the guns stop"}],
        "stance": "favor",
    },
}
INVARIANCE = {
    **MINIMUM,
    "case_id": "steady-001",
    "capability": "steady",
    "kind": "invariance",
    "variants": [
        {"text": "We will come once the guns stop, said Tam Ruiz.", "speaker": "Tam Ruiz"},
        {"text": "We will come once the guns stop, said Iri Koss.", "speaker": "Iri Koss"},
    ],
}
DIRECTION = {
    "case_id": "moving-001",
    "capability": "moving",
    "kind": "direction",
    "statement": {"text": "We will come, said Orla Venn.", "speaker": "Orla Venn"},
    "variant": {"text": "We will come if they apologise, said Orla Venn.", "speaker": "Orla Venn"},
    "moves": [
        {"task": "openness", "label": "conditional", "by": "up"},
        {"task": "openness", "label": "open", "by": "down"},
        {"task": "conditions", "label": "good_faith", "by": "up"},
    ],
}


@pytest.fixture
def write_cases(tmp_path):
    """A function that writes rows into a folder, one file a capability; a string is written as it is."""

    def write(*rows, folder="cases"):
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        for row in rows:
            name = "small" if isinstance(row, str) else row["capability"]
            with (place / f"{name}.jsonl").open("a", encoding="utf-8") as file:
                file.write((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n")
        return place

    return write


class Answers:
    """A model that gives every text the labels it was told, with certainty, or else one answer for all."""

    def __init__(self, told, other=("unstated", (), "neutral")):
        self.told, self.other = told, other

    def label(self, statements):
        rows = []
        for s in statements:
            openness, labels, stance = self.told.get(s.text, self.other)
            spans = tuple(ConditionSpan(0, 1, label, s.text[:1]) for label in labels)
            rows.append(LabelledStatement(s.text, openness=openness, conditions=spans, stance=stance))
        return rows


def right_answers(cases):
    """What a model that does everything right would say."""
    told = {}
    for case in cases:
        if case.expect is not None:
            labels = (case.expect.openness, case.expect.condition_labels, case.expect.stance)
            told |= {s.text: labels for s in case.statements}
        else:  # certain of each label that must fall, then of each that must rise
            for statement, by in zip(case.statements, ("down", "up"), strict=True):
                of_task = {m.task: m.label for m in case.moves if m.by == by}
                conditions = tuple(m.label for m in case.moves if m.by == by and m.task == "conditions")
                told[statement.text] = (of_task.get("openness", ""), conditions, of_task.get("stance", ""))
    return told


def changed(row, path, value):
    """A copy of a row with one value replaced, or taken out where it is None."""
    row = json.loads(json.dumps(row))
    *above, last = path.split(".")
    place = row
    for name in above:
        place = place[int(name) if name.isdigit() else name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return row


FAULTS = [
    ("no JSON", "{", ":1", "JSON"),
    ("a list", "[1]", ":1", ""),
    ("deep nesting", "[" * 100_000, ":1", ""),
    ("no kind", changed(MINIMUM, "kind", None), ":1: kind", "invariance"),
    ("an unknown kind", changed(MINIMUM, "kind", "maximum"), ":1: kind", "minimum"),
    ("no id", changed(MINIMUM, "case_id", ""), ":1: case_id", ""),
    ("the capability of another file", json.dumps({**MINIMUM, "capability": "big"}), ":1: capability", "small"),
    ("a misspelt field", changed(MINIMUM, "statement.txt", "x"), ":1: statement.txt", ""),
    ("no text", changed(MINIMUM, "statement.text", ""), ":1: statement.text", ""),
    ("a number for a speaker", changed(MINIMUM, "statement.speaker", 4), ":1: statement.speaker", "string"),
    ("nothing expected", changed(MINIMUM, "expect", None), ":1: expect", ""),
    ("an unknown openness", changed(MINIMUM, "expect.openness", "ajar"), ":1: expect.openness", "unstated"),
    ("an unknown stance", changed(MINIMUM, "expect.stance", "for"), ":1: expect.stance", "favor"),
    ("an unknown condition", changed(MINIMUM, "expect.conditions.0.label", "peace"), ":1: expect.conditions", "venue"),
    ("words the text has not", changed(MINIMUM, "expect.conditions.0.text", "if"), ":1: expect.conditions", "'if'"),
    ("conditional without a condition", changed(MINIMUM, "expect.conditions", []), ":1: expect.conditions", "one"),
    ("labels where nobody speaks", changed(MINIMUM, "statement.speaker", ""), ":1: expect.openness", "unstated"),
    ("no variants", changed(INVARIANCE, "variants", []), ":1: variants", ""),
    ("a variant without text", changed(INVARIANCE, "variants.1.text", ""), ":1: variants.1.text", ""),
    ("no moves", changed(DIRECTION, "moves", []), ":1: moves", ""),
    ("a move of an unknown task", changed(DIRECTION, "moves.0.task", "mood"), ":1: moves.0.task", "stance"),
    ("a move of an unknown label", changed(DIRECTION, "moves.2.label", "peace"), ":1: moves.2.label", "venue"),
    ("a move sideways", changed(DIRECTION, "moves.0.by", "left"), ":1: moves.0.by", "up"),
    ("labels for a move", {**DIRECTION, "expect": MINIMUM["expect"]}, ":1: expect", ""),
]


@pytest.mark.parametrize(("row", "place", "hint"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_fault_is_named_with_its_place(write_cases, row, place, hint):
    with pytest.raises(InputError) as caught:
        load_cases(write_cases(row))
    assert f".jsonl{place}" in str(caught.value)
    assert hint in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_an_id_is_used_once_and_a_capability_is_of_one_kind(write_cases):
    other = {**MINIMUM, "capability": "other"}
    with pytest.raises(InputError, match=r"small\.jsonl:1: case_id: 'small-001' was used in .*other\.jsonl:1"):
        load_cases(write_cases(MINIMUM, other))
    mixed = {**INVARIANCE, "capability": "small"}
    with pytest.raises(InputError, match=r"small\.jsonl:2: kind: 'invariance'.*'minimum'"):
        load_cases(write_cases(MINIMUM, mixed, folder="mixed"))


def test_missing_empty_and_binary_folders_are_refused(tmp_path, write_cases):
    for folder in (tmp_path / "none", write_cases()):
        with pytest.raises(InputError, match=rf"{folder.name}: holds no behavioural cases"):
            load_cases(folder)
    (tmp_path / "cases" / "small.jsonl").write_bytes(b"\n\xff\xfe")
    with pytest.raises(InputError, match=r"small\.jsonl:2: is not UTF-8"):
        load_cases(tmp_path / "cases")


# -- The shipped cases -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped(root):
    return load_cases(root / "tests" / "behaviour").cases


def test_the_shipped_cases_obey_the_codebook(shipped):
    assert len(shipped) >= 400
    assert len({case.case_id for case in shipped}) == len(shipped)
    for case in shipped:
        assert case.case_id.startswith(f"{case.capability}-")
        if case.expect is None:
            assert case.kind == "direction"
            continue
        gold = case.expect
        labels = {"openness": gold.openness, "conditions": gold.condition_labels, "stance": gold.stance}
        assert violations(**labels, speaker=gold.speaker) == [], case.case_id
        assert len(set(gold.condition_labels)) == len(gold.conditions), case.case_id
        for span in gold.conditions:
            assert gold.text[span.start : span.end] == span.text, case.case_id
            assert gold.text.count(span.text) == 1, case.case_id


def test_the_shipped_cases_cover_every_label(shipped):
    minimum = [case.expect for case in shipped if case.kind == "minimum"]
    assert {gold.openness for gold in minimum} == set(TASKS["openness"].labels)
    assert {gold.stance for gold in minimum} == set(TASKS["stance"].labels)
    for capability in ("condition_marked", "condition_unmarked"):
        held = Counter(c for case in shipped if case.capability == capability for c in case.expect.condition_labels)
        assert set(held) == set(CONDITIONS.labels)
        assert min(held.values()) >= 2


def test_no_shipped_text_stands_twice_or_in_the_written_corpus(shipped, root):
    texts = Counter(statement.text for case in shipped for statement in case.statements)
    assert [text for text, times in texts.items() if times > 1] == []
    written = load_corpus(root / "seeds" / "written").statements
    assert {plain(text) for text in texts} & {plain(statement.text) for statement in written} == set()


def plain(text):
    """Letters and digits alone, in lower case."""
    return "".join(c for c in text.casefold() if c.isalnum())


# -- Judging a model -------------------------------------------------------------------------------


def test_a_model_that_is_right_passes_everything(shipped, root):
    done = run_cases(Answers(right_answers(shipped)), load_cases(root / "tests" / "behaviour"))
    assert done.failed == ()
    assert {name: (of.passed.rate, of.passed.support) for name, of in done.capabilities.items()} == {
        name: (1.0, support) for name, support in Counter(case.capability for case in shipped).items()
    }
    assert set(done.metrics()) == {f"behaviour.{case.capability}" for case in shipped}
    assert {kind: rate.support for kind, rate in done.kinds.items()} == Counter(case.kind for case in shipped)


def test_a_model_with_one_answer_is_steady_but_not_right(write_cases):
    done = run_cases(Answers({}), load_cases(write_cases(MINIMUM, INVARIANCE, DIRECTION)))
    rates = {name: of.passed.rate for name, of in done.capabilities.items()}
    assert rates == {"small": 0, "steady": 1, "moving": 0}
    assert done.capabilities["steady"].right.rate == 0
    assert done.capabilities["moving"].right is None
    assert [outcome.case.case_id for outcome in done.failed] == ["moving-001", "small-001"]


@pytest.mark.parametrize(
    ("answer", "tasks"),
    [
        (("open", ("ceasefire",), "favor"), {"openness": 0, "conditions": 1, "stance": 1}),
        (("conditional", ("venue",), "favor"), {"openness": 1, "conditions": 0, "stance": 1}),
        (("conditional", ("ceasefire", "venue"), "favor"), {"openness": 1, "conditions": 0, "stance": 1}),
        (("conditional", ("ceasefire",), "neutral"), {"openness": 1, "conditions": 1, "stance": 0}),
    ],
)
def test_a_minimum_case_needs_every_task(write_cases, answer, tasks):
    (of_one,) = run_cases(Answers({SAID: answer}), load_cases(write_cases(MINIMUM))).capabilities.values()
    assert of_one.passed.rate == 0
    assert {task: rate.rate for task, rate in of_one.tasks.items()} == tasks


def test_one_changed_variant_fails_an_invariance_case(write_cases):
    swayed = {INVARIANCE["variants"][1]["text"]: ("open", (), "neutral")}
    (outcome,) = run_cases(Answers(swayed), load_cases(write_cases(INVARIANCE))).outcomes
    assert outcome.tasks == {"openness": False, "conditions": True, "stance": True}
    assert outcome.to_dict()["got"][2]["openness"] == "open"


def test_a_direction_case_goes_by_probability(write_cases):
    class Leaning:
        def __init__(self, by):
            self.by = by

        def label(self, statements):
            first = {"openness": {"open": 0.6, "conditional": 0.2}, "conditions": {"good_faith": 0.1}}
            then = {
                "openness": {"open": 0.6 - self.by, "conditional": 0.2 + self.by},
                "conditions": {"good_faith": 0.11},
            }
            return [
                LabelledStatement(s.text, openness="open", stance="favor", proba=p)
                for s, p in zip(statements, (first, then), strict=True)
            ]

    cases = load_cases(write_cases(DIRECTION))
    assert [run_cases(Leaning(by), cases).kinds["direction"].rate for by in (0.01, 0.0, -0.01)] == [1, 0, 0]
    assert run_cases(Leaning(0.0), cases).outcomes[0].tasks == {"openness": False, "conditions": True}


def test_a_model_of_one_task_is_asked_about_that_task_alone(write_cases):
    cases = load_cases(write_cases(MINIMUM, DIRECTION))
    done = run_cases(Answers({SAID: ("", (), "favor")}), cases, ["stance"])
    assert list(done.capabilities) == ["small"], "no move of the other case is about stance"
    assert done.capabilities["small"].passed.rate == 1
    assert done.spans is None


def test_a_model_that_loses_rows_is_refused(write_cases):
    class Short(Answers):
        def label(self, statements):
            return super().label(statements)[1:]

    with pytest.raises(ValueError, match="0 rows for 1"):
        run_cases(Short({}), load_cases(write_cases(MINIMUM)))


def test_tables_name_support(write_cases):
    done = run_cases(Answers({}), load_cases(write_cases(MINIMUM, INVARIANCE, DIRECTION)))
    lines = behaviour_markdown(done, done).splitlines()
    assert [cell.strip() for cell in lines[2].split("|")[1:5]] == ["moving", "direction", "1", "0.00"]
    assert len({line.count("|") for line in lines}) == 1
    assert behaviour_table("x", done).row_count == len(lines) - 2


# -- Training and the command line -----------------------------------------------------------------


@pytest.fixture
def settings(make_corpus, tmp_path, monkeypatch):
    """Overrides for the majority baseline, which trains at once."""
    monkeypatch.chdir(tmp_path)
    return {
        "data.corpus": str(make_corpus()),
        "model.kind": "majority",
        "output.folder": str(tmp_path / "model"),
        "evaluation.resamples": 0,
        "tracking.enabled": False,
    }


def test_training_puts_the_cases_to_the_model(settings, write_cases, tmp_path):
    folder = write_cases(MINIMUM, INVARIANCE, DIRECTION)
    run = train({}, {**settings, "evaluation.behaviour": str(folder)})
    written = json.loads((run.folder / "evaluation" / "behaviour.json").read_text(encoding="utf-8"))
    assert written["capabilities"]["steady"]["passed"] == {"rate": 1.0, "support": 1}
    assert {failed["case_id"] for failed in written["failed"]} == {"moving-001", "small-001"}
    tracked = json.loads((run.folder / "evaluation" / "metrics.json").read_text())
    assert (tracked["behaviour.steady"], tracked["behaviour.moving"]) == (1.0, 0.0)
    card = (run.folder / "README.md").read_text(encoding="utf-8")
    assert "| steady | invariance | 1 | 1.00 |" in card


def test_training_without_cases_says_nothing_of_them(settings):
    run = train({}, settings)
    assert run.behaviour is None
    assert not (run.folder / "evaluation" / "behaviour.json").exists()
    assert "Behaviour" not in (run.folder / "README.md").read_text(encoding="utf-8")


def test_a_missing_folder_is_refused_before_training(settings, tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere: evaluation\.behaviour: no such folder"):
        train({}, {**settings, "evaluation.behaviour": "nowhere"})
    assert not (tmp_path / "model").exists()


def test_evaluate_runs_a_folder_of_cases(settings, write_cases, tmp_path, monkeypatch, capfd):
    train({}, settings)
    folder = write_cases(
        *({**changed(MINIMUM, "statement.text", f"{SAID} {n}"), "case_id": f"small-{n}"} for n in range(30)), INVARIANCE
    )

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["stance", "evaluate", str(folder), "--model", "model", *args])
        try:
            main()
        except SystemExit as stop:
            return stop.code or 0
        return 0

    assert call("--output", "out.json") == 0
    printed = capfd.readouterr().out
    assert "steady" in printed and "invariance" in printed
    assert "Failed: 20 of 30" in printed
    written = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert len(written["failed"]) == 30
    assert written["model"].startswith("majority")
    assert call("--part", "test") == 2
    assert "no parts" in capfd.readouterr().err
