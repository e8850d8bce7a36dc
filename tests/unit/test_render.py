"""What is rendered means what the config says, whatever a user wrote there."""

from __future__ import annotations

import re
import runpy
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.pylock import Pylock

from launcher import catalogue
from launcher.model import roles
from launcher.model.catalogue import Catalogue
from launcher.model.config import Config
from launcher.model.generation import Generation
from launcher.model.names import Names
from launcher.model.paths import Paths
from launcher.model.wheel import Wheel
from launcher.render.context import context, lock_of
from launcher.render.nginx import site
from launcher.render.settings import settings as render_settings
from launcher.render.unit import NEWER, OLDEST_PODMAN, for_podman, text
from launcher.render.units import Desired, revisions, units

if TYPE_CHECKING:
    from pathlib import Path

    from launcher.render.unit import Entry, Version

CATALOGUE = Catalogue(catalogue.plugins())
SECRET = {"django-key": "django hush", "field-key": "field hush", "db-password": "database hush"}
NASTY = {
    "QUOTES": "'single' \"double\" '''three''' \"\"\"three\"\"\"",
    "ESCAPES": "back\\slash \\n \\' \\",
    "LINES": "one\ntwo\r\nthree\ttab\x00\x1f\x7f",
    "BRACES": "{origin} {} {{}} %s %(x)s $HOME {hostname!r}",
    "COMMENT": "# no comment",
    "UNICODE": "größe 漢字 \u2028 \U0001f680",
    "NUMBERS": [0, -1, 2**63 - 1, 0.1, 1e-300],
    "TRUTH": {"yes": True, "no": False},
    "NESTED": {"a 'b'": {"c\n": [{"d": [[], {}]}, "]"]}, "": ""},
    "EMPTY": "",
}
GENERATION = Generation(
    number=7, image="x:7", image_id="", platform="x:platform", fingerprint="", inputs={},
    plugins=(), versions={}, built_at="",
    snippets={"pulp_x": "location /x/ {\n    proxy_pass http://pulp-api;\n}\n"},
)  # fmt: skip
PLAIN = st.recursive(
    st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def config(**values: Any) -> Config:
    return Config.model_validate({"hostname": "pulp.example", **values})


def executed(folder: Path, rendered: str) -> dict[str, Any]:
    """Run the file as Pulp does, with secrets of this test's own."""
    secrets = folder / "secrets"
    secrets.mkdir(exist_ok=True)
    for name, value in SECRET.items():
        (secrets / name).write_text(value, encoding="utf-8")
    file = folder / "settings.py"
    file.write_text(rendered.replace("/run/secrets", str(secrets)), encoding="utf-8")
    return runpy.run_path(str(file))


def test_settings_have_exactly_the_values_of_the_config(tmp_path: Path) -> None:
    found = executed(tmp_path, render_settings(config(settings=NASTY), CATALOGUE, ()))
    assert {name: found[name] for name in NASTY} == NASTY


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=PLAIN)
def test_any_plain_value_survives(tmp_path: Path, value: object) -> None:
    found = executed(tmp_path, render_settings(config(settings={"X": value}), CATALOGUE, ()))
    assert found["X"] == value


def test_settings_read_their_secrets_and_hold_none(tmp_path: Path) -> None:
    found = executed(tmp_path, render_settings(config(), CATALOGUE, ("pulp-container",)))
    assert found["SECRET_KEY"] == SECRET["django-key"]
    assert found["DATABASES"]["default"]["PASSWORD"] == SECRET["db-password"]
    assert found["DB_ENCRYPTION_KEY"].endswith("/field-key")
    assert "hush" not in (tmp_path / "settings.py").read_text(encoding="utf-8")


def test_settings_follow_the_host_and_the_plugins(tmp_path: Path) -> None:
    wanted = config(port=8443, worker={"grace": 77})
    found = executed(tmp_path, render_settings(wanted, CATALOGUE, ("pulp-container", "pulp-own")))
    assert found["CONTENT_ORIGIN"] == "http://pulp.example:8443"
    assert found["TASK_GRACE_INTERVAL"] == 77
    assert found["TOKEN_SERVER"].startswith("http://pulp.example:8443/")


