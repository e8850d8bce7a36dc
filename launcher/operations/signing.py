"""Let Pulp sign: a key that podman keeps, and a service in Pulp for each kind of content.

A key is kept before Pulp is told of it, and goes after Pulp has forgotten it. So a launcher that
was killed leaves at most a key that signs nothing yet, with which the next goes on.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host.podman import last_json
from launcher.model import roles
from launcher.model.errors import GateFailed, LauncherError, NotReady, UsageProblem
from launcher.model.signing import KIND_NAMES, NAME, Service, kind, kinds_of, service_name
from launcher.model.toml import nearest
from launcher.operations.changing import changing
from launcher.operations.desired import desired
from launcher.operations.signing_keys import (
    check_image,
    fingerprint,
    keep_key,
    key_names,
    make_key,
    read_key,
)
from launcher.operations.signing_services import check_database, public_key, services
from launcher.operations.start import start_generation
from launcher.render.settings import applied
from launcher.render.units import run_options

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from launcher.model.generation import Generation
    from launcher.model.signing import Kind
    from launcher.operations.instance import Instance


@dataclass(frozen=True)
class Source:
    """Where a key comes from: a text that somebody gives, or it is made; else it is there."""

    text: str = ""
    made: bool = False


@dataclass(frozen=True)
class Added:
    """A key by its name and fingerprint, and the services that are new in Pulp."""

    name: str
    fingerprint: str
    services: tuple[str, ...]


@dataclass(frozen=True)
class Listed:
    """A service, or a key without any; `there` is whether podman has its key."""

    key: str | None
    there: bool
    kind: str | None = None
    service: str | None = None
    fingerprint: str | None = None
    used_by: tuple[str, ...] = ()


def add(instance: Instance, name: str, kinds: Sequence[str], source: Source) -> Added:
    """Make or take over a key, or take the one that is there, and let Pulp sign with it.

    What fails leaves nothing behind.

    Raises:
        UsageProblem: the name or a kind can not be, or there is such a key, or none.
        InputInvalid: the key that was given can not sign by itself.
        NotReady: Pulp does not run, or lacks the plugin.
        GateFailed: Pulp does not take the service.

    """
    _check_words(name, kinds)
    with changing(instance):
        generation = _serving(instance)
        keys, there = key_names(instance), services(instance)
        # What is given back signs what it did.
        lost = [item.kind for item in there if item.key == name and name not in keys and item.kind]
        wanted = _wanted_kinds(instance, generation, kinds or lost)
        _check_key(name, keys, there, source)
        kept, found = _kept(instance, generation, name, source)
        new = [item for item in wanted if service_name(name, item) not in {s.name for s in there}]
        try:
            _register(instance, generation, name, found, new)
        except LauncherError:
            if kept and not any(item.key == name for item in services(instance)):
                instance.podman.remove_secret(instance.names.signing_key(name))
            raise
        start_generation(instance, generation)
    return Added(name, found, tuple(service_name(name, item) for item in new))


def list_all(instance: Instance) -> tuple[Listed, ...]:
    """Return the services that Pulp knows, and the keys without any; raises NotReady."""
    keys, found = key_names(instance), services(instance)
    idle = keys - {item.key for item in found if item.key}
    listed = [
        Listed(item.key, item.key in keys, item.kind, item.name, item.fingerprint, item.used_by)
        for item in found
    ]
    return (*listed, *(Listed(name, there=True) for name in sorted(idle)))


def export(instance: Instance, name: str) -> str:
    """Return the public key of a signing key, for those who shall trust it.

    Raises:
        UsageProblem: there is no such key, or Pulp signs nothing with it yet.

    """
    found = services(instance)
    mine = [item for item in found if item.key == name]
    if not mine:
        raise _unknown(name, {item.key for item in found if item.key})
    return base64.b64decode(public_key(instance, mine[0].name)).decode()


def remove(instance: Instance, name: str) -> Added:
    """Remove a key that nothing uses, and its services.

    Raises:
        UsageProblem: there is no such key, or a repository uses it.
        NotReady: Pulp does not run.

    """
    with changing(instance):
        generation = _serving(instance)
        mine = [item for item in services(instance) if item.key == name]
        keys = key_names(instance)
        if not mine and name not in keys:
            raise _unknown(name, keys)
        _check_unused(name, mine)
        if mine:
            _tell_pulp(instance, generation, "remove", *(item.name for item in mine))
        instance.podman.remove_secret(instance.names.signing_key(name))
        start_generation(instance, generation)
    prints = sorted({item.fingerprint for item in mine})
    return Added(name, ", ".join(prints), tuple(item.name for item in mine))


def _check_words(name: str, kinds: Iterable[str]) -> None:
    if not NAME.fullmatch(name):
        raise UsageProblem(
            f"'{name}' cannot be the name of a signing key",
            hint="Use at most 63 small letters, digits and dashes, with a letter first.",
        )
    for word in kinds:
        if word not in KIND_NAMES:
            raise UsageProblem(
                f"nothing signs '{word}'{nearest(word, KIND_NAMES)}",
                hint=f"What can be signed: {', '.join(KIND_NAMES)}",
            )


def _serving(instance: Instance) -> Generation:
    """Return the generation whose database runs; raises NotReady."""
    generation = instance.current()
    if generation is None:
        raise NotReady("nothing was started yet", hint="Start it with: pulp-launcher start")
    check_database(instance)
    return generation


def _wanted_kinds(
    instance: Instance, generation: Generation, words: Collection[str]
) -> tuple[Kind, ...]:
    """Return what is to be signed; raises NotReady where no plugin has it."""
    loads = applied(desired(instance, generation).settings).loads
    can = kinds_of([name for name in generation.plugins if loads(name)])
    wanted = tuple(kind(word) for word in dict.fromkeys(words))
    for item in wanted:
        if item not in can:
            raise NotReady(
                f"generation {generation.number} has no {item.plugin}, which has {item.signs}",
                hint=f"Add it first: pulp-launcher plugin add {item.plugin}; pulp-launcher rebuild",
            )
    wanted = wanted or tuple(item for item in can if item.by_default)
    if not wanted:
        raise NotReady(
            f"no plugin of generation {generation.number} has anything to sign",
            hint="Add one first, as in: pulp-launcher plugin add pulp-rpm; pulp-launcher rebuild",
        )
    return wanted


def _check_key(name: str, keys: set[str], there: Iterable[Service], source: Source) -> None:
    """Refuse a second key of a name, and none at all; no key is ever replaced."""
    given = bool(source.text or source.made)
    if name in keys and given:
        raise UsageProblem(
            f"there is a signing key {name} already, and it is not replaced",
            hint=f"Use it: pulp-launcher signing add {name} --for KIND; or give yours another name",
        )
    if name in keys:
        return
    if any(item.key == name for item in there) and source.made:
        raise UsageProblem(
            f"the signing key {name} is gone, and Pulp still has services for it",
            hint=f"Give it back: pulp-launcher signing add {name} --key FILE; or let Pulp forget "
            f"it: pulp-launcher signing remove {name}",
        )
    if not given:
        raise UsageProblem(
            f"there is no signing key '{name}'{nearest(name, keys)}",
            hint=f"Make one: pulp-launcher signing add {name} --generate; or give yours: "
            f"pulp-launcher signing add {name} --key FILE",
        )


def _kept(
    instance: Instance, generation: Generation, name: str, source: Source
) -> tuple[bool, str]:
    """Keep the key where it is new; return whether it is, and its fingerprint."""
    if not (source.text or source.made):
        return False, fingerprint(instance, generation, name)
    made = (
        make_key(instance, generation, name)
        if source.made
        else read_key(instance, generation, source.text)
    )
    old = {item.fingerprint for item in services(instance) if item.key == name}
    if old and old != {made.fingerprint}:
        raise UsageProblem(
            f"this is another key: that of {name} has the fingerprint {', '.join(sorted(old))}",
            hint=f"Let Pulp forget the old one first: pulp-launcher signing remove {name}",
        )
    keep_key(instance, name, made)
    return True, made.fingerprint


def _register(
    instance: Instance, generation: Generation, name: str, found: str, kinds: Iterable[Kind]
) -> None:
    words = [
        word for item in kinds for word in (service_name(name, item), item.service_class, item.path)
    ]
    if words:
        _tell_pulp(instance, generation, "add", found, *words)


def _tell_pulp(instance: Instance, generation: Generation, *words: str) -> None:
    """Change Pulp's signing services in one step; raises GateFailed."""
    options = run_options(desired(instance, generation), roles.role("worker"))
    wrapped = ["with-signing-keys"] if words[0] == "add" else []
    command = [*wrapped, "signing-services", *words]
    with instance.reporter.step("Letting Pulp try the key" if wrapped else "Telling Pulp"):
        done = instance.podman.run(generation.image, command, options)
    check_image(generation, done)
    if done.returncode:
        problem = last_json(done.stdout).get("problem") or done.stderr.strip()
        raise GateFailed(
            "Pulp refuses, and nothing was changed",
            details=str(problem),
            hint="See what there is with: pulp-launcher signing list",
        )


def _check_unused(name: str, found: Iterable[Service]) -> None:
    users = sorted({f"{user} ({item.name})" for item in found for user in item.used_by})
    if users:
        raise UsageProblem(
            f"the signing key {name} is in use: {', '.join(users)}",
            hint="Take the service out of them first; docs/how-to/sign.md says how.",
        )


def _unknown(name: str, keys: Collection[str]) -> UsageProblem:
    return UsageProblem(
        f"there is no signing key '{name}'{nearest(name, keys)} that Pulp signs with",
        hint="What there is: pulp-launcher signing list",
    )
