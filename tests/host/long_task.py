"""A task that takes long: a sync from an upstream that answers late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.client import unique

if TYPE_CHECKING:
    from tests.host.actor import Actor

PORT = 8801
UPSTREAM = f"""
import http.server, time
class Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(int(self.path.split("/")[1]))
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
http.server.ThreadingHTTPServer(("", {PORT}), Slow).serve_forever()
"""


def begin_long_task(actor: Actor, seconds: int) -> str:
    """Let Pulp sync from an upstream that takes its time, and return the task."""
    # Where it runs already, that is refused.
    serve = ["systemd-run", "--unit=slow", "--collect", "python3", "-c", UPSTREAM]
    actor.host.run(serve, check=False)
    pulp, name = actor.pulp(), unique("slow")
    address = f"http://host.containers.internal:{PORT}/{seconds}/{name}"
    pulp("file", "remote", "create", "--name", name, "--url", address, "--policy", "on_demand")
    pulp("file", "repository", "create", "--name", name, "--remote", name)
    pulp("--background", "file", "repository", "sync", "--name", name)
    tasks = pulp("task", "list", "--name-contains", "synchron")
    (task,) = [task for task in tasks if task["state"] in {"waiting", "running"}]
    return str(task["pulp_href"])
