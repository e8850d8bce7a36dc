"""One immutable result of a rebuild, and which one is current."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A file of ours, in JSON; keys that a newer launcher wrote are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Generation(Record):
    """What was built: `versions` by distribution, `inputs` of the fingerprint by name.

    `origins` are those of the lock: commits and digests of what does not come from the index.
    """

    number: int
    image: str
    image_id: str
    fingerprint: str
    inputs: dict[str, str]
    plugins: tuple[str, ...]
    versions: dict[str, str]
    origins: dict[str, str] = {}
    built_at: str


class Current(Record):
    """The generation that the units were last written for."""

    generation: int
