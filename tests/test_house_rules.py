"""The rules of the house, checked: what CONTRIBUTING says about code holds for every file."""

import ast
import re
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
from sqlalchemy import ForeignKeyConstraint, Table
from sqlalchemy.orm import configure_mappers

from app.core.db import Base
from app.core.errors import DomainError

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for folder in ("app", "deploy", "migrations", "tests") for path in (ROOT / folder).rglob("*.py"))
APP = [path for path in SOURCES if path.is_relative_to(ROOT / "app")]
MAX_FILE, MAX_FUNCTION = 400, 40
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "manager.py", "base.py", "misc.py"}
# The unit of work, and the opening of a connection, which belongs to no unit of work.
MAY_COMMIT = {ROOT / "app/core/db.py", ROOT / "app/core/database.py"}
NO_SLICES = {"module", "recorded", "settings"}
PURE_FILES = {"operations.py", "policy.py", "models.py", "queries.py", "events.py"}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.nodb
def test_no_file_is_longer_than_400_lines() -> None:
    long = {name(path): n for path in SOURCES if (n := len(path.read_text(encoding="utf-8").splitlines())) > MAX_FILE}
    assert not long


@pytest.mark.nodb
def test_no_template_is_longer_than_400_lines() -> None:
    templates = (ROOT / "app").rglob("templates/**/*.html")
    long = {name(path): n for path in templates if (n := len(path.read_text(encoding="utf-8").splitlines())) > MAX_FILE}
    assert not long


@pytest.mark.nodb
def test_no_function_is_longer_than_40_lines() -> None:
    long = {
        f"{name(path)}:{function.lineno} {function.name}": length
        for path in SOURCES
        if not path.is_relative_to(ROOT / "migrations")
        for function in functions(tree(path))
        if (length := (function.end_lineno or 0) - function.lineno + 1 - docstring_lines(function)) > MAX_FUNCTION
    }
    assert not long


def docstring_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return (first.end_lineno or 0) - first.lineno + 1
    return 0


@pytest.mark.nodb
def test_every_module_opens_with_a_sentence() -> None:
    silent = [name(path) for path in APP if not ast.get_docstring(tree(path))]
    assert not silent


@pytest.mark.nodb
def test_nothing_of_app_is_imported_inside_a_function() -> None:
    hidden = [
        f"{name(path)}:{node.lineno}"
        for path in APP
        for function in functions(tree(path))
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom | ast.Import)
    ]
    assert not hidden


@pytest.mark.nodb
def test_only_the_unit_of_work_commits() -> None:
    committing = [
        name(path)
        for path in APP
        if re.search(r"\.commit\(", path.read_text(encoding="utf-8")) and path not in MAY_COMMIT
    ]
    assert not committing


@pytest.mark.nodb
def test_the_time_comes_from_the_clock() -> None:
    elsewhere = [
        name(path)
        for path in APP
        if re.search(r"datetime\.(now|utcnow|today)\(|date\.today\(", path.read_text(encoding="utf-8"))
        and path != ROOT / "app/core/clock.py"
    ]
    assert not elsewhere


@pytest.mark.nodb
def test_there_are_no_floats_near_money() -> None:
    money = [*(ROOT / "app/ledger").rglob("*.py"), *(ROOT / "app/settlement").rglob("*.py"), ROOT / "app/core/money.py"]
    money += (ROOT / "app/equipment/tariffs").rglob("*.py")
    floating = [
        f"{name(path)}:{node.lineno}"
        for path in money
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Constant) and type(node.value) is float)
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float")
    ]
    assert not floating


@pytest.mark.nodb
def test_rules_never_see_the_web() -> None:
    seeing = [
        f"{name(path)}: {node.module}"
        for path in APP
        if path.name in PURE_FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "flask"
    ]
    assert not seeing


@pytest.mark.nodb
def test_no_file_has_a_name_that_says_nothing() -> None:
    assert not [name(path) for path in SOURCES if path.name in FORBIDDEN_NAMES]


@pytest.mark.nodb
def test_slots_are_claimed_never_added() -> None:
    added = re.compile(r"session\.add\((Occupation|Reservation)\(")
    adding = [name(path) for path in APP if added.search(path.read_text(encoding="utf-8"))]
    assert not adding


