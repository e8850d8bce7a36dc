"""The database has what its queries need, and what the config says.

The kind of fault: a limit of the container, below what the program in it takes by its own defaults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.host.actor import Actor

pytestmark = pytest.mark.host

# Five hash joins at once, by four processes each, in half a million rows: more than 64 MB together.
JOINS = r"""
sql() { podman exec "$1" with-database psql -XqAt -v ON_ERROR_STOP=1 "${@:2}"; }
rows="SELECT g AS id, md5(g::text) AS t FROM generate_series(1, 500000) g"
sql "$1" -c "CREATE TABLE trial_a AS $rows" -c "CREATE TABLE trial_b AS $rows" \
    -c "ANALYZE trial_a" -c "ANALYZE trial_b"
for number in 1 2 3 4 5; do
    sql "$1" -c "SET max_parallel_workers_per_gather = 4" -c "SET enable_mergejoin = off" \
        -c "SET work_mem = '32MB'" -c "SELECT count(*) FROM trial_a JOIN trial_b USING (t)" 2>&1 &
done
wait
sql "$1" -c "DROP TABLE trial_a, trial_b"
"""


def test_parallel_queries_have_shared_memory(as_each: Callable[..., None]) -> None:
    def ask(actor: Actor) -> None:
        said = actor.shell(JOINS, f"{actor.prefix}-db").split("\n")
        assert [line for line in said if line] == ["500000"] * 5, said

    as_each(ask)
