"""What a service of advisories answers (OSV: https://google.github.io/osv.dev/)."""

from __future__ import annotations

from launcher.model.generation import Record


class Advisory(Record):
    """One advisory on a version, as far as a batch names it."""

    id: str


class Result(Record):
    """The advisories on one version; where there is a token, they go on."""

    vulns: tuple[Advisory, ...] = ()
    next_page_token: str = ""


class Answer(Record):
    """A result for each version that was asked for, in their order."""

    results: tuple[Result, ...]
