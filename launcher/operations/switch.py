"""Move the running instance from one generation to another, or back (docs/explanation/switch.md).

The journal is written before each step, and every step can be done again. A switch that was
interrupted is finished by `finish`; one whose step fails goes back by itself.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.host.credentials import masked
from launcher.model import roles
from launcher.model.config import Config
from launcher.model.errors import InputInvalid, Interrupted, LauncherError, SwitchFailed
from launcher.model.journal import Journal
from launcher.model.migrations import Kind
from launcher.operations.bring_up import Started, bring_up
from launcher.operations.database import try_migrations
from launcher.operations.desired import desired, desired_with, installed, services
from launcher.operations.fall_back import adopt, remember
from launcher.operations.folders import check_mounts, prepare_folders
from launcher.operations.held_content import check_held
from launcher.operations.install import (
    check_units,
    install_frame,
    write_settings,
)
from launcher.operations.major import check_major
from launcher.operations.memory import keep_memory
from launcher.operations.own_secrets import check_own_secrets
from launcher.operations.places import is_new, mark_places, settle_places
from launcher.operations.preflight import check_host, check_settings
from launcher.operations.prune import prune
from launcher.operations.put_back import name_platform, put_back, renew_platform
from launcher.operations.ready import check_own
from launcher.operations.room import check_room, check_trial_room, give_room, keep_room
from launcher.operations.secrets import ensure_secrets
from launcher.operations.switch_back import go_back, record_of, settle
from launcher.operations.switch_steps import (
    BESIDE,
    STEPS,
    Switch,
    own,
    services_of,
    wake,
)
from launcher.render.units import SITE, units

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance
    from launcher.render.units import Desired


def switch(
    instance: Instance,
    old: Generation,
    new: Generation,
    *,
    kind: Kind | None = None,
    dump: Path | None = None,
) -> Started:
    """Let the generation `new` take over from `old`, which goes on serving where it can.

    With a `dump` the database is put back to that on the way. The migrations are tried first,
    unless their `kind` is known.

    Raises:
        HostUnfit, UnitFailed: nothing was begun; there may be no space for it.
        GateFailed: the migrations would fail, or a plugin is missing; nothing was begun.
        SwitchFailed: a step failed; the old generation serves again.
        Interrupted: by Ctrl-C; it goes on in the background.

    """
    wanted = desired(instance, new)
    _settle_old(instance, old)
    _prepare(instance, wanted, old, restoring=dump is not None)
    up = runs(instance, old)
    if kind is None:
        known = up and knows_the_same(instance, wanted, old)
        kind = Kind.NONE if known else _kind(instance, wanted, old)
    if kind is not Kind.NONE:
        check_room(instance)
    keep_room(instance)
    alone = kind is Kind.GUARDED or not up
    now = time.time()
    journal = Journal(
        old=old.number,
        new=new.number,
        kind=kind,
        alone=alone,
        away=now if alone else 0,
        up=up,
        snapshot=str(instance.paths.snapshot(old.number, new.number, int(now * 1000))),
        step=STEPS[0].name,
        quadlets=installed(instance),
        site=files.read(instance.paths.etc / SITE) or "",
        dump=str(dump or ""),
        config=wanted.config.model_dump(mode="json"),
        settings=wanted.settings,
    )
    found = Switch(instance, journal, old, new, wanted).noted()
    with _guarded(found):
        return _forward(found)


def finish(instance: Instance) -> Started | None:
    """Finish the switch that was interrupted, if there is one, and return what it came to.

    Raises:
        SwitchFailed: the old generation serves again, whenever it was that a step failed.
        Interrupted: by Ctrl-C; it goes on in the background.

    """
    journal = instance.journal()
    if journal is None:
        return None
    old, new = instance.generation(journal.old), instance.generation(journal.new)
    if old is None or new is None:
        raise InputInvalid(
            f"the switch from generation {journal.old} to {journal.new} did not end, and one of "
            "them is gone",
            hint=f"Remove {instance.paths.journal}, then: pulp-launcher rebuild",
        )
    way = f"going back, as {journal.cause}" if journal.back else "going on with it"
    instance.reporter.note(
        f"The switch from generation {old.number} to {new.number} was interrupted; {way}"
    )
    found = Switch(instance, journal, old, new, _begun_with(instance, journal, new))
    check_own(instance, found.wanted.config)
    install_frame(instance, found.wanted)
    with _guarded(found):
        if not journal.back:
            return _forward(found)
        go_back(found)
    raise _failed(found)


def _begun_with(instance: Instance, journal: Journal, new: Generation) -> Desired:
    """Return what a switch began with; config.toml may be changed by now, or not be readable."""
    if journal.config is None:
        return desired(instance, new)
    config = Config.model_validate(journal.config)
    return desired_with(instance, new, config, journal.settings)


@contextlib.contextmanager
def _guarded(found: Switch) -> Iterator[None]:
    """Have systemd end the switch that the journal tells of, should we not come to its end."""
    instance, guard = found.instance, found.instance.names.resume_service
    instance.systemd.launch(guard)
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(
            f"interrupted, but the switch from generation {found.old.number} to "
            f"{found.new.number} goes on in the background",
            hint=f"How it stands: pulp-launcher status; what it says: "
            f"{instance.systemd.command_to_follow(guard)}",
        ) from None


def runs(instance: Instance, generation: Generation) -> bool:
    """Tell whether all containers of a generation are up, or are coming up as after a boot."""
    mine = services_of(instance, own(installed(instance), generation.number))
    states = instance.systemd.states(mine)
    return bool(mine) and all(state.is_up or state.is_coming for state in states)


def knows_the_same(instance: Instance, wanted: Desired, other: Generation) -> bool:
    """Tell whether the migrations of a generation are those of another that was started.

    That is so with the same wheels and settings, as these may load other plugins.
    """
    settings = files.read(instance.paths.etc / str(other.number) / roles.SETTINGS)
    return wanted.generation.has_code_of(other) and wanted.settings == settings


def _prepare(instance: Instance, wanted: Desired, old: Generation, *, restoring: bool) -> None:
    """Do what disturbs nothing that runs."""
    check_host(instance, wanted.config)
    check_own_secrets(instance, wanted.config)
    check_settings(instance, wanted)
    check_major(instance, wanted)
    check_mounts(instance, wanted)
    check_units(instance, units(wanted))
    ensure_secrets(instance, fresh=is_new(instance))
    put_back(instance, wanted)
    name_platform(instance, old)
    renew_platform(instance, wanted)
    if not restoring:
        # What a snapshot holds is seen when it is back, by the gate.
        check_held(instance, wanted)
    keep_memory(instance, wanted.memory)
    write_settings(instance, wanted)
    install_frame(instance, wanted)
    prepare_folders(instance, wanted)
    mark_places(instance, wanted)


def _kind(instance: Instance, wanted: Desired, old: Generation) -> Kind:
    with instance.reporter.step("Trying the migrations on a copy of the database"):
        wake(instance)
        check_trial_room(instance)
        kind = try_migrations(instance, wanted).kind(old.versions)
    if kind is Kind.GUARDED:
        instance.reporter.note(
            f"The migrations require that generation {old.number} ends first; "
            "Pulp will not answer until they are done"
        )
    return kind


def _forward(found: Switch) -> Started:
    """Do what is left of the steps, from the one that was begun last."""
    wake(found.instance)
    names = [step.name for step in STEPS]
    for step in STEPS[names.index(found.journal.step) :]:
        if not step.needed(found.journal):
            continue
        title = step.title.format(old=found.old.number, new=found.new.number)
        try:
            found = found.noted(step=step.name)
            with found.instance.reporter.step(title):
                step.do(found)
        except LauncherError as error:
            give_room(found.instance)
            if step.final:
                raise
            found = found.noted(back=True, cause=masked(error.message))
            go_back(found)
            raise _failed(found, error.details, error.hint) from error
    return _done(found)


def _settle_old(instance: Instance, old: Generation) -> None:
    """Have the old generation be what it was, so that one can go back to it."""
    etc = instance.paths.etc
    lost = not ((etc / SITE).exists() and (etc / str(old.number)).exists())
    if lost and runs(instance, old):
        # What runs sees the folders that somebody took away; nothing new can be shown to it.
        bring_up(instance, old)
    adopt(instance, old)


def _failed(found: Switch, details: str = "", hint: str = "") -> SwitchFailed:
    old, new, cause = found.old.number, found.new.number, found.journal.cause
    return SwitchFailed(
        f"generation {new} could not take over: {cause}. Generation {old} serves again",
        details=details,
        hint=hint or "Mend the cause, then try again with: pulp-launcher rebuild",
    )


def _done(found: Switch) -> Started:
    instance, config, new = found.instance, found.wanted.config, found.new
    settle_places(instance, found.wanted)
    record = record_of(found).followed_by(new.number)
    newest = instance.newest()
    if newest and new.number < found.old.number:
        record = record.model_copy(update={"skipped": max(record.skipped, newest.number)})
    settle(found, record, found.old)
    remember(instance, found.wanted)
    if found.journal.away:
        seconds = time.time() - found.journal.away
        instance.reporter.note(f"Pulp did not answer for {seconds:.0f} seconds")
    prune(instance, config.generations.keep)
    started = services(instance, config, new.number, *BESIDE)
    return Started(new.number, config.origin, (), tuple(started), found.old.number)
