"""Go back to the config that worked, where Pulp does not come up with a changed one.

It needs no journal: what worked stays on the disk until something else has worked. A start that was
killed is made up for by the next, which tries config.toml again.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NoReturn

from launcher.host import files
from launcher.model import roles
from launcher.model.config import Config
from launcher.model.errors import HostUnfit, LauncherError, StartFailed
from launcher.model.generation import KnownGood
from launcher.operations.desired import installed, installed_containers, installed_services
from launcher.operations.install import load_site, outdated, write_site, write_units
from launcher.operations.observe import gate, observe, role_states
from launcher.operations.waiting import start_units, stop_units
from launcher.render.settings import own_values
from launcher.render.units import SITE

if TYPE_CHECKING:
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance
    from launcher.render.units import Desired


def remember(instance: Instance, served: Desired) -> None:
    """Keep with what a generation serves, now that it is healthy."""
    before = instance.known_good(served.generation.number)
    aside = before.aside if before and before.values == served.config.settings else None
    good = _now(instance, served.generation, served.config).model_copy(update={"aside": aside})
    # All is well already; a full disk shall not make a failure of that.
    with contextlib.suppress(HostUnfit):
        instance.keep_known_good(served.generation.number, good)


def adopt(instance: Instance, generation: Generation) -> None:
    """Keep the same for a generation that an earlier launcher started, as far as the files tell.

    What config.toml says by now is not what it was started with; its settings file is.
    """
    number = generation.number
    text = files.read(instance.paths.etc / str(number) / roles.SETTINGS)
    if instance.known_good(number) or text is None or not _is_up(instance, number):
        return
    config = instance.config()
    values = own_values(text, config, instance.catalogue, generation.plugins)
    if values is not None:
        kept = config.model_copy(update={"settings": values})
        instance.keep_known_good(number, _now(instance, generation, kept))


def is_changed(instance: Instance, good: KnownGood, number: int) -> bool:
    """Tell whether anything on the host is not as it worked."""
    now = (installed(instance), _settings(instance, number), _site(instance))
    return now != (good.quadlets, good.settings, good.site)


def fall_back(
    instance: Instance, generation: Generation, good: KnownGood, error: LauncherError
) -> NoReturn:
    """Let Pulp run as it worked before, and say what was wrong; raises StartFailed."""
    said = f"Pulp does not come up with the changed config: {error.message}"
    instance.reporter.note(said)
    try:
        with instance.reporter.step("Going back to the config that worked"):
            _restore(instance, generation, good)
    except LauncherError as second:
        raise StartFailed(
            f"{said}. The config of before does not come up either: {second.message}",
            details="\n".join(filter(None, [error.details, second.details])),
            hint="Mend the cause, then: pulp-launcher start",
        ) from error
    raise StartFailed(
        f"{said}. The config of before serves again",
        details=error.details,
        hint=f"{instance.paths.config} is left as you wrote it. Mend it, then: pulp-launcher start",
    ) from error


def _restore(instance: Instance, generation: Generation, good: KnownGood) -> None:
    number, migrate = generation.number, instance.names.service(instance.names.container("migrate"))
    files.write(instance.paths.etc / str(number) / roles.SETTINGS, good.settings)
    write_site(instance, good.site)
    stale = outdated(instance, good.quadlets)
    stop_units(instance, [*stale, *(stale and [migrate])])
    write_units(instance, good.quadlets)
    load_site(instance)
    services = installed_services(instance)
    first = [instance.names.service(instance.names.container(role)) for role in ("db", "cache")]
    start_units(instance, first)
    start_units(instance, [migrate])
    start_units(instance, [instance.names.target, *services])
    config = Config.model_validate(good.config)
    gate(generation, lambda: observe(instance, generation, config).problems)


def _now(instance: Instance, generation: Generation, config: Config) -> KnownGood:
    return KnownGood(
        quadlets=installed(instance),
        settings=_settings(instance, generation.number),
        site=_site(instance),
        config=config.model_dump(mode="json"),
    )


def _settings(instance: Instance, number: int) -> str:
    return files.read(instance.paths.etc / str(number) / roles.SETTINGS) or ""


def _site(instance: Instance) -> str:
    return files.read(instance.paths.etc / SITE) or ""


def _is_up(instance: Instance, number: int) -> bool:
    seen = role_states(instance, instance.config(), number)
    there = {item.generation for item in installed_containers(instance)}
    return number in there and not any(role.problem for role in seen)
