"""What a call of `test` is to run: pytest's arguments sorted to the runner they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import WrongUsage
from ..paths import ROOT

# Options of pytest that take the next argument, which is then no path even when a file of that name exists.
TAKES_VALUE = {"-k", "-m", "-p", "-o", "-c", "-n", "-W", "--deselect", "--maxfail", "--tb", "--durations", "--ignore"}


@dataclass
class Selection:
    """Paths by runner. Without any, everything is run."""

    options: list[str] = field(default_factory=list)
    addons: dict[str, list[str]] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether this is the whole suite: only then do lint and the demand for tests in every part apply."""
        return not (self.options or self.addons or self.outside)

    @property
    def has_paths(self) -> bool:
        return bool(self.addons or self.outside)


def select(arguments: Sequence[str], root: Path = ROOT) -> Selection:
    """Sort pytest's arguments: a path below addons/ or tests/ picks a runner, all else goes to every runner."""
    selection = Selection()
    waiting = False
    for argument in arguments:
        if waiting or argument.startswith("-"):
            selection.options.append(argument)
            waiting = not waiting and argument in TAKES_VALUE
            continue
        _add_path(selection, argument, root)
    return selection


def _add_path(selection: Selection, argument: str, root: Path) -> None:
    name, separator, node = argument.partition("::")
    path = next((each for each in (Path.cwd() / name, root / name) if each.exists()), None)
    if path is None:
        raise WrongUsage(f"{name} is neither a path below addons/ or tests/ nor an option of pytest; correct it")
    path = path.resolve()
    whole = f"{path}{separator}{node}"
    addons, outside = (root / "addons").resolve(), (root / "tests").resolve()
    if path != addons and addons in path.parents:
        selection.addons.setdefault(path.relative_to(addons).parts[0], []).append(whole)
    elif path == addons:
        for folder in sorted(addons.iterdir()):
            if (folder / "__manifest__.py").is_file():
                selection.addons.setdefault(folder.name, []).append(str(folder))
    elif path == outside or outside in path.parents:
        selection.outside.append(whole)
    else:
        raise WrongUsage(f"{name} is not below addons/ or tests/, where the tests are; correct it")