def test_the_config_has_the_last_word(tmp_path: Path) -> None:
    said = {"TOKEN_SERVER": "https://else.example/", "CACHE_ENABLED": False}
    found = executed(
        tmp_path, render_settings(config(settings=said), CATALOGUE, ("pulp-container",))
    )
    assert {name: found[name] for name in said} == said


def test_settings_do_not_depend_on_the_order_of_keys() -> None:
    one = render_settings(config(settings={"A": 1, "B": 2}), CATALOGUE, ())
    assert one == render_settings(config(settings={"B": 2, "A": 1}), CATALOGUE, ())


def test_the_site_serves_name_and_content_where_the_config_says() -> None:
    rendered = site(config(settings={"CONTENT_PATH_PREFIX": "/files/"}), GENERATION)
    assert "server_name pulp.example;" in rendered
    assert re.search(r"location /files/ \{\s+proxy_pass http://pulp-content;", rendered)
    assert rendered.count("{") == rendered.count("}")
    for name in ("pulp-api", "pulp-content"):
        assert f"upstream {name} {{" in rendered
    assert "location /x/ {" in rendered


def test_web_waits_longer_than_pulp_itself_for_its_answer() -> None:
    rendered = site(config(api={"timeout": 7000}, content={"timeout": 500}), GENERATION)
    server, content = rendered.split("location /pulp/content/")
    for timeout in ("proxy_read_timeout", "proxy_send_timeout"):
        assert f"{timeout} 7030s;" in server
        assert f"{timeout} 530s;" in content


WHEEL = Wheel("pulp-x", "1.0", "pulp_x-1.0-py3-none-any.whl", "ab" * 32, "/cache/pulp_x.whl")


def test_the_build_context_is_the_static_files_the_lock_and_the_packages() -> None:
    made = context(
        {"Containerfile": b"FROM", "a/README.md": b"#"},
        [],
        ["git", "curl", "git"],
        b"-",
        {"pygobject": "python3-gi", "pycairo": "python3-cairo"},
        updates="hostname 1 2\n",
    )
    assert made == {
        "Containerfile": b"FROM",
        "pylock.toml": lock_of([]).encode(),
        "plugin-packages.txt": b"curl\ngit\n",
        "provided.txt": b"pycairo python3-cairo\npygobject python3-gi\n",
        "ca-bundle.crt": b"-",
        "debian-updates.txt": b"hostname 1 2\n",
    }


def test_no_packages_are_an_empty_list() -> None:
    assert context({}, (), (), b"", {})["plugin-packages.txt"] == b""


def test_the_lock_of_the_context_is_of_wheels_beside_it() -> None:
    lock = Pylock.from_dict(tomllib.loads(lock_of([WHEEL])))
    (package,) = lock.packages
    assert (package.name, str(package.version)) == (WHEEL.name, WHEEL.version)
    assert package.archive
    assert package.archive.path == "wheels/pulp_x-1.0-py3-none-any.whl"
    assert package.archive.hashes == {"sha256": WHEEL.sha256}


def test_where_a_wheel_lies_on_this_host_is_no_input() -> None:
    assert lock_of([WHEEL]) == lock_of([replace(WHEEL, path="/elsewhere/pulp_x.whl")])


@pytest.mark.parametrize(
    ("off", "enabled"),
    [
        ((), None),
        (("pulp-not-there",), None),
        (("pulp-rpm",), ["pulp_certguard", "pulp_file", "pulp_hugging_face"]),
        (("pulp-rpm", "pulp-hugging-face"), ["pulp_certguard", "pulp_file"]),
    ],
)
def test_what_is_off_is_not_loaded(
    tmp_path: Path, off: tuple[str, ...], enabled: list[str] | None
) -> None:
    plugins = ("pulp-rpm", "pulp-hugging-face")
    found = executed(tmp_path, render_settings(config(), CATALOGUE, plugins, off))
    assert found.get("ENABLED_PLUGINS") == enabled


