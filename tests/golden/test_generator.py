"""podman's own generator reads what is rendered, and makes units of it that are as confined."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from launcher.model import roles
from launcher.model.environment import of_role
from launcher.render.own_secrets import mounted, own_secrets
from tests.golden.cases import CASES, Case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab import Host

pytestmark = pytest.mark.host

GENERATOR = "/usr/lib/systemd/system-generators/podman-system-generator"
QUADLETS = (".container", ".network", ".volume")
UNIT = re.compile(r"^---(?P<name>[^\n]+)---\n(?P<text>.*?)(?=^---|\Z)", re.DOTALL | re.MULTILINE)


@pytest.fixture(params=CASES, ids=lambda case: case.name, scope="module")
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


@pytest.fixture(scope="module")
def folder(lab_host: Host, case: Case) -> Iterator[str]:
    """Put the reviewed quadlets of a case on the host, where nothing starts them."""
    path = f"/srv/golden/{case.name}"
    lab_host.copy(case.expected, f"{path}/quadlets")
    others = [item.name for item in case.expected.iterdir() if item.suffix not in QUADLETS]
    lab_host.run(["sh", "-c", 'cd "$0" && rm -- "$@"', f"{path}/quadlets", *others])
    yield path
    lab_host.run(["rm", "-r", path])


@pytest.fixture(scope="module")
def generated(lab_host: Host, case: Case, folder: str) -> dict[str, str]:
    """Return the units that the generator makes: name → text."""
    mode = ["--user"] if case.rootless else []
    done = lab_host.run(
        ["env", f"QUADLET_UNIT_DIRS={folder}/quadlets", GENERATOR, "--dryrun", *mode],
        user="alice" if case.rootless else None,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    complaints = [line for line in done.stderr.splitlines() if re.search("rror|warn|unsupp", line)]
    assert not complaints
    return {match["name"]: match["text"] for match in UNIT.finditer(done.stdout)}


def start_of(unit: str) -> str:
    (line,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    return str(line)


def of_roles(case: Case, generated: dict[str, str], *names: str) -> dict[str, str]:
    """Return the units of the containers of these roles, or of all roles."""
    prefix = case.names.prefix
    wanted = {
        name: re.compile(rf"{prefix}-{name}(-\d+)*\.service") for name in names or roles.NAMES
    }
    return {
        unit: text
        for unit, text in generated.items()
        if any(pattern.fullmatch(unit) for pattern in wanted.values())
    }


def test_every_quadlet_becomes_a_service(case: Case, generated: dict[str, str]) -> None:
    suffixes = {".container": "", ".network": "-network", ".volume": "-volume"}
    wanted = {
        f"{path.stem}{suffixes[path.suffix]}.service"
        for path in case.expected.iterdir()
        if path.suffix in QUADLETS
    }
    assert generated.keys() == wanted


def test_every_container_is_of_our_image_and_confined(
    case: Case, generated: dict[str, str]
) -> None:
    containers = of_roles(case, generated)
    assert len(containers) == len(roles.ROLES) - 1 + case.config.worker.count
    for unit in containers.values():
        line = start_of(unit)
        for option in ("--read-only", "--cap-drop all", "no-new-privileges", "--pull never"):
            assert option in line
        images = (case.generation.image, case.generation.platform)
        assert sum(f" {image} " in line for image in images) == 1
        assert "--privileged" not in line


def test_the_database_and_the_cache_have_no_network(case: Case, generated: dict[str, str]) -> None:
    for unit in of_roles(case, generated, "db", "cache", "migrate").values():
        assert "--network none" in start_of(unit)


def test_one_port_is_published(case: Case, generated: dict[str, str]) -> None:
    published = {name: re.findall(r"--publish[ =](\S+)", text) for name, text in generated.items()}
    web = case.names.service(case.names.container("web"))
    assert {name: ports for name, ports in published.items() if ports} == {
        web: [f"{case.config.port}:8080"]
    }


def test_no_role_is_stopped_because_another_is(case: Case, generated: dict[str, str]) -> None:
    services = of_roles(case, generated)
    for text in services.values():
        bound = " ".join(re.findall(r"^(?:Requires|BindsTo|PartOf)=(.*)$", text, re.MULTILINE))
        assert not services.keys() & set(bound.split())


def test_a_role_has_the_secrets_of_its_row_and_no_other(
    case: Case, generated: dict[str, str]
) -> None:
    for role in roles.ROLES:
        for unit in of_roles(case, generated, role.name).values():
            found = re.findall(r"--secret (\S+?),type=mount,target=([a-z.-]+)", start_of(unit))
            ours = [(case.names.secret(name), name) for name in role.secrets]
            own = own_secrets(case.render()[roles.SETTINGS]) if role.reads == roles.SETTINGS else ()
            assert found == [*ours, *((case.names.own_secret(name), mounted(name)) for name in own)]


def test_a_role_has_the_variables_of_the_config_and_no_other(
    case: Case, generated: dict[str, str]
) -> None:
    for role in roles.ROLES:
        wanted = of_role(case.config.environment, role.name)
        for unit in of_roles(case, generated, role.name).values():
            found = re.findall(r"--env \"?(?!PULP_|TMPDIR)(\w+)=", start_of(unit))
            found += re.findall(r"--secret \S+?,type=env,target=(\w+)", start_of(unit))
            assert sorted(found) == sorted(wanted)


def test_signals_and_patience_are_kept_on_every_podman(
    case: Case, generated: dict[str, str]
) -> None:
    for role in roles.ROLES:
        for unit in of_roles(case, generated, role.name).values():
            wanted = role.stop_timeout or case.config.worker.grace + 30
            assert re.search(rf"--stop-signal[ =]{role.stop_signal}\b", start_of(unit))
            assert re.search(rf"--stop-timeout[ =]{wanted}\b", start_of(unit))
            (limit,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
            assert int(limit) > wanted, "systemd would kill before podman does"


def test_systemd_finds_nothing_to_complain_of(
    lab_host: Host, case: Case, generated: dict[str, str], folder: str
) -> None:
    rendered = case.render()
    own = {name: rendered[name] for name in (case.names.target, case.names.resume_service)}
    units = {**generated, **own}
    for name, text in units.items():
        lab_host.run(["tee", f"{folder}/{name}"], input=text)
    mode = "--user" if case.rootless else "--system"
    # Units of the distribution may have their own faults; this is about ours.
    done = lab_host.run(
        ["env", f"SYSTEMD_UNIT_PATH={folder}:", "systemd-analyze", mode, "--man=no", "verify",
         *(f"{folder}/{name}" for name in units)],
        user="alice" if case.rootless else None,
        check=False,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if case.names.prefix in line]
    assert not ours
    assert done.returncode == 0, done.stderr
