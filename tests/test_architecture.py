"""The rules of the house that import contracts cannot express; the others are in pyproject.toml."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import nsview

ROOT = Path(nsview.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# Two rooms talk to Linux: the kernel, and the helper process that enters and makes namespaces.
TALKS_TO_LINUX = ("kernel/", "actions/launcher")
# Where a namespace is to be found is a fact to show; without input and output nothing can be read there.
NAMES_BUT_CANNOT_READ = ("model/",)
# Handing the terminal to a sub-shell is the terminal's business, not the namespaces'.
TALKS_TO_THE_TERMINAL = (*TALKS_TO_LINUX, "ui/terminal.py")

STANDARD_LIBRARY_ONLY = ("model/", "text.py", "config.py")

# What a module without input and output has no use for.
INPUT_AND_OUTPUT = {
    *("io", "os", "pathlib", "posix", "shutil", "socket", "subprocess", "sys", "tempfile", "threading"),
    *("open", "print", "input", "__import__", "eval", "exec"),
}

# Loading one of these takes longer than the whole of a small command.
DEAR = ("asyncio", "textual", "rich", "psutil", "pyperclip", "nsview.ui")


def place(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[str]:
    """The absolute names of all that is imported anywhere in the tree, with their modules."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_when_loaded(tree: ast.Module) -> Iterator[str]:
    """The modules that loading the file imports: those outside functions and `if TYPE_CHECKING`."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imports(node)
        waiting.extend(ast.iter_child_nodes(node))


def calls(tree: ast.AST) -> Iterator[str]:
    """The functions called by a bare name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def strings(tree: ast.AST) -> Iterator[tuple[int, str | bytes]]:
    """Literals with their lines, parts of f-strings too; no docstrings."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in prose:
            yield node.lineno, node.value


def is_procfs(literal: str | bytes) -> bool:
    text = literal.decode("latin-1") if isinstance(literal, bytes) else literal
    return text == "/proc" or text.startswith("/proc/")


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {place(file): ast.parse(file.read_bytes()) for file in FILES}


def test_the_model_and_text_are_the_standard_library(trees: dict[str, ast.Module]) -> None:
    strangers = [
        f"{name} imports {module}"
        for name, tree in trees.items()
        if name.startswith(STANDARD_LIBRARY_ONLY)
        for module in imports(tree)
        if module.split(".")[0] not in sys.stdlib_module_names
        and not (name.startswith("model/") and f"{module}.".startswith("nsview.model."))
    ]
    assert strangers == []


def test_the_model_does_no_input_or_output(trees: dict[str, ast.Module]) -> None:
    for name, tree in trees.items():
        if name.startswith("model/"):
            assert not {module.split(".")[0] for module in imports(tree)} & INPUT_AND_OUTPUT, name
            assert not set(calls(tree)) & INPUT_AND_OUTPUT, name


@pytest.mark.parametrize(
    ("modules", "rooms"),
    [
        ({"ctypes", "_ctypes"}, TALKS_TO_LINUX),
        ({"fcntl"}, TALKS_TO_THE_TERMINAL),
        ({"termios", "tty", "pty"}, TALKS_TO_THE_TERMINAL),
    ],
)
def test_who_talks_to_linux(trees: dict[str, ast.Module], modules: set[str], rooms: tuple[str, ...]) -> None:
    intruders = [
        f"{name} imports {module}"
        for name, tree in trees.items()
        if not name.startswith(rooms)
        for module in imports(tree)
        if module.split(".")[0] in modules
    ]
    assert intruders == []


def test_who_reads_procfs(trees: dict[str, ast.Module]) -> None:
    intruders = [
        f"{name}:{line} {literal!r}"
        for name, tree in trees.items()
        if not name.startswith((*TALKS_TO_LINUX, *NAMES_BUT_CANNOT_READ))
        for line, literal in strings(tree)
        if is_procfs(literal)
    ]
    assert intruders == []


def test_the_command_line_loads_the_app_only_when_it_starts_it(trees: dict[str, ast.Module]) -> None:
    early = [
        f"{name} imports {module}"
        for name, tree in trees.items()
        if name.startswith(("cli/", "__main__", "__init__"))
        for module in imports_when_loaded(tree)
        if f"{module}.".startswith(tuple(f"{dear}." for dear in DEAR))
    ]
    assert early == []


def test_one_module_knows_the_library_that_lays_maps_out(trees: dict[str, ast.Module]) -> None:
    """And loads it when it is needed: nobody else shall wait for it, and another may take its place."""
    knowing = [
        name for name, tree in trees.items() if any(m.split(".")[0] == "graphlay" for m in imports(tree))
    ]
    assert knowing == ["drawing/layout.py"]
    assert "graphlay" not in set(imports_when_loaded(trees["drawing/layout.py"]))


@pytest.mark.parametrize("command", [["list"], ["list", "--json"], ["--help"]])
def test_a_command_loads_no_terminal_library(command: list[str]) -> None:
    program = (
        "import sys\n"
        "from nsview.cli.main import main\n"
        "try:\n"
        f"    assert main({command!r}) == 0\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    loaded = result.stderr.splitlines()[-1].split()
    assert "nsview.cli.main" in loaded
    assert [name for name in loaded if f"{name}.".startswith(tuple(f"{dear}." for dear in DEAR))] == []


class TestTheseRulesCanBeBroken:
    def test_imports(self) -> None:
        tree = ast.parse("import ctypes.util\ndef f():\n    from fcntl import ioctl\n")
        assert set(imports(tree)) == {"ctypes.util", "fcntl.ioctl"}
        assert set(imports_when_loaded(tree)) == {"ctypes.util"}

    def test_imports_when_loaded_see_into_classes_and_branches(self) -> None:
        tree = ast.parse("class A:\n    import a\ntry:\n    import b\nexcept E:\n    import c\n")
        assert set(imports_when_loaded(tree)) == {"a", "b", "c"}

    def test_calls(self) -> None:
        assert set(calls(ast.parse("f(open('x'))\nself.exec()\n"))) == {"f", "open"}

    def test_paths(self) -> None:
        tree = ast.parse('"""/proc/self"""\nx = f"/proc/{pid}/ns"\ny = b"/proc"\nz = "/process"\n')
        assert sorted(line for line, literal in strings(tree) if is_procfs(literal)) == [2, 3]