@pytest.mark.nodb
def test_tasks_are_queued_by_the_kernel_alone_after_the_commit() -> None:
    queued = re.compile(r"\.(?:delay|apply_async|send_task)\(")
    queueing = [name(path) for path in APP if queued.search(path.read_text(encoding="utf-8"))]
    assert queueing == ["app/core/tasks.py"]


@pytest.mark.nodb
def test_templates_never_switch_escaping_off() -> None:
    unsafe = [
        name(path)
        for path in (ROOT / "app").rglob("templates/**/*.html")
        if re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text(encoding="utf-8"))
    ]
    assert not unsafe


@pytest.mark.nodb
def test_markup_is_made_in_few_known_places() -> None:
    """Markup() switches escaping off: each place takes text of ours or what a template has escaped."""
    making = {name(path) for path in APP if re.search(r"\bMarkup\(|\bSafeString\(", path.read_text(encoding="utf-8"))}
    assert making == {
        "app/core/i18n.py",
        "app/core/templating.py",
        "app/equipment/catalogue/remembering.py",
        "app/equipment/catalogue/showing.py",
    }


@pytest.mark.nodb
def test_only_the_mailer_and_the_texter_call_anybody_outside() -> None:
    """A transaction that is done again must not have told anybody (scorecard A 10): messages wait in their tables."""
    outside = re.compile(
        r"^(?:import|from) (smtplib|smpplib|socket|http\.client|urllib\.request|urllib3|requests|httpx)\b", re.M
    )
    callers = ["app/notifications/mailers.py", "app/notifications/texters.py"]
    assert [name(path) for path in APP if outside.search(path.read_text("utf-8"))] == callers


@pytest.mark.nodb
def test_templates_have_no_inline_style_or_handler() -> None:
    inline = [
        name(path)
        for path in (ROOT / "app").rglob("templates/**/*.html")
        if re.search(r"\s(style|on[a-z]+)\s*=\s*[\"']", path.read_text(encoding="utf-8"))
    ]
    assert not inline


def test_every_relationship_refuses_to_load_by_itself(app: object) -> None:
    configure_mappers()
    loading = [
        f"{mapper.class_.__name__}.{relation.key}"
        for mapper in Base.registry.mappers
        for relation in mapper.relationships
        if relation.lazy not in {"raise_on_sql", "write_only"}
    ]
    assert not loading


def test_every_foreign_key_has_an_index(app: object) -> None:
    bare = [
        f"{table.name}.{column}"
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, ForeignKeyConstraint)
        for column in constraint.column_keys[:1]
        if column not in leading_columns(table)
    ]
    assert not bare


def leading_columns(table: Table) -> set[str]:
    """First columns of indexes, unique constraints and the primary key."""
    first = {next(iter(index.columns)).key for index in table.indexes if len(index.columns)}
    for constraint in table.constraints:
        columns = list(getattr(constraint, "columns", ()))
        if type(constraint).__name__ in {"UniqueConstraint", "PrimaryKeyConstraint"} and columns:
            first.add(columns[0].key)
    first.update(column.key for column in table.columns if column.index or column.unique)
    return first


@pytest.mark.nodb
@pytest.mark.parametrize("module", ["equipment", "market", "settlement"])
def test_the_picture_of_imports_is_the_contract(module: str) -> None:
    contracts = ConfigParser()
    contracts.read(ROOT / "setup.cfg", encoding="utf-8")
    layers = contracts[f"importlinter:contract:{module}"]["layers"].split()
    picture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = re.search(rf"subgraph {module}\n(.*?)\n", picture)
    assert drawn is not None
    assert drawn[1].split() == " --> ".join(each for each in layers if each not in NO_SLICES).split()


@pytest.mark.nodb
def test_every_slice_keeps_the_order_of_its_files() -> None:
    contracts = ConfigParser()
    contracts.read(ROOT / "setup.cfg", encoding="utf-8")
    kept = set(contracts["importlinter:contract:files"]["containers"].split())
    ordered = {"views", "api", "handlers", "tasks", "operations", "queries", "policy"}
    slices = {
        ".".join(folder.relative_to(ROOT).parts)
        for folder in (path.parent for path in ROOT.glob("app/**/__init__.py"))
        if len(ordered & {path.stem for path in folder.glob("*.py")}) > 1
    }
    assert slices - kept == {"app.core"}  # the kernel has its own order


