"""What docs/architecture.md promises about the shape of the code, as far as a machine can look."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
# From the top down: an app imports, and points its foreign keys, only to those after it.
ORDER = ("portal", "charity", "volunteers", "deliberation", "orgs", "ledger", "community")
APPS = tuple(name for name in ORDER if (ROOT / name).is_dir())
# Through these an app is used by the apps above it.
SHARED = frozenset({"models", "permissions", "queries", "signals", "workflow"})
# What more an app offers, and to what end.
OFFERED = {
    "community": {
        "reasons": "sentences of pure code",
        "acting": "what somebody holds, read inside a verb's transaction",
        "capabilities": "names for what predicates allow, on the auditor's matrix",
        "clock": "terms as plain values",
        "demo": "the district on which each app builds its part of the demo",
        "encryption": "personal fields",
        "errors": "refusals that doors show",
        "files": "checked documents",
        "fields": "form fields and choices",
        "filing": "who may read a file, and which are in use",
        "marks": "what looks personal in a text",
        "reviewing": "kinds of what is reviewed",
        "log": "who did what",
        "missing": "a page that is not there, with a sentence",
        "paging": "lists that go on by cursor, counts that stop",
        "personal": "where an app registers what it keeps about a person",
        "photos": "cleaned pictures",
        "readonly": "the admin's policy for records that only verbs change",
        "refusing": "how a page shows a refusal",
        "roles": "the names of roles",
        "leading": "where a form may lead",
        "keeping": "what was typed into a form that could not go on",
        "stepup": "the decorator of views that do what is dangerous",
        "uploads": "a form field for pictures",
    },
    "deliberation": {
        "ballot_queries": "reads of ballots, for the page of one person",
        "ballot_sentences": "what a list says of a ballot",
        "chain": "the steps of an issue and their names",
        "demo": "the issues of the demo district",
        "desk": "rows of the desk, which shows several apps",
        "hall_queries": "reads of halls and methods, for the search",
        "issue_course": "the chain from an issue to an evaluation",
        "log_actions": "the names of a ballot's steps",
        "result_desk": "rows of commitments and objections",
        "sentences": "what a list says of an issue",
        "states": "the names of states",
        "topic_desk": "rows of the desk that are topics",
        "topic_queries": "reads of topics, for the page of one person",
        "topic_sentences": "what a list says of a topic",
    },
}
# One door may call another's: a form that came after its session had run out is kept where it is shown again.
EXCEPTIONS = {("portal/views/errors.py", "deliberation.views.raising")}
# Doors know HTTP; nothing else of an app does. accounts.py, factors.py and sessions.py are allauth's and axes' doors,
# missing.py an answer, stepup.py a decorator of views, uploads.py a form field.
DOORS = frozenset(
    {
        "accounts",
        "admin",
        "api",
        "consent_gate",
        "keeping",
        "leading",
        "consumers",
        "factors",
        "feeds",
        "forms",
        "forwarding",
        "management",
        "missing",
        "sessions",
        "redaction",
        "fields",
        "refusing",
        "sitemaps",
        "stepup",
        "uploads",
        "urls",
    }
)
DOORS_OF_PORTAL = frozenset(
    {
        "asgi",
        "compression",
        "conflict",
        "context_processors",
        "mode",
        "models",
        "nul",
        "pagecache",
        "post_only",
        "templatetags",
        "wsgi",
    }
)
HTTP = ("django.http", "django.shortcuts", "django.views")
LINES_MOST = 400
FUNCTION_MOST = 50
FORBIDDEN_NAMES = {"utils", "helpers", "services", "core", "common"}
TEXT = {
    ".cfg",
    ".css",
    ".html",
    ".js",
    ".json",
    ".lock",
    ".md",
    ".mjs",
    ".po",
    ".py",
    ".sh",
    ".svg",
    ".toml",
    ".txt",
    ".yml",
}


def modules(*folders: str) -> list[Path]:
    """Return the Python files of some folders but for migrations, which Django writes."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def tracked() -> list[Path]:
    """Return the files of the repository, those that are about to be added too."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    if listed.returncode:
        pytest.skip("no git repository here")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def name_of(path: Path) -> str:
    """Return a path as messages show it."""
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    """Return a module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports_of(path: Path) -> Iterator[str]:
    """Return every dotted name that a module imports, those inside functions too."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions_of(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return every function and method of a module."""
    yield from (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def part_of(path: Path) -> str:
    """Return the first name inside an app: models for deliberation/models/issues.py."""
    return path.relative_to(ROOT).parts[1].removesuffix(".py")


# --- Apps --------------------------------------------------------------------------------------
def test_relations_follow_the_import_order() -> None:
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label not in APPS:
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if not getattr(field, "remote_field", None) or field.auto_created or not isinstance(target, type):
                continue
            label = target._meta.app_label
            if label in APPS and ORDER.index(label) < ORDER.index(model._meta.app_label):
                wrong.append(f"{model.__name__}.{field.name} -> {target.__name__}")
    assert wrong == []


def test_apps_are_used_through_what_they_offer() -> None:
    wrong = []
    for path in modules(*APPS):
        own = path.relative_to(ROOT).parts[0]
        for name in imports_of(path):
            app, _, rest = name.partition(".")
            if app not in APPS or app == own:
                continue
            part = rest.split(".")[0]
            excepted = any(name.startswith(inside) for where, inside in EXCEPTIONS if where == name_of(path))
            if part not in SHARED | OFFERED.get(app, {}).keys() and not excepted:
                wrong.append(f"{name_of(path)}: {name}")
    assert wrong == []


def test_the_domain_knows_no_http() -> None:
    wrong = []
    for path in modules(*APPS):
        app, part = path.relative_to(ROOT).parts[0], part_of(path)
        if part in DOORS | {"views", "wagtail_hooks"} or (app == "portal" and part in DOORS_OF_PORTAL):
            continue
        wrong += [f"{name_of(path)}: {name}" for name in imports_of(path) if name.startswith(HTTP)]
    assert wrong == []


@pytest.mark.parametrize("module", ["community.clock"])
def test_pure_module_needs_no_django(module: str) -> None:
    looked = subprocess.run(
        [sys.executable, "-c", f"import {module}, sys; print('django' in sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    assert looked.stdout == "False\n"


@pytest.mark.django_db
def test_migrations_match_the_models() -> None:
    out = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=out, skip_checks=True)
    except SystemExit:
        pytest.fail(out.getvalue())


# --- Modules -----------------------------------------------------------------------------------
def test_no_module_is_long() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules(*APPS, "tests")}
    assert {name: lines for name, lines in lengths.items() if lines > LINES_MOST} == {}


def test_no_function_is_long() -> None:
    lengths = {
        f"{name_of(path)}: {function.name}": function.end_lineno - function.lineno + 1
        for path in modules(*APPS)
        for function in functions_of(path)
        if function.end_lineno is not None
    }
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_MOST} == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    parts = {name_of(path): set(path.with_suffix("").relative_to(ROOT).parts) for path in modules(*APPS, "tests")}
    assert [name for name, words in parts.items() if words & FORBIDDEN_NAMES] == []


