"""The list of materials of a generation (SBOM): CycloneDX 1.6, in JSON.

Import this module where it is needed: its library takes longer to load than most commands run.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseAcknowledgement, LicenseExpression
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.spdx import fixup_id, is_expression
from packageurl import PackageURL

from launcher import __version__
from launcher.model.names import LABEL
from launcher.model.wheel import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cyclonedx.model.license import License

    from launcher.model.generation import Generation
    from launcher.model.materials import Distribution, System, SystemPackage
    from launcher.model.wheel import Source


def sbom(generation: Generation, distributions: Iterable[Distribution], system: System) -> str:
    """Return the file; equal values give equal text."""
    image = _image(generation)
    parts = [
        *(_distribution(item) for item in distributions),
        *(_package(item, system) for item in system.packages),
        *_operating_system(system),
    ]
    launcher = Component(name="pulp-launcher", version=__version__, type=ComponentType.APPLICATION)
    bom = Bom(
        serial_number=_serial_number(generation),
        metadata=BomMetaData(
            component=image,
            timestamp=dt.datetime.fromisoformat(generation.built_at),
            tools=ToolRepository(components=[launcher]),
        ),
        components=parts,
    )
    bom.register_dependency(image, parts)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _serial_number(generation: Generation) -> uuid.UUID:
    """Return the same number for the same image alone; a forced build has an old fingerprint."""
    name = f"{LABEL}:{generation.fingerprint}:{generation.image_id}"
    return uuid.uuid5(uuid.NAMESPACE_URL, name)


def _image(generation: Generation) -> Component:
    about = {"fingerprint": generation.fingerprint, "image-id": generation.image_id}
    return Component(
        name=generation.image,
        version=str(generation.number),
        type=ComponentType.CONTAINER,
        bom_ref=generation.image,
        properties=[Property(name=f"{LABEL}:{key}", value=value) for key, value in about.items()],
    )


def _distribution(item: Distribution) -> Component:
    purl = PackageURL("pypi", None, item.wheel.name, item.wheel.version, _origin(item.source))
    return Component(
        name=item.wheel.name,
        version=item.wheel.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
        hashes=[_sha256(item.wheel.sha256)],
        licenses=[_licence(text) for text in item.licences],
        external_references=_references(item.source),
    )


def _origin(source: Source) -> dict[str, str]:
    """Return what tells a build of a commit from the release on the index."""
    if source.kind is not Kind.GIT:
        return {}
    below = f"#{source.subdirectory}" if source.subdirectory else ""
    return {"vcs_url": f"git+{source.address}@{source.check}{below}"}


def _references(source: Source) -> Iterator[ExternalReference]:
    """Return the address that it was fetched from; one on this host says nothing elsewhere."""
    address = source.address.partition("#")[0]
    if "://" not in address or address.startswith("file://"):
        return
    is_git = source.kind is Kind.GIT
    yield ExternalReference(
        type=ExternalReferenceType.VCS if is_git else ExternalReferenceType.DISTRIBUTION,
        url=XsUri(address),
        hashes=[_sha256(source.check)] if source.check and not is_git else (),
    )


def _package(item: SystemPackage, system: System) -> Component:
    of_source = f"{item.source}@{item.source_version}"
    qualifiers = {
        "arch": item.architecture,
        "distro": "-".join(filter(None, (system.name, system.version))),
        "upstream": "" if of_source == f"{item.name}@{item.version}" else of_source,
    }
    purl = PackageURL("deb", system.name, item.name, item.version, qualifiers)
    return Component(
        name=item.name,
        version=item.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(purl),
        purl=purl,
    )


def _operating_system(system: System) -> Iterator[Component]:
    if system.name:
        yield Component(
            name=system.name,
            version=system.version or None,
            type=ComponentType.OPERATING_SYSTEM,
            bom_ref="operating-system",
        )


def _licence(text: str) -> License:
    """Return an identifier or expression of SPDX where it is one, and the words where it is not."""
    declared = LicenseAcknowledgement.DECLARED
    known = fixup_id(text)
    if known is not None:
        return DisjunctiveLicense(id=known, acknowledgement=declared)
    if is_expression(text):
        return LicenseExpression(text, acknowledgement=declared)
    return DisjunctiveLicense(name=text, acknowledgement=declared)


def _sha256(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest)