def test_a_container_is_told_from_an_older_one_by_its_revision() -> None:
    def revision(name: str, etc: str = "", **values: Any) -> str:
        wanted = Desired(
            Names(), Paths.of_root("pulp"), config(**values), GENERATION, (5, 4), rootless=False,
            settings=etc,
        )  # fmt: skip
        return revisions(units(wanted))[name]

    assert revision("pulp-api-7") == revision("pulp-api-7")
    assert revision("pulp-api-7") != revision("pulp-api-7", api={"processes": 9})
    assert revision("pulp-web") == revision("pulp-web", api={"processes": 9})
    assert revision("pulp-api-7") != revision("pulp-api-7", "X = 1")
    # Nothing of the settings is in the database's container.
    assert revision("pulp-db") == revision("pulp-db", "X = 1")


def test_files_without_a_revision_have_none() -> None:
    assert revisions({"pulp.network": "[Network]\n", "pulp-api.container": "[Container]\n"}) == {}


@pytest.mark.parametrize("value", ["a\nExecStart=b", "a\r", "\n"])
def test_a_value_that_would_be_a_key_of_its_own_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        text("head", {"Service": [("ExecStart", value)]})


def test_a_percent_sign_is_no_specifier() -> None:
    assert text("head", {"Unit": [("Description", "100% %h")]}) == (
        "# head\n\n[Unit]\nDescription=100%% %%h\n"
    )


@pytest.mark.parametrize(
    ("entry", "podman", "said"),
    [
        (("Notify", "healthy"), (4, 6), []),
        (("Notify", "healthy"), (4, 9), [("PodmanArgs", "--sdnotify=healthy")]),
        (("Notify", "healthy"), (5, 0), [("Notify", "healthy")]),
        (("StopTimeout", "30"), (4, 9), [("PodmanArgs", "--stop-timeout=30")]),
        (("StopTimeout", "30"), (5, 0), [("StopTimeout", "30")]),
        (("StopSignal", "SIGINT"), (5, 0), [("PodmanArgs", "--stop-signal=SIGINT")]),
        (("StopSignal", "SIGINT"), (5, 4), [("StopSignal", "SIGINT")]),
        (("Image", "x"), (4, 6), [("Image", "x")]),
    ],
)
def test_newer_keys_are_said_in_words_that_an_older_podman_knows(
    entry: Entry, podman: Version, said: list[Entry]
) -> None:
    assert for_podman(entry, podman) == said


def test_every_key_of_the_table_is_newer_than_the_floor() -> None:
    assert all(newer.since > OLDEST_PODMAN for newer in NEWER.values())


def test_the_secrets_that_settings_read_are_mounted_for_who_reads_them() -> None:
    rendered = render_settings(config(), CATALOGUE, tuple(CATALOGUE.plugins))
    named = set(re.findall(r'_secrets / "([a-z-]+)"', rendered))
    named |= set(re.findall(r"/run/secrets/([a-z-]+)", rendered))
    assert named
    for role in roles.ROLES:
        if role.reads == roles.SETTINGS:
            assert named <= set(role.secrets)


@pytest.mark.parametrize(("shutdown", "told"), [(0, None), (120, "--time 45 "), (900, None)])
def test_what_may_take_longer_than_a_shutdown_ends_before_the_database(
    shutdown: int, told: str | None
) -> None:
    """The kind of fault: a limit of the host's that all units share kills the database."""
    paths = Paths.of_root("pulp")
    wanted = Desired(
        Names(), paths, config(), GENERATION, (5, 4), rootless=True, settings="", shutdown=shutdown
    )
    written = {name: text for name, text in units(wanted).items() if "ExecStop=" in text}
    concerned = {name for name in units(wanted) if "-worker-" in name or "-content-" in name}
    assert set(written) == (concerned if told else set())
    assert all(told in text for text in written.values() if told)
