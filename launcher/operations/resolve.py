"""Resolve a manifest, hold pulpcore where it is, and say in words why something does not fit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from launcher.host.uv import ALL, others_say
from launcher.host.uv_errors import Conflict, UnknownDistribution
from launcher.model.conflict import Asker, allows, clashes
from launcher.model.errors import ResolutionFailed
from launcher.model.lock import Lock, stamped
from launcher.model.requirement import CORE
from launcher.operations.explain import explained, notes, unknown
from launcher.operations.make_wheels import make_wheels
from launcher.operations.newest import asker, hollow, newest_alone, plugin_wheels, question_of

if TYPE_CHECKING:
    from launcher.host.uv import Answer, Question
    from launcher.model.generation import Generation
    from launcher.model.manifest import Manifest
    from launcher.operations.instance import Instance

_ANY_LATER = "9999"
"""A version of pulpcore that only those let in who name no upper bound."""


def resolve(
    instance: Instance,
    manifest: Manifest,
    old: Lock | None,
    upgrade: tuple[str, ...] = (),
    limits: tuple[str, ...] = (),
) -> Lock:
    """Return the lock of a manifest and write nothing.

    Versions of `old` stay, but for the names in `upgrade`, which go no further than the `limits`
    (constraints) that hold this once. pulpcore is never moved down.

    Raises:
        ResolutionFailed: nothing fits, with the clash and the way out; or what fits is no plugin.
        IndexUnreachable: the index does not answer.

    """
    if old is not None and old.edited and upgrade != ALL:
        instance.reporter.note(
            f"{instance.paths.lock} was changed by hand: its versions stay where they exist and "
            "fit, all else in it is asked for anew."
        )
    if said := others_say():
        instance.reporter.note(
            f"{', '.join(said)} of this shell's environment has a say in what is chosen; what "
            f"shall count everywhere belongs under [index] in {instance.paths.manifest}"
        )
    with instance.reporter.step("Resolving plugins"):
        question = question_of(instance, manifest, old, upgrade)
        floor = _floor(instance, manifest, old, question)
        held = replace(question, constraints=(*question.constraints, *limits, f"{CORE}>={floor}"))
        try:
            answer = instance.uv.answer(_reaching(instance, manifest, held))
        except UnknownDistribution as error:
            raise unknown(instance, manifest, error) from error
        except Conflict as error:
            raise explained(instance, manifest, held, floor, error) from error
        _check_warnings(answer, old)
        lock = Lock.parse(stamped(answer.lock, manifest, question.provided), instance.paths.lock)
        make_wheels(instance, manifest, lock, manifest.plugins)
        # Nothing is built for plugins that are refused.
        _check_plugins(instance, manifest, lock, floor)
        make_wheels(instance, manifest, lock, lock.versions)
    return lock


def _reaching(instance: Instance, manifest: Manifest, held: Question) -> Question:
    """Return the question with the newest of what is to be upgraded in it, if that has an answer.

    By itself the resolver would keep a pinned pulpcore, and with it the old release of a plugin.
    """
    if held.upgrade in {(), ALL}:
        return held
    newest, _ = newest_alone(instance, manifest)
    bounds = tuple(f"{name}>={_public(newest[name])}" for name in held.upgrade if name in newest)
    eager = replace(held, constraints=(*held.constraints, *bounds))
    try:
        instance.uv.compile(eager)
    except ResolutionFailed:
        return held
    return eager


def _floor(instance: Instance, manifest: Manifest, old: Lock | None, question: Question) -> str:
    """Return the lowest pulpcore that may be chosen.

    That is the one the database was migrated with, or is locked; for a new instance the newest that
    the manifest lets have, so that no plugin drags in an old one unseen.
    """
    wanted = SpecifierSet(manifest.core.version)
    floors = []
    current = instance.current()
    if manifest.core.source:
        return _version_at_source(instance, manifest, question, current)
    if current is not None:
        _check_core_range(manifest, current.versions[CORE])
        floors.append(current.versions[CORE])
    # One of a checkout has no version in the lock; what was built of it has one.
    locked = old.versions.get(CORE) if old else None
    if locked and wanted.contains(locked, prereleases=True):
        floors.append(locked)
    if floors:
        return _public(max(floors, key=Version))
    alone = replace(
        question, requirements=(f"{CORE}{wanted}",), pins=None, constraints=(), dependencies=False
    )
    return _public(Lock.parse(instance.uv.compile(alone), instance.paths.lock).versions[CORE])


def _version_at_source(
    instance: Instance, manifest: Manifest, question: Question, current: Generation | None
) -> str:
    """Return the version of the pulpcore that comes from git, a path or an address.

    Raises:
        ResolutionFailed: it is older than the one that the database was migrated with.

    """
    core, pins = manifest.core.requirement(CORE), question.pins
    alone = replace(question, requirements=(core,), pins=pins, constraints=(), dependencies=False)
    (wheel,) = plugin_wheels(instance, manifest, instance.uv.compile(alone), {CORE})
    found = asker(wheel).name.split()[1]
    if current is not None and Version(_public(found)) < Version(_public(current.versions[CORE])):
        raise ResolutionFailed(
            f"{manifest.core.source} is pulpcore {found}, but the database is that of "
            f"{current.versions[CORE]}",
            details="A database that was migrated can not be used by an older pulpcore.",
            hint=f"Name a source of pulpcore {current.versions[CORE]} or newer under [core].",
        )
    return _public(found)


def _public(version: str) -> str:
    """Return a version without its local part, which a lower bound can not have (PEP 440)."""
    return Version(version).public


def _check_core_range(manifest: Manifest, running: str) -> None:
    upper = SpecifierSet(manifest.core.version)
    if (upper & SpecifierSet(f">={_public(running)}")).is_unsatisfiable():
        raise ResolutionFailed(
            f"the manifest wants pulpcore {upper}, but the database is that of {running}",
            details="A database that was migrated can not be used by an older pulpcore.",
            hint=f"Ask for pulpcore {running} or newer.",
        )


def _check_warnings(answer: Answer, old: Lock | None) -> None:
    """Refuse extras that are not there, and withdrawn versions that were not locked before."""
    for name, extra in answer.no_extras:
        raise ResolutionFailed(
            f"{name} has no extra '{extra}'", hint="Leave it out, or look it up in its docs."
        )
    for item in answer.yanked:
        if old is None or old.versions.get(item.name) != item.version:
            raise ResolutionFailed(
                f"{item.name} {item.version} was withdrawn by its makers",
                details=item.reason,
                hint="Ask for another version of it.",
            )


def _check_plugins(instance: Instance, manifest: Manifest, lock: Lock, floor: str) -> None:
    """Refuse what a resolver takes where nothing better fits, and nobody wants.

    That is a pre-release, a release without a plugin in it, and an old release that does not say
    that it needs an old pulpcore.
    """
    _check_age(instance, manifest, lock, floor)
    for name, plugin in manifest.plugins.items():
        if not plugin.source:
            _check_release(instance, manifest, name, lock.versions[name])
    for empty in hollow(plugin_wheels(instance, manifest, lock.text, set(manifest.plugins))):
        near = instance.catalogue.nearest(empty.split()[0])
        raise ResolutionFailed(
            f"{empty} is not a Pulp plugin{near}",
            details="It has no entry point in the group pulpcore.plugin.",
            hint="A library for the image belongs under requirements in [image].",
        )


def _check_release(instance: Instance, manifest: Manifest, name: str, version: str) -> None:
    asked = SpecifierSet(manifest.plugins[name].version)
    known = instance.catalogue.plugins.get(name)
    if known and not known.fits and not asked:
        raise ResolutionFailed(
            f"{name} can not be installed today",
            details=known.notes,
            hint=f"If you know better, pin it: pulp-launcher plugin add '{name}=={version}'",
        )
    if Version(version).is_prerelease and not asked.prereleases:
        raise ResolutionFailed(
            f"{name} has only a pre-release that fits: {version}",
            details="\n".join(notes(instance, (name,))),
            hint=f"If you want it all the same: pulp-launcher plugin add '{name}=={version}'",
        )


def _check_age(instance: Instance, manifest: Manifest, lock: Lock, floor: str) -> None:
    """Refuse an old release that says no upper bound of pulpcore, where the newest says one."""
    newest, needs = newest_alone(instance, manifest)
    chosen = plugin_wheels(instance, manifest, lock.text, set(manifest.plugins))
    bounds = {item.name: item.requirements for item in map(asker, chosen)}
    for name, version in newest.items():
        ours = lock.versions[name]
        pinned = "==" in manifest.plugins[name].version if name in manifest.plugins else True
        if pinned or Version(ours) >= Version(version):
            continue
        needed = needs.get(f"{name} {version}", ())
        late = clashes([Asker(name, needed), Asker("the instance", (f"{CORE}>={floor}",))])
        if late and allows(bounds[f"{name} {ours}"], CORE, _ANY_LATER):
            asked = ", ".join(item for item in needed if item.startswith(CORE))
            raise ResolutionFailed(
                f"{name} is too old for this pulpcore: its newest release, {version}, "
                f"needs {asked}",
                details="\n".join([_old_release(name, lock, floor), *notes(instance, (name,))]),
                hint=f"Leave {name} out, or wait for its next release.",
            )


def _old_release(name: str, lock: Lock, floor: str) -> str:
    return (
        f"The instance holds pulpcore {floor}. The resolver would take {name} "
        f"{lock.versions[name]}, an older release that does not say what it needs."
    )
