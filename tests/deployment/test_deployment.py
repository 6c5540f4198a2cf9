"""What can be known about the containers without an engine: the compose file and the image's recipe."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from .container_files import ROOT, parsed, read

SERVER_SERVICES = ("odoo", "odoo-2")
SECRETS = ("POSTGRES_PASSWORD", "PSA_DB_PASSWORD", "PSA_ADMIN_PASSWORD", "PSA_MASTER_PASSWORD")


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load(read("docker-compose.yml"))


@pytest.fixture(scope="module")
def documented() -> dict[str, str]:
    """The settings of docker/env.example with their defaults."""
    lines = [line for line in read("docker/env.example").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


# --- docker-compose.yml ---


def test_compose_file_satisfies_the_compose_specification():
    done = subprocess.run(["scripts/psa", "lint", "compose"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_service_restarts_and_is_watched(compose):
    assert set(compose["services"]) == {"db", "proxy", *SERVER_SERVICES}
    for name, service in compose["services"].items():
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"][0] == "CMD", name


def test_images_are_pinned_to_a_release(compose):
    assert re.fullmatch(r"postgres:16\.\d+-\w+", compose["services"]["db"]["image"])
    assert re.fullmatch(r"caddy:\d+\.\d+\.\d+-alpine", compose["services"]["proxy"]["image"])
    assert re.search(r"^FROM odoo:18\.0-\d{8}$", read("docker/Dockerfile"), re.MULTILINE)


def test_named_volumes_and_networks_are_declared_and_used(compose):
    services = compose["services"].values()
    mounts = {volume.split(":")[0] for service in services for volume in service["volumes"]}
    assert {name for name in mounts if not name.startswith(".")} == set(compose["volumes"])
    assert {network for service in services for network in service["networks"]} == set(compose["networks"])


def test_mounted_files_exist(compose):
    for service in compose["services"].values():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert not source.startswith(".") or (ROOT / source).exists(), source


def test_secrets_have_no_default_and_are_asked_for():
    text = read("docker-compose.yml")
    for name in SECRETS:
        uses = re.findall(rf"\$\{{{name}(.*?)\}}", text)
        assert uses, name
        assert all(use.startswith(":?") for use in uses), name


def test_every_variable_is_documented_with_its_default(documented):
    used = dict(re.findall(r"\$\{([A-Z_]+)(?::-(.*?)|:\?.*?)?\}", read("docker-compose.yml")))
    assert used == documented


def test_nodes_share_what_they_must(compose):
    first, second = (compose["services"][name] for name in SERVER_SERVICES)
    for key in ("image", "environment", "volumes", "networks"):
        assert first[key] == second[key], key
    assert (first["command"], second["command"]) == (["serve"], ["node"])
    assert second["profiles"] == ["scale"]
    assert "profiles" not in first


def test_only_the_proxy_is_published_and_the_database_is_apart(compose):
    services = compose["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert services["db"]["networks"] == ["database"]
    assert services["proxy"]["networks"] == ["front"]
    assert compose["networks"]["database"]["internal"] is True


def test_services_start_in_order(compose):
    services = compose["services"]
    waits = {name: list(service.get("depends_on", ())) for name, service in services.items()}
    assert waits == {"db": [], "odoo": ["db"], "odoo-2": ["odoo"], "proxy": ["odoo"]}
    conditions = [wait["condition"] for service in services.values() for wait in service.get("depends_on", {}).values()]
    assert set(conditions) == {"service_healthy"}


def test_jobs_leave_workers_for_people(compose, documented):
    environment = compose["services"]["odoo"]["environment"]
    assert "ODOO_QUEUE_JOB_CHANNELS" in environment
    channels = re.fullmatch(r"root:(\d+),root\.psa\.receivers:(\d+)", documented["PSA_JOB_CHANNELS"])
    assert 0 < int(channels[2]) < int(channels[1]) < int(documented["PSA_WORKERS"])


# --- the image ---


def test_dockerfile_copies_what_exists_and_the_context_holds_it():
    allowed = {line[1:] for line in read(".dockerignore").splitlines() if line.startswith("!")}
    for line in re.findall(r"^COPY (?:--\S+ )*(.+)$", read("docker/Dockerfile"), re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert any(Path(source).is_relative_to(entry) for entry in allowed), f"{source} is not in the build context"


def test_image_splits_the_pins_into_addons_and_packages():
    pins = [line for line in read("config/l1/18.0.txt").splitlines() if line and not line.startswith("#")]
    assert all("==" in line for line in pins)
    assert any(line.startswith("odoo-addon-queue-job==18.0.") for line in pins)
    assert not any(line.startswith(("odoo==", "odoo @")) for line in pins), "the image brings Odoo itself"


def test_addons_path_is_where_the_image_puts_them():
    recipe = read("docker/Dockerfile")
    own, bought = parsed(read("odoo.conf"))["options"]["addons_path"].split(",")
    assert f"COPY addons {own}\n" in recipe
    assert f"--target {bought.removesuffix('/odoo/addons')} -r" in recipe
