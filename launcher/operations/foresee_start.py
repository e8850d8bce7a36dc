"""What starting a generation would do to the units, the database and the clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from launcher.host import files
from launcher.model import roles
from launcher.model.errors import GateFailed, LauncherError
from launcher.model.migrations import Kind
from launcher.model.names import LABEL
from launcher.model.plan import Act, Change, Container, Foreseen, Pause, pauses, plan_containers
from launcher.model.plan import Action as FileAction
from launcher.operations.database import inspect_migrations
from launcher.operations.desired import desired, pending
from launcher.operations.held_content import refuse_removed, refuse_unserved
from launcher.render.units import GENERATION, REVISION, SITE, containers, etc, revisions, units

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from launcher.model.generation import Generation
    from launcher.model.journal import Journal
    from launcher.operations.instance import Instance
    from launcher.render.units import Desired

_FIRST = ("db", "cache")
"""The roles that the migrations need."""

UNKNOWN = "The roles of Pulp are away while migrations run, if these turn out to be guarded."


@dataclass(frozen=True)
class Starting:
    """The changes in their order, and what becomes of the database, the units and the roles."""

    changes: tuple[Change, ...]
    migrations: Foreseen
    untouched: tuple[str, ...]
    pauses: tuple[Pause, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Scene:
    """What is, and what shall be: `serving` is the generation before, where there is one."""

    instance: Instance
    wanted: Desired
    serving: Generation | None
    running: tuple[Container, ...]
    acts: Mapping[Container, Act | None]
    migrations: Foreseen

    @property
    def number(self) -> int:
        return self.wanted.generation.number

    @property
    def switching(self) -> bool:
        return any(item.generation not in {None, self.number} for item in self.running)

    @property
    def guarded(self) -> bool:
        return self.switching and self.migrations.kind == Kind.GUARDED.value

    def service(self, item: Container) -> str:
        return self.instance.names.service(item.name)


def foresee_start(
    instance: Instance,
    generation: Generation,
    serving: Generation | None,
    journal: Journal | None,
    *,
    built: bool,
) -> Starting:
    """Return what would happen if a generation, `built` or not, took over from `serving`.

    Raises:
        InputInvalid, NotReady: there is no config that can be read.

    """
    wanted = desired(instance, generation)
    running = tuple(_running(instance))
    acts = plan_containers(_containers(wanted), running)
    migrations = _migrations(instance, wanted, serving, journal, built=built)
    scene = _Scene(instance, wanted, serving, running, acts, migrations)
    return Starting(
        tuple(_changes(scene)),
        migrations,
        tuple(scene.service(item) for item, act in acts.items() if act is None),
        pauses(acts, running, guarded=scene.guarded),
        _notes(scene, built=built),
    )


def _notes(scene: _Scene, *, built: bool) -> tuple[str, ...]:
    unknown = scene.switching and scene.migrations.kind is None
    return (*([UNKNOWN] if unknown else []), *_refusal(scene, built=built))


def _refusal(scene: _Scene, *, built: bool) -> list[str]:
    """Return that nothing of it would be done, for what the database holds."""
    instance = scene.instance
    database = instance.names.service(instance.names.container("db"))
    if not instance.systemd.states([database])[0].is_up:
        return []
    try:
        if built:
            refuse_unserved(instance, scene.wanted)
        else:
            refuse_removed(instance, instance.manifest())
    except GateFailed as error:
        return [f"It would be refused: {error.message}", *error.details.splitlines()]
    return []


def _containers(wanted: Desired) -> list[Container]:
    known, number = revisions(units(wanted)), wanted.generation.number
    return [
        Container(name, role.name, known[name], number if role.beside else None)
        for role in roles.ROLES
        if not role.one_shot
        for name in containers(role, wanted.names, wanted.config, number)
    ]


def _running(instance: Instance) -> Iterable[Container]:
    lasting = {role.name for role in roles.ROLES if not role.one_shot}
    for item in instance.podman.containers(instance.names.labels):
        role, number = item.labels.get(f"{LABEL}.role"), item.labels.get(GENERATION)
        # A container that only tries something has the labels of its image, and no role.
        if item.running and role in lasting:
            own = int(number) if number and roles.role(role).beside else None
            yield Container(item.name, role, item.labels.get(REVISION, ""), own)


def _migrations(
    instance: Instance,
    wanted: Desired,
    serving: Generation | None,
    journal: Journal | None,
    *,
    built: bool,
) -> Foreseen:
    new, names = wanted.generation, instance.names
    if not built:
        return Foreseen(None, (), "their kind is known when the image is built")
    if journal and not journal.back and journal.new == new.number:
        return Foreseen(journal.kind.value, (), "as the interrupted switch found")
    database, migrate = instance.systemd.states(
        [names.service(names.container(role)) for role in ("db", "migrate")]
    )
    if migrate.is_up and serving and serving.number == new.number:
        return Foreseen(Kind.NONE.value, (), f"generation {new.number} has run its migrations")
    if not database.is_up:
        return Foreseen(None, (), "their kind is known when the database runs")
    return _inspected(instance, wanted, serving)


def _inspected(instance: Instance, wanted: Desired, serving: Generation | None) -> Foreseen:
    try:
        found = inspect_migrations(instance, wanted)
    except LauncherError as error:
        return Foreseen(None, (), error.message)
    kind = found.kind(serving.versions if serving else {})
    return Foreseen(kind.value, found.pending, _WHY[kind].format(len(found.pending)))


_WHY = {
    Kind.NONE: "the database has them all",
    Kind.ONLINE: "{} due, while the Pulp that runs serves on",
    Kind.GUARDED: "{} due, which require that the Pulp that runs ends first",
}


def _changes(scene: _Scene) -> list[Change]:
    """Return all changes, in the order of `switch` or, where nothing switches, of `bring_up`."""
    by_act = {
        act: [_change(scene, item, act) for item, found in scene.acts.items() if found is act]
        for act in (Act.START, Act.RESTART, Act.STOP)
    }
    done = [*by_act[Act.START], *by_act[Act.RESTART], *_reload(scene)]
    whole = [*_migrate(scene, by_act), *done]
    if scene.guarded:
        whole = [*by_act[Act.STOP], *whole]
    elif scene.switching:
        whole = [*whole, *by_act[Act.STOP]]
    else:
        first = {scene.service(item) for item in scene.acts if item.role in _FIRST}
        earlier = [change for change in done if change.what in first]
        whole = [*earlier, *[item for item in whole if item not in earlier], *by_act[Act.STOP]]
    return [*_written(scene, whole), *whole]


def _change(scene: _Scene, item: Container, act: Act) -> Change:
    why = {Act.START: _why_start, Act.RESTART: _why_restart, Act.STOP: _why_stop}[act]
    return Change(act, scene.service(item), why(scene, item))


def _why_start(scene: _Scene, item: Container) -> str:
    if item.generation is None or not scene.switching or scene.serving is None:
        return "it is not up"
    how = "after" if scene.guarded else "beside"
    return f"generation {scene.number} starts {how} generation {scene.serving.number}"


def _why_restart(scene: _Scene, item: Container) -> str:
    old, new = scene.serving, scene.wanted.generation
    if old and roles.role(item.role).of_platform and old.platform != new.platform:
        return "what is below Pulp changed"
    return "its unit or its settings changed"


def _why_stop(scene: _Scene, item: Container) -> str:
    if item.generation in {None, scene.number}:
        return "the config does not ask for it any more"
    return f"generation {scene.number} takes its place; it may end its work first"


def _migrate(scene: _Scene, by_act: Mapping[Act, list[Change]]) -> list[Change]:
    if not by_act[Act.START] and not by_act[Act.RESTART]:
        return []
    names = scene.instance.names
    unit = names.service(names.container("migrate"))
    return [Change(Act.MIGRATE, unit, scene.migrations.why)]


def _reload(scene: _Scene) -> list[Change]:
    """Return that the web server reads its site anew, where it differs and it runs on."""
    text = files.read(scene.instance.paths.etc / SITE)
    web = [item for item, act in scene.acts.items() if item.role == "web" and act is None]
    if not web or text == etc(scene.wanted)[SITE]:
        return []
    why = f"generation {scene.number} shall answer" if scene.switching else "its site changed"
    return [Change(Act.RELOAD, scene.service(web[0]), why)]


def _written(scene: _Scene, others: Iterable[Change]) -> list[Change]:
    """Return the units that are written and are not named by what happens to their service."""
    named, names = {change.what for change in others}, scene.instance.names
    found = [
        change
        for change in pending(scene.instance, units(scene.wanted))
        if names.service_of(change.name) not in named
    ]
    return [Change(_FILE[item.action][0], item.name, _FILE[item.action][1]) for item in found]


_FILE = {
    FileAction.WRITE: (Act.WRITE, "it is not there"),
    FileAction.UPDATE: (Act.WRITE, "it is not as the config wants it"),
    FileAction.REMOVE: (Act.REMOVE, "the config does not ask for it any more"),
}
