"""One immutable result of a rebuild, and which one is current."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from launcher.model.errors import InputInvalid


class Record(BaseModel):
    """A file of ours, in JSON; keys that a newer launcher wrote are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


R = TypeVar("R", bound=Record)


def parse_record(text: str, path: Path, model: type[R]) -> R:
    """Return the value of a file of ours.

    Raises:
        InputInvalid: it is damaged.

    """
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise InputInvalid(
            f"{path}, a file of the launcher's own, is damaged",
            details=str(error),
            hint=f"Remove {path.parent if model is Generation else path}, then rebuild.",
        ) from error


class Generation(Record):
    """What was built: `versions` by distribution, `inputs` of the fingerprint by name.

    `image` is what Pulp runs from, `platform` what the database, the cache and the web server run
    from: it is older where nothing but the Python environment changed, so that they run on.
    `origins` are those of the lock: commits and digests of what does not come from the index.
    `postgresql` is the major version in the image, nothing where an older launcher built it.
    `snippets` are the web server's configuration of the plugins, by module.
    `labels` are the plugins by the label that Pulp has for them, `no_domains` those of them that
    can not run with domains; what an earlier launcher built has neither.
    """

    number: int
    image: str
    image_id: str
    platform: str
    fingerprint: str
    inputs: dict[str, str]
    plugins: tuple[str, ...]
    versions: dict[str, str]
    origins: dict[str, str] = {}
    postgresql: str = ""
    snippets: dict[str, str] = {}
    labels: dict[str, str] = {}
    no_domains: tuple[str, ...] = ()
    built_at: str

    def has_code_of(self, other: Generation) -> bool:
        """Tell whether both run the same wheels, so that the same migrations are known to both."""
        lock = self.inputs.get("pylock.toml")
        return lock is not None and lock == other.inputs.get("pylock.toml")


class KnownGood(Record):
    """With what a generation served when all of it was healthy the last time.

    `quadlets` (file name → text), `settings` and `site` are what was on the host, `config` what
    they were made of. `aside` are the [settings] of config.toml that were set aside when the
    generation was gone back to: as long as config.toml has these, those of `config` count.
    """

    quadlets: dict[str, str]
    settings: str
    site: str
    config: dict[str, Any]
    aside: dict[str, Any] | None = None

    @property
    def values(self) -> dict[str, Any]:
        """Its [settings]: what depends on the code of the generation."""
        return dict(self.config.get("settings", {}))


class Trial(Record):
    """What was there before an upgrade: lock and list of updates, empty where there was none.

    `serving` and `newest` are the numbers of the generations that were so.
    """

    lock: str
    updates: str
    serving: int | None
    newest: int | None


class Current(Record):
    """The generation that serves, or shall when the instance is started."""

    generation: int
    skipped: int = 0
    """The newest generation that was left again, so that a start does not take it anew."""
    served: tuple[int, ...] = ()
    """Those that served before, the last of them last; one that failed is none of them."""

    def followed_by(self, new: int) -> Current:
        """Return the record after a switch to another generation, forward or back."""
        served = (*self.served, self.generation)
        earlier = tuple(number for number in served if number < new)
        return Current(generation=new, skipped=self.skipped, served=earlier)
