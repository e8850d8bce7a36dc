"""List what a new image is made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from launcher.host import wheelhouse
from launcher.model.materials import Distribution, System, licences
from launcher.model.wheel import sources

if TYPE_CHECKING:
    from launcher.model.generation import Generation
    from launcher.operations.build_inputs import Inputs


def list_materials(inputs: Inputs, generation: Generation, system: System) -> str:
    """Return the generation's list of materials (SBOM)."""
    from launcher.render.sbom import sbom  # noqa: PLC0415 - it takes long to load

    # The wheels are in the order of their sources.
    pairs = zip(sources(inputs.lock.text, inputs.manifest.image.python), inputs.wheels, strict=True)
    distributions = [
        Distribution(source, wheel, licences(wheelhouse.metadata(Path(wheel.path))))
        for source, wheel in pairs
    ]
    return sbom(generation, distributions, system)