def test_every_module_with_code_has_a_docstring() -> None:
    trees = {name_of(path): tree_of(path) for path in modules(*APPS, "tests/factories")}
    assert [name for name, tree in trees.items() if tree.body and not ast.get_docstring(tree)] == []


def test_every_folder_of_code_is_a_package() -> None:
    folders = {path.parent for path in modules(*APPS, "tests")}
    assert [name_of(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


# --- Verbs -------------------------------------------------------------------------------------
def verbs() -> list[tuple[str, ast.FunctionDef]]:
    """Return the functions that each workflow package offers."""
    found = []
    for app in APPS:
        offered = ROOT / app / "workflow" / "__init__.py"
        if not offered.exists():
            continue
        names = {
            alias.name for node in tree_of(offered).body if isinstance(node, ast.ImportFrom) for alias in node.names
        }
        for path in modules(f"{app}/workflow"):
            found += [
                (f"{name_of(path)}: {node.name}", node)
                for node in tree_of(path).body
                if isinstance(node, ast.FunctionDef) and node.name in names
            ]
    return found


# The clock engine is called inside verbs, whose person and moment it takes over: `at` alone says when.
ENGINE = {"deliver_due", "notify", "pause_clock", "resume_clock", "start_clock", "strike", "sweep"}


def test_verbs_are_found() -> None:
    assert {"raise_issue", "rate_issue", "read_notices"} <= {node.name for _, node in verbs()}


@pytest.mark.parametrize(("name", "verb"), [pytest.param(name, node, id=name) for name, node in verbs()])
def test_verb_takes_by_and_at_by_keyword(name: str, verb: ast.FunctionDef) -> None:
    keywords = {argument.arg for argument in verb.args.kwonlyargs}
    assert keywords >= ({"at"} if verb.name in ENGINE else {"by", "at"})
    # What the verb happens to may come first without its name; everything else is named.
    assert len(verb.args.posonlyargs) + len(verb.args.args) <= (2 if verb.name in ENGINE else 1)
    typed = [*verb.args.args, *verb.args.kwonlyargs]
    assert [argument.arg for argument in typed if argument.annotation is None] == []


def test_states_change_in_workflows_alone() -> None:
    wrong = []
    for path in modules(*APPS):
        if part_of(path) in {"workflow", "demo"}:
            continue
        for node in ast.walk(tree_of(path)):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            named = [target for target in targets if isinstance(target, ast.Attribute) and target.attr == "state"]
            updated = isinstance(node, ast.Call) and is_update_of_state(node)
            if named or updated:
                wrong.append(f"{name_of(path)}:{node.lineno}")  # type: ignore[attr-defined]
    assert wrong == []


def is_update_of_state(call: ast.Call) -> bool:
    """Return whether a call is .update(state=…) or .create(state=…)."""
    named = isinstance(call.func, ast.Attribute) and call.func.attr in {"update", "create", "update_or_create"}
    return named and any(keyword.arg == "state" for keyword in call.keywords)


# --- Texts -------------------------------------------------------------------------------------
def test_nothing_is_left_to_do() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX)\b")
    paths = [path for path in tracked() if path.suffix in {".py", ".js", ".mjs", ".css", ".html", ".toml"}]
    assert [name_of(path) for path in paths if path != Path(__file__) and mark.search(path.read_text("utf-8"))] == []


def test_templates_hold_no_inline_code() -> None:
    inline = re.compile(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=", re.IGNORECASE)
    found = {
        name_of(path): inline.findall(path.read_text("utf-8")) for path in sorted(ROOT.glob("templates/**/*.html"))
    }
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_locks_name_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "package-lock.json"):
        assert "://" not in (ROOT / name).read_text("utf-8"), name


def test_package_lock_is_not_tied_to_a_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []


def test_no_text_names_a_place_on_one_machine() -> None:
    place = re.compile(r"(?<![\w.])/(work|root|home)/\w")
    paths = [path for path in tracked() if path.suffix in TEXT or path.name in {"Makefile", "run"}]
    found = {name_of(path): place.findall(path.read_text("utf-8")) for path in paths if path != Path(__file__)}
    assert {name: hits for name, hits in found.items() if hits} == {}
