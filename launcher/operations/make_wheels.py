"""Make wheels of what is published as source only, as soon as it is locked.

What can not be had for the image is told when it is asked for, and not by a build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from launcher.host.uv import Question
from launcher.model.bases import BASES, BOOTSTRAP
from launcher.model.errors import BuildFailed, IndexUnreachable, ResolutionFailed
from launcher.model.wheel import Kind, sources

if TYPE_CHECKING:
    from collections.abc import Collection

    from launcher.model.bases import Base
    from launcher.model.lock import Lock
    from launcher.model.manifest import Manifest
    from launcher.model.wheel import Source
    from launcher.operations.instance import Instance


def make_wheels(instance: Instance, manifest: Manifest, lock: Lock, names: Collection[str]) -> None:
    """Make a wheel of each source archive of these distributions that this host has none of.

    Raises:
        ResolutionFailed: no wheel can be made of one, or only with a compiler.
        IndexUnreachable: one can not be fetched.

    """
    house = instance.wheelhouse(manifest.index)
    for source in sources(lock.text, manifest.image.python):
        wanted = source.kind is Kind.SDIST and source.name in names
        if not wanted or house.there(source) is not None:
            continue
        with instance.reporter.step(
            f"Making a wheel of {source.name}, which has none for the image"
        ):
            try:
                house.fetch([source], instance.reporter.line)
            except BuildFailed as error:
                raise _without_wheel(instance, manifest, source, error) from error


def _without_wheel(
    instance: Instance, manifest: Manifest, source: Source, error: BuildFailed
) -> ResolutionFailed:
    """Return the error that also says for which base there is a wheel."""
    python = manifest.image.python
    what = " ".join(filter(None, (source.name, source.version)))
    fitting = [
        base
        for base in BASES
        if source.version and base.python != python and _has_wheel(instance, manifest, source, base)
    ]
    hint = error.hint
    if fitting:
        bases = " or ".join(f'"{BOOTSTRAP}{one.suite}" (Python {one.python})' for one in fitting)
        hint = f"It has one on another base: set base = {bases} under [image]. {hint}"
    return ResolutionFailed(
        f"{what} has no wheel for Python {python}, and can not be built: {error.message}",
        details=error.details,
        hint=hint,
    )


def _has_wheel(instance: Instance, manifest: Manifest, source: Source, base: Base) -> bool:
    exactly = f"{source.name}=={source.version}"
    question = Question(
        (exactly,), base.python, manifest.index, dependencies=False, wheels_only=True
    )
    try:
        instance.uv.compile(question)
    except (ResolutionFailed, IndexUnreachable):
        return False
    return True
