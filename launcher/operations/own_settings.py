"""The [settings] of a generation: those that it served with count again when it is gone back to.

An older image may not have the code that the settings of today want, as a storage backend from an
extra. All else in config.toml is about the host, and never goes back; so is [environment], which
names the host's proxies, authorities and collectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from launcher.model.config import Config
    from launcher.model.generation import Generation
    from launcher.operations.instance import Instance


def config_of(instance: Instance, generation: Generation, *, again: bool = False) -> Config:
    """Return config.toml, with the settings of a generation that was, or is, gone back to.

    Raises:
        InputInvalid, NotReady: config.toml can not be read.

    """
    config, good = instance.config(), instance.known_good(generation.number)
    if good is None or (good.aside != config.settings and not again):
        return config
    return config.model_copy(update={"settings": good.values})


def set_aside(instance: Instance, generation: Generation, settings: dict[str, object]) -> None:
    """Let a generation have the settings that it served with until config.toml has others."""
    good = instance.known_good(generation.number)
    if good:
        aside = settings if settings != good.values else None
        instance.keep_known_good(generation.number, good.model_copy(update={"aside": aside}))


def follow_config(instance: Instance, generation: Generation) -> None:
    """Let a generation have the settings of config.toml."""
    good = instance.known_good(generation.number)
    if good and good.aside is not None:
        instance.keep_known_good(generation.number, good.model_copy(update={"aside": None}))


def not_in_force(instance: Instance, generation: Generation) -> tuple[str, ...]:
    """Return the names of the settings of config.toml that do not count for a generation."""
    written, own = instance.config().settings, config_of(instance, generation).settings
    names = sorted({*written, *own})
    return tuple(name for name in names if _value(written, name) != _value(own, name))


def _value(settings: dict[str, object], name: str) -> tuple[object, ...]:
    return (settings[name],) if name in settings else ()


def told(names: tuple[str, ...], generation: int) -> str:
    """Return in words that settings do not count, and what makes them."""
    return (
        f"generation {generation} has the [settings] that it served with before; config.toml says "
        f"other for {', '.join(names)}: it counts with the next generation, or when you edit them"
    )
