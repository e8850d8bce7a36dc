"""The host is looked at before anything is begun: space where uploads pass through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from launcher.model.config import Config
from launcher.operations.preflight import UPLOAD_ROOM, check_host

if TYPE_CHECKING:
    from tests.unit.fakes import World


@pytest.mark.parametrize(("free", "notes"), [(UPLOAD_ROOM - 1, 1), (UPLOAD_ROOM, 0)])
def test_little_space_for_uploads_is_said_and_stops_nobody(
    world: World, free: int, notes: int
) -> None:
    world.free = free
    config = Config.model_validate({"hostname": "x", "storage": {"pulp": "/srv/pulp"}})
    check_host(world.instance, config)
    assert len(world.reporter.notes) == notes
    assert all("/srv/pulp" in note for note in world.reporter.notes)
