"""`config.toml`: what is understood, and what is kept out of units, nginx and Pulp's settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomlkit

from launcher.model.config import TEMPLATE, Config
from launcher.model.errors import InputInvalid
from launcher.model.pulp_settings import OURS
from launcher.model.toml import parse

PATH = Path("/etc/pulp-launcher/pulp/config.toml")


def read(text: str) -> Config:
    return parse(text, PATH, Config)


def written(**values: Any) -> str:
    return tomlkit.dumps({"hostname": "pulp.example", **values})


def mistakes(text: str) -> str:
    with pytest.raises(InputInvalid) as caught:
        read(text)
    assert str(PATH) in caught.value.message
    return caught.value.details


def test_the_template_says_the_defaults() -> None:
    text = TEMPLATE.format(hostname='"pulp.example"', port=8080)
    assert read(text) == Config(hostname="pulp.example")


@pytest.mark.parametrize(
    ("port", "origin"), [(8080, "http://pulp.example:8080"), (80, "http://pulp.example")]
)
def test_the_origin_names_the_port_where_clients_must(port: int, origin: str) -> None:
    assert read(written(port=port)).origin == origin


def test_the_url_paths_are_those_of_pulp_unless_set() -> None:
    config = read(written())
    assert (config.api_root, config.content_prefix) == ("/pulp/", "/pulp/content/")
    config = read(written(settings={"API_ROOT": "/", "CONTENT_PATH_PREFIX": "/files/x/"}))
    assert (config.api_root, config.content_prefix) == ("/", "/files/x/")


@pytest.mark.parametrize("name", ["localhost", "pulp", "a-b.example.org", "10.0.0.7", "A.b"])
def test_host_names_are_taken(name: str) -> None:
    assert read(written(hostname=name)).hostname == name


@pytest.mark.parametrize(
    "name",
    ["", "a b", "a\nb", "a;b", "a{b}", "-a", "a.b;", 'a"b', "a'b", "[::1]", "a/b", "a:80", "ä.de",
     "a..b", "a" * 254],
)  # fmt: skip
def test_what_nginx_or_a_unit_would_read_otherwise_is_no_host_name(name: str) -> None:
    assert mistakes(written(hostname=name)).startswith("hostname: ")


@pytest.mark.parametrize("folder", ["/srv/pulp", "/srv/p-u_l.p", "/srv/größe", "/srv/[x]"])
def test_folders_are_taken(folder: str) -> None:
    assert read(written(storage={"pulp": folder})).storage.pulp == folder


def test_a_slash_at_the_end_of_a_folder_means_nothing() -> None:
    assert read(written(storage={"pulp": "/srv/pulp/"})).storage.pulp == "/srv/pulp"


@pytest.mark.parametrize(
    "folder",
    ["srv", "./srv", "~/pulp", "/srv/a b", "/srv/a\nb", "/srv/a:b", "/srv/%h", "/srv/$HOME",
     "/srv/'x'", '/srv/"x"', "/srv/a\\b", "/srv/a\tb", "/srv/a\x7fb"],
)  # fmt: skip
def test_what_a_mount_would_read_otherwise_is_no_folder(folder: str) -> None:
    assert "storage.database" in mistakes(written(storage={"database": folder}))


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"port": "8080"}, "port"),
        ({"port": True}, "port"),
        ({"worker": {"count": 0}}, "worker.count"),
        ({"worker": {"count": 2.5}}, "worker.count"),
        ({"worker": {"grace": -1}}, "worker.grace"),
        ({"api": {"processes": "many"}}, "api.processes"),
        ({"storage": "/srv"}, "storage"),
        ({"settings": ["X"]}, "settings"),
    ],
)
def test_a_wrong_value_is_told_with_its_path(values: dict[str, Any], place: str) -> None:
    assert mistakes(written(**values)).startswith(f"{place}: ")


@pytest.mark.parametrize(
    ("values", "explanation"),
    [
        ({"hostnam": "x"}, "hostnam: unknown key; did you mean 'hostname'?"),
        ({"worker": {"cuont": 1}}, "worker.cuont: unknown key; did you mean 'count'?"),
        ({"ANALYTICS": False}, "ANALYTICS: unknown key"),
    ],
)
def test_an_unknown_key_is_told_with_the_nearest(values: dict[str, Any], explanation: str) -> None:
    assert mistakes(written(**values)) == explanation


def test_the_host_name_can_not_be_left_out() -> None:
    assert mistakes("port = 8080\n") == "hostname: is missing"


@pytest.mark.parametrize("name", OURS)
def test_settings_of_the_launcher_are_refused_with_the_reason(name: str) -> None:
    details = mistakes(written(settings={name: "x"}))
    assert name in details
    assert OURS[name] in details


@pytest.mark.parametrize(
    "settings",
    [{"CACHE_ENABLED": {"from-secret": "x"}}, {"DOMAIN_ENABLED": "yes"}, {"ENABLED_PLUGINS": True}],
)
def test_what_the_launcher_reads_too_is_of_its_kind(settings: dict[str, Any]) -> None:
    assert next(iter(settings)) in mistakes(written(settings=settings))


@pytest.mark.parametrize("name", ["analytics", "A B", "A=1\nB", "1A", "A'", "__A__", ""])
def test_what_is_no_python_name_is_no_setting(name: str) -> None:
    assert "is no Pulp setting" in mistakes(written(settings={name: 1}))


@pytest.mark.parametrize("name", ["API_ROOT", "CONTENT_PATH_PREFIX"])
@pytest.mark.parametrize(
    "value", ["", "pulp/", "/pulp", "/a b/", "/a{/", "/a;/", "/a\n/", "/a'/", "/%20/", "//", 5]
)
def test_a_url_path_holds_nothing_that_nginx_reads(name: str, value: object) -> None:
    assert name in mistakes(written(settings={name: value}))


@pytest.mark.parametrize("text", ["2020-01-01", "12:00:00", "[1, 2020-01-01]", "{a = 12:00:00}"])
def test_dates_and_times_are_no_settings(text: str) -> None:
    assert "can not be a Pulp setting" in mistakes(f"hostname = 'a'\n[settings]\nX = {text}\n")


@pytest.mark.parametrize(
    "value", ["'\"\\\n{}[]%", [1, [2.5, "x"]], {"a b": {"c": [True]}}, -1, 1e300, "", {}, []]
)
def test_any_other_value_of_a_setting_is_kept_as_it_is(value: object) -> None:
    assert read(written(settings={"X": value})).settings == {"X": value}


@pytest.mark.parametrize("text", ["nan", "-inf", "[inf]", "{a = nan}"])
def test_what_python_can_not_write_is_no_setting(text: str) -> None:
    assert "X" in mistakes(f"hostname = 'a'\n[settings]\nX = {text}\n")


@pytest.mark.parametrize("folder", ["/", "//"])
def test_the_root_folder_is_no_storage(folder: str) -> None:
    assert "storage.pulp" in mistakes(written(storage={"pulp": folder}))


@pytest.mark.parametrize("other", ["/srv/pulp", "/srv/pulp/", "/srv/pulp/db"])
def test_content_and_database_do_not_share_a_folder(other: str) -> None:
    assert "storage" in mistakes(written(storage={"pulp": "/srv/pulp", "database": other}))


@pytest.mark.parametrize("prefix", ["/", "/assets/"])
def test_content_does_not_lie_where_something_else_is_served(prefix: str) -> None:
    assert "CONTENT_PATH_PREFIX" in mistakes(written(settings={"CONTENT_PATH_PREFIX": prefix}))


@pytest.mark.parametrize(
    "command", [[], ["mail"], ["/usr/bin/mail", "", "a b", "$x", "%h"], ["/a b"]]
)
def test_a_hook_is_a_program_with_its_arguments(command: list[str]) -> None:
    assert read(written(hooks={"failure": command})).hooks.failure == tuple(command)


@pytest.mark.parametrize(
    "command",
    ["/usr/bin/mail", [""], [" "], ["bin/mail"], ["./mail"], ["~/mail"], ["mail", 1],
     ["mail", "a\0"], {"mail": "x"}, True],
)  # fmt: skip
def test_what_can_not_be_run_is_no_hook(command: object) -> None:
    assert mistakes(written(hooks={"success": command})).startswith("hooks.success")
