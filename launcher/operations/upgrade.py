"""Move everything to the newest that fits: lock, rebuild and switch, or leave all as it was."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from launcher.host import files, proxy
from launcher.host.uv import ALL
from launcher.model.errors import LauncherError, NotReady
from launcher.model.limits import only_patches, within_api
from launcher.model.lock import Move
from launcher.model.requirement import CORE
from launcher.model.updates import merged
from launcher.operations import hooks
from launcher.operations.changing import changing
from launcher.operations.lock import fitting
from launcher.operations.mend import Mended, mend
from launcher.operations.pending_updates import pending_updates
from launcher.operations.plan import plan_rebuild
from launcher.operations.rebuild import build_and_switch, told
from launcher.operations.resolve import resolve
from launcher.operations.trial import begin_trial, end_trial, undo_trial
from launcher.render.unit import OLDEST_PODMAN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from launcher.model.lock import Lock
    from launcher.model.manifest import Manifest
    from launcher.model.plan import Plan
    from launcher.model.updates import Update
    from launcher.operations.instance import Instance
    from launcher.operations.rebuild import Rebuilt


@dataclass(frozen=True)
class Upgrade:
    """The lock of an upgrade, its list of Debian's updates, and what it would do.

    `left` is the generation that it comes to, where that was left before and nobody is there to
    say that it shall be tried again.
    """

    lock: Lock
    updates: str
    plan: Plan
    left: int | None = None

    @property
    def due(self) -> bool:
        return self.plan.due and self.left is None


@dataclass(frozen=True)
class Upgraded:
    """What was planned, and what came of it; nothing where nothing was due."""

    plan: Plan
    rebuilt: Rebuilt | None


def look(
    instance: Instance, *, patches: bool = False, security: bool = False, unattended: bool = False
) -> Upgrade:
    """Return what an upgrade would do, and write nothing.

    With `patches` pulpcore and the plugins stay at their X.Y; with `security` only what has a known
    vulnerability moves, and Debian as a whole where one of its packages does. An `unattended`
    upgrade does not cross a break of pulpcore's plugin API, does not try again what was left, and
    tells the hooks where it can not be found out.

    Raises:
        ResolutionFailed, IndexUnreachable: the manifest can not be resolved.
        HostUnfit: podman is missing or too old.

    """
    telling = hooks.told_of_failure(instance) if unattended else contextlib.nullcontext()
    with telling:
        manifest = instance.manifest()
        proxy.environment()
        limits = _limits(instance, manifest, patches=patches, api=unattended)
        beyond = _beyond(instance) if unattended else None
        found = Mended(beyond) if beyond else _moved(instance, manifest, limits, security=security)
        pending = pending_updates(instance)
        newer = pending.updates if pending.security or not security else ()
        updates = merged(files.read(instance.paths.updates) or "", newer)
        plan = plan_rebuild(instance, lock=found.lock, updates=updates)
    plan = _told(plan, found, newer, pending.note)
    left = beyond is not None or (unattended and _is_left(instance, plan))
    return Upgrade(found.lock, updates, plan, plan.generation if left else None)


def upgrade(instance: Instance, found: Upgrade) -> Upgraded:
    """Do what was looked at; where that fails, all is as it was before, the lock too.

    The hooks are told, but of nothing where nothing was due.

    Raises:
        NotReady: the manifest was changed since.
        BuildFailed, GateFailed, HostUnfit, SwitchFailed: as `rebuild`.

    """
    if not found.due:
        return Upgraded(found.plan, None)
    with hooks.told_of_failure(instance):
        instance.podman.check(OLDEST_PODMAN)
        with changing(instance), _on_trial(instance, found):
            rebuilt = build_and_switch(instance)
    return Upgraded(found.plan, told(instance, rebuilt))


def _moved(
    instance: Instance, manifest: Manifest, limits: tuple[str, ...], *, security: bool
) -> Mended:
    """Return the lock to be, which is the one that is there where nothing moves."""
    old = instance.lock()
    if security:
        found = mend(instance, manifest, limits)
    else:
        found = Mended(resolve(instance, manifest, old, ALL, limits))
    there = fitting(instance, manifest, old)
    return replace(found, lock=there) if there and there.labels == found.lock.labels else found


def _limits(instance: Instance, manifest: Manifest, *, patches: bool, api: bool) -> tuple[str, ...]:
    old, serving = instance.lock(), instance.current()
    locked = old.versions if old else {}
    core = serving.versions[CORE] if serving else locked.get(CORE)
    # What comes from a source has the version that is there.
    limits = (within_api(core),) if api and core and not manifest.core.source else ()
    if not patches:
        return limits
    entries = {CORE: manifest.core, **manifest.plugins}
    ours = [name for name, entry in entries.items() if not entry.source]
    held = {name: locked[name] for name in ours if locked.get(name)}
    return (*limits, *only_patches(held))


def _told(plan: Plan, found: Mended, newer: tuple[Update, ...], note: str) -> Plan:
    """Return the plan with what is known beside what a rebuild would do."""
    system = (
        Move(item.name, item.old, item.new, ("security",) if item.security else ())
        for item in newer
    )
    return replace(
        plan,
        packages=tuple(replace(move, why=found.why.get(move.name, ())) for move in plan.packages),
        system=tuple(system) if plan.due else (),
        notes=(*plan.notes, *found.notes, *([note] if note else [])),
    )


def _beyond(instance: Instance) -> Lock | None:
    """Return the lock where it is of a pulpcore past the break of the API that limits us."""
    lock, serving = instance.lock(), instance.current()
    if lock is None or serving is None or not lock.versions[CORE]:
        return None
    within = Requirement(within_api(serving.versions[CORE])).specifier
    return None if within.contains(lock.versions[CORE], prereleases=True) else lock


def _is_left(instance: Instance, plan: Plan) -> bool:
    known = instance.generation(plan.generation) is not None
    return known and plan.due and plan.serving != plan.generation <= instance.skipped()


@contextlib.contextmanager
def _on_trial(instance: Instance, found: Upgrade) -> Iterator[None]:
    """Have what was found in place, and that of before again where what is done with it fails."""
    if not fitting(instance, instance.manifest(), found.lock):
        raise NotReady(
            "the manifest was changed since the upgrade was looked at",
            hint="Look again with: pulp-launcher upgrade",
        )
    begin_trial(instance, found.lock.text, found.updates)
    try:
        yield
    except (LauncherError, KeyboardInterrupt):
        undo_trial(instance)
        raise
    end_trial(instance)