@pytest.mark.nodb
def test_no_file_names_a_machine_or_a_registry() -> None:
    hosts = re.compile(r"https?://[^\s\"']*(pypi|npmjs|registry|crates\.io|maven)|/root/|/home/[a-z]")
    files = [*SOURCES, *ROOT.glob("*.txt"), ROOT / "package-lock.json", ROOT / "Makefile", ROOT / ".ci/run"]
    naming = [name(path) for path in files if path != Path(__file__) and hosts.search(path.read_text(encoding="utf-8"))]
    assert not naming


# Where a domain error may be caught besides core: what only reads or parses and writes nothing, and what has a unit of
# work of its own. Pages and their helpers use `attempt` (app/core/attempts.py), which undoes what went before.
CATCHES = {
    "app/accounts/cli.py": "a unit of work of its own",
    "app/demo/cli.py": "a unit of work of its own",
    "app/imports/cli.py": "units of work of its own",
    "app/market/open_licences/cli.py": "a unit of work of its own",
    "app/market/patents/cli.py": "parses",
    "app/settlement/statements/cli.py": "a batch of work of its own",
    "app/settlement/statements/tasks.py": "a batch of work of its own",
    "app/equipment/reservations/booking.py": "reads",
    "app/equipment/reservations/extending.py": "reads",
    "app/equipment/reservations/proposals.py": "reads",
    "app/equipment/schedule/forms.py": "parses",
    "app/equipment/tariffs/examples.py": "reads",
    "app/equipment/usage/phone.py": "reads",
    "app/market/open_licences/gazette.py": "parses",
    "app/market/patents/reader.py": "parses",
    "app/market/portal/oai.py": "parses",
    "app/settlement/payouts/answers.py": "parses",
}


def domain_errors() -> set[str]:
    """The names of the errors that a person can act on."""

    def below(kind: type[DomainError]) -> Iterator[str]:
        yield kind.__name__
        for each in kind.__subclasses__():
            yield from below(each)

    return set(below(DomainError))


def swallowed(module: ast.Module, kinds: set[str]) -> Iterator[int]:
    """Lines where a domain error (or everything) is caught and something else than the same error comes of it."""
    for handler in ast.walk(module):
        if not isinstance(handler, ast.ExceptHandler):
            continue
        named = {each.id for each in ast.walk(handler.type) if isinstance(each, ast.Name)} if handler.type else kinds
        raises_again = isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None
        if named & (kinds | {"Exception", "BaseException"}) and not raises_again:
            yield handler.lineno


@pytest.mark.nodb
def test_no_page_catches_a_domain_error_and_commits_what_went_before() -> None:
    kinds = domain_errors()
    found = {
        name(path): lines
        for path in APP
        if not path.is_relative_to(ROOT / "app/core")
        if (lines := [line for line in swallowed(tree(path), kinds) if catches_domain(path, line, kinds)])
    }
    assert {path: lines for path, lines in found.items() if path not in CATCHES} == {}
    assert set(CATCHES) <= set(found), "these catch none any more"
    assert not [path for path in CATCHES if path.endswith("views.py")]


def catches_domain(path: Path, line: int, kinds: set[str]) -> bool:
    """Whether the handler on that line names a domain error; other errors are another matter."""
    text = path.read_text(encoding="utf-8").splitlines()[line - 1]
    return bool(set(re.findall(r"\w+", text)) & kinds)


@pytest.mark.nodb
def test_the_rule_about_caught_errors_finds_what_it_looks_for() -> None:
    caught = "try:\n    work()\nexcept Conflict as no:\n    flash(no)\n"
    assert list(swallowed(ast.parse(caught), domain_errors())) == [3]
    assert list(swallowed(ast.parse(caught.replace("flash(no)", "raise")), domain_errors())) == []
    assert list(swallowed(ast.parse(caught.replace("Conflict", "ValueError")), domain_errors())) == []
