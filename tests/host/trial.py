"""Small real plugins for Pulp, good ones and such that fail in one way; as wheels."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.host.actor import Actor

_APP = """
import sys
from pulpcore.plugin import PulpPluginAppConfig

class TrialConfig(PulpPluginAppConfig):
    name = "{module}.app"
    label = "{label}"
    version = "{version}"
    python_package_name = "{name}"
    domain_compatible = True

    def ready(self):
        super().ready()
        role = sys.argv[0].rpartition("/")[2]
        {ready}
"""
_MIGRATION = """
from django.db import connection, migrations, models
from pulpcore.migrations import RequireVersion

def refuse(apps, schema_editor):
    # A copy of the database is no harm to it; the real one is.
    if connection.settings_dict["NAME"] == "pulp":
        raise RuntimeError("this migration fails half way")

class Migration(migrations.Migration):
    dependencies = {dependencies}
    operations = [
        migrations.CreateModel(
            name="Thing{number}", fields=[("id", models.AutoField(primary_key=True))]
        ),
        {operation}
    ]
"""
_MODEL = """
class Thing{number}(models.Model):
    class Meta:
        app_label = "{label}"
"""
GUARDS, ENDLESS = "guards", "endless"
REFUSED = "migrations.RunPython(refuse),"
REQUIRES = 'RequireVersion("core", "99"),'
MIGRATING = {"migration": REFUSED, "guarded": f"{REQUIRES} {REFUSED}", GUARDS: REQUIRES}
STARTING = {
    "import": 'raise ImportError("no module named nothing")',
    "api": (
        "from pulpcore.app.views import StatusView; StatusView.get = lambda *_: 1 / 0"
        ' if role == "pulpcore-api" else None'
    ),
    "worker": 'role == "pulpcore-worker" and sys.exit(3)',
    ENDLESS: 'role == "pulpcore-api" and __import__("time").sleep(10**6)',
}
"""What is odd about a plugin, and the code that makes it so: as it migrates, or as it starts."""

FAULTS = ("import", "migration", "guarded", "api", "worker")
"""What makes a plugin fail within a minute."""


@dataclass(frozen=True)
class Trial:
    """A plugin with a table of its own; `odd` names one of the tables above."""

    name: str
    odd: str = ""
    version: str = "1.0"

    @property
    def module(self) -> str:
        return self.name.replace("-", "_")

    def put(self, actor: Actor) -> str:
        """Put the wheel on the actor's host and return its path there."""
        filename = f"{self.module}-{self.version}-py3-none-any.whl"
        target = f"{actor.home}/{filename}"
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, filename)
            with zipfile.ZipFile(path, "w") as archive:
                for name, text in self._files().items():
                    archive.writestr(name, text)
            actor.host.copy(path, target, user=actor.user)
        return target

    def _files(self) -> dict[str, str]:
        label = self.module.removeprefix("pulp_")
        words = {"module": self.module, "label": label, "name": self.name, "number": 1}
        operation, ready = MIGRATING.get(self.odd, ""), STARTING.get(self.odd, "pass")
        app = f"{self.module}/app"
        info = f"{self.module}-{self.version}.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\n"
        entry = f"{self.module} = {self.module}:default_app_config"
        files = {
            f"{self.module}/__init__.py": f'default_app_config = "{self.module}.app.TrialConfig"\n',
            f"{app}/__init__.py": _APP.format(**words, version=self.version, ready=ready),
            f"{app}/models.py": "from django.db import models\n" + _MODEL.format(**words),
            f"{app}/migrations/__init__.py": "",
            f"{app}/migrations/0001_initial.py": _MIGRATION.format(
                **words, dependencies=[], operation=operation
            ),
            f"{info}/METADATA": f"{metadata}Requires-Dist: pulpcore\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/entry_points.txt": f"[pulpcore.plugin]\n{entry}\n",
        }
        record = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
        return {**files, f"{info}/RECORD": record}
