"""The browser's recount (frontend/js/recount.js), run by Node beside Python's on ballots drawn at random."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from deliberation import papers
from deliberation.decision import DecisionRule, Share, Weight
from deliberation.publishing import table

MODULE = Path(settings.BASE_DIR) / "frontend" / "js" / "recount.js"
NODE = next((str(one) for one in (Path(settings.BASE_DIR) / ".venv/bin/node",) if one.exists()), shutil.which("node"))
ROUNDS = 60
METHODS = ("decision", "single_choice", "approval", "score", "instant_runoff", "condorcet")
SCRIPT = """
import { pathToFileURL } from "node:url";
const { recount, rowsOf } = await import(pathToFileURL(process.argv[1]).href);
let text = "";
for await (const part of process.stdin) text += part;
const answers = [];
for (const { csv, ballot } of JSON.parse(text)) answers.push(await recount(rowsOf(csv), ballot).catch(() => null));
console.log(JSON.stringify(answers));
"""
pytestmark = pytest.mark.skipif(NODE is None, reason="no Node here")


def by_node(cases: list[dict[str, Any]]) -> list[Any]:
    """Return what the browser's module makes of each case."""
    command = [str(NODE), "--no-warnings", "--input-type=module", "-e", SCRIPT, str(MODULE)]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, check=True, timeout=120)
    answers: list[Any] = json.loads(done.stdout)
    return answers


def a_paper(draw: random.Random, method: str, options: int, most: int) -> str:
    """Return a paper of a method."""
    numbers = draw.sample(range(1, options + 1), draw.randint(0, options))
    makes: dict[str, Callable[[], Any]] = {
        "decision": lambda: draw.choice(["yes", "yes", "no", "abstain"]),
        "single_choice": lambda: numbers[0] if numbers else None,
        "score": lambda: {one: draw.randint(0, most) for one in numbers},
    }
    return papers.write(makes.get(method, lambda: numbers)(), method=method)


def a_ballot(draw: random.Random, method: str) -> tuple[dict[str, Any], DecisionRule, list[str]]:
    """Return a ballot as its page gives it, its rule, and its papers; few papers, so that many tie."""
    options = [f"选项{n}" for n in range(1, draw.randint(2, 6) + 1)] if method != "decision" else []
    most = draw.randint(1, 10)
    texts = [a_paper(draw, method, len(options), most) for _each in range(draw.randint(0, 12))]
    part, yes = ((draw.randint(0, 4), 4, draw.random() < 0.5) for _each in range(2))
    silence = draw.random() < 0.3
    rule = DecisionRule(
        key="k", name="n", electorate="adults", measures=("heads",), citation="c", silence_citation="s" * silence,
        participation=Share(Fraction(*part[:2]), part[2]), approval=Share(Fraction(*yes[:2]), yes[2]),
    )  # fmt: skip
    ballot = {
        "method": method, "options": options, "most": most, "seed": f"{draw.random()}",
        "eligible": len(texts) + draw.randint(0, 6),
        "rule": {
            "participation": part[:2], "participationInclusive": part[2], "approval": yes[:2],
            "approvalInclusive": yes[2], "silence": silence,
        },
    }  # fmt: skip
    return ballot, rule, texts


def by_python(ballot: dict[str, Any], rule: DecisionRule, texts: list[str]) -> dict[str, Any]:
    """Return what the certificate of the same ballot would say (workflow/results.py)."""
    cast = [(text, 1, 0) for text in texts]
    eligible = Weight(ballot["eligible"])
    if ballot["method"] == papers.DECISION:
        outcome = papers.decided(rule, eligible=eligible, papers=cast)
        figures = {name: str(value) for name, value in outcome.figures.items()}
        return {"quorate": outcome.quorate, "passed": outcome.passed, "winner": "", "figures": figures}
    outcome = papers.attended(rule, eligible=eligible, papers=cast)
    count = papers.counted(
        texts, method=ballot["method"], options=ballot["options"], most=ballot["most"], seed=ballot["seed"]
    )
    figures = {name: str(value) for name, value in outcome.figures.items()}
    figures |= {f"option_{n}": str(count.tallies[text]) for n, text in enumerate(ballot["options"], start=1)}
    winner = count.winner if outcome.quorate else ""
    return {"quorate": outcome.quorate, "passed": None, "winner": winner, "figures": figures}


@pytest.mark.parametrize("method", METHODS)
def test_the_browser_counts_as_python_does(method: str) -> None:
    draw = random.Random(method)
    drawn = [a_ballot(draw, method) for _each in range(ROUNDS)]
    cases = [{"csv": table(["paper"], [(text,) for text in texts]), "ballot": ballot} for ballot, _rule, texts in drawn]
    assert by_node(cases) == [by_python(*one) for one in drawn]


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("decision", "maybe"),
        ("decision", ""),
        ("single_choice", "9"),
        ("single_choice", "1,2"),
        ("approval", "1,1"),
        ("score", "1:99"),
        ("score", "1"),
        ("condorcet", "1>x"),
    ],
)
def test_what_is_no_paper_gives_no_result(method: str, text: str) -> None:
    ballot, _rule, _texts = a_ballot(random.Random(1), method)
    assert by_node([{"csv": table(["paper"], [(text,)]), "ballot": ballot}]) == [None]
