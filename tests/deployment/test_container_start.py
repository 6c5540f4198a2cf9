"""How a node starts: odoo.conf is filled in, the first start installs, every other one only serves.

The scripts of the image are run for real, with stand-ins for the image's programs.
"""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from .container_files import ROOT, SETTINGS, parsed, read

SCRIPTS = [path.relative_to(ROOT) for path in sorted((ROOT / "docker").rglob("*.sh"))]


def render(**changes: str) -> subprocess.CompletedProcess:
    """Run the real rendering script over odoo.conf; an empty value stands for one that is not set."""
    return subprocess.run(
        ["sh", "docker/render-conf.sh", "odoo.conf"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **SETTINGS, **changes},
        capture_output=True,
        text=True,
        check=False,
    )


# --- odoo.conf ---


@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_script_is_valid_posix_shell(script):
    assert os.access(ROOT / script, os.X_OK)
    subprocess.run(["sh", "-n", script], cwd=ROOT, check=True)


def test_options_are_known_to_every_core(core_options):
    options = set(parsed(read("odoo.conf"))["options"])
    for core, known in core_options.items():
        assert options <= known, f"unknown to {core}: {sorted(options - known)}"


@pytest.fixture(scope="module")
def core_options() -> dict[str, set[str]]:
    """The names that odoo/tools/config.py of each core at hand declares; a core is what the suite's tests run on."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stratum-psa"
    trees = [*cache.glob("odoo-*"), *cache.glob("debian/*/usr/lib/python3/dist-packages")]
    if "ODOO_SRC" in os.environ:
        trees.append(Path(os.environ["ODOO_SRC"]))
    found = {}
    for tree in trees:
        source = tree / "odoo" / "tools" / "config.py"
        if source.is_file():
            text = source.read_text(encoding="utf-8")
            # Options of the command line, those of the file only (19.0), those of a plain dictionary (18.0).
            names = re.findall(r"""dest=['"](\w+)['"]""", text) + re.findall(r"^ +'(\w+)': ", text, re.MULTILINE)
            found[str(tree)] = set(names)
    assert found, "no Odoo core is at hand; run scripts/psa up or scripts/psa test, which get one"
    return found


def test_server_loads_the_job_runner_and_hides_its_databases():
    options = parsed(render().stdout)["options"]
    assert options["server_wide_modules"] == "base,web,queue_job"
    assert int(options["workers"]) > 0
    assert options["list_db"] == "False"
    assert options["proxy_mode"] == "True"
    assert options["db_name"] == "psa"
    assert "dbfilter" not in options


def test_every_setting_of_the_file_comes_from_the_compose_file():
    nodes = yaml.safe_load(read("docker-compose.yml"))["services"]["odoo"]
    used = set(re.findall(r"\$\{(\w+)\}", re.sub(r"^;.*$", "", read("odoo.conf"), flags=re.MULTILINE)))
    assert used == set(SETTINGS)
    assert used <= set(nodes["environment"])


@pytest.mark.parametrize("password", ["p&ss\\1$%{}#;'\"` |/", "${PSA_DB_USER}", "$(id)", "`id`", "ä ö ü", "= ] ["])
def test_rendering_keeps_a_password_as_it_is(password):
    done = render(PSA_DB_PASSWORD=password)
    assert done.returncode == 0, done.stderr
    assert parsed(done.stdout)["options"]["db_password"] == password


@pytest.mark.parametrize("name", SETTINGS)
def test_rendering_stops_at_a_missing_setting_and_names_it(name):
    done = render(**{name: ""})
    assert done.returncode == 1
    assert name in done.stderr


def test_rendering_lets_no_value_add_an_option():
    done = render(PSA_LOG_LEVEL="info\nlist_db = True")
    assert done.returncode == 1
    assert "line break" in done.stderr


def test_rendering_knows_its_settings_only(tmp_path):
    template = tmp_path / "a.conf"
    template.write_text("[options]\ndata_dir = ${HOME}\n")
    done = subprocess.run(
        ["sh", "docker/render-conf.sh", template], cwd=ROOT, capture_output=True, text=True, env=os.environ, check=False
    )
    assert done.returncode == 1
    assert "HOME" in done.stderr


# --- the entrypoint ---


class Image:
    """The entrypoint with the image's programs replaced by ones that write down how they were called."""

    def __init__(self, folder: Path, is_set_up: bool):
        self.folder, self.log = folder, folder / "calls"
        self._program(
            "python", f'echo "odoo $*" >> {shlex.quote(str(self.log))}; case " $* " in *" shell "*) cat;; esac'
        )
        self._program("psql", "echo 1" if is_set_up else "exit 2")
        script = read("docker/entrypoint.sh")
        for there, here in {
            "/opt/psa/venv/bin/python": folder / "python",
            "/opt/psa/render-conf.sh": ROOT / "docker" / "render-conf.sh",
            "/opt/psa/first_start.py": ROOT / "docker" / "first_start.py",
            "/etc/odoo/odoo.conf.template": ROOT / "odoo.conf",
            "/tmp/odoo.conf": folder / "odoo.conf",  # noqa: S108
        }.items():
            assert there in script, there
            script = script.replace(there, str(here))
        self.script = folder / "entrypoint.sh"
        self.script.write_text(script)

    def _program(self, name: str, body: str) -> None:
        program = self.folder / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)

    def start(self, *arguments: str) -> subprocess.CompletedProcess:
        environment = {"PATH": f"{self.folder}:{os.environ['PATH']}", **SETTINGS}
        return subprocess.run(
            ["sh", self.script, *arguments], env=environment, capture_output=True, text=True, check=False
        )

    @property
    def calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


SERVES = "odoo /usr/bin/odoo"
INSTALLS = "odoo /usr/bin/odoo --init=psa_base,psa_techsource --without-demo=all --stop-after-init"


def test_first_start_installs_sets_the_password_and_serves(tmp_path):
    image = Image(tmp_path, is_set_up=False)
    done = image.start("serve")
    assert done.returncode == 0, done.stderr
    assert image.calls == [INSTALLS, "odoo /usr/bin/odoo shell --no-http", SERVES]
    assert "PSA_ADMIN_PASSWORD" in done.stdout, "the shell is given first_start.py"


def test_restart_only_serves(tmp_path):
    image = Image(tmp_path, is_set_up=True)
    assert image.start().returncode == 0
    assert image.calls == [SERVES]


def test_further_node_never_installs(tmp_path):
    image = Image(tmp_path, is_set_up=False)
    assert image.start("node").returncode == 0
    assert image.calls == [SERVES]


def test_update_applies_the_addons_and_stops(tmp_path):
    image = Image(tmp_path, is_set_up=True)
    assert image.start("update").returncode == 0
    assert image.calls == ["odoo /usr/bin/odoo --update=psa_base,psa_techsource --stop-after-init"]


def test_configuration_of_a_node_is_private(tmp_path):
    image = Image(tmp_path, is_set_up=True)
    image.start("node")
    assert (tmp_path / "odoo.conf").stat().st_mode & 0o077 == 0
    assert parsed((tmp_path / "odoo.conf").read_text())["options"]["db_password"] == "secret"


def test_other_command_runs_with_the_configuration_in_place(tmp_path):
    done = Image(tmp_path, is_set_up=True).start("sh", "-c", 'echo "$ODOO_RC"')
    assert done.stdout.strip() == str(tmp_path / "odoo.conf")
