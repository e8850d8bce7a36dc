"""The root file systems that hosts are made of, built once and kept."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.lab.names import HERE, cache_home
from tests.lab.state import load_all
from tests.lab.system import call, lock

RECENT_SECONDS = 600
ARCHIVE = "http://deb.debian.org"


def packages() -> list[str]:
    lines = (HERE / "guest-packages.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def ensure(suite: str) -> Path:
    """Give the root file system for a suite; made now if there is none yet."""
    target = cache_home() / f"{suite}-{_key(suite)}"
    with lock("rootfs"):
        if not target.is_dir():
            print(f"building the {suite} root file system (about a minute)…", file=sys.stderr)
            _build(suite, target)
            _prune(suite)
        os.utime(target)
    return target


def _key(suite: str) -> str:
    digest = hashlib.sha256(suite.encode())
    for name in ("guest-packages.txt", "setup.sh"):
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()[:16]


def _build(suite: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in target.parent.glob("new-*"):
        shutil.rmtree(leftover)
    draft = Path(tempfile.mkdtemp(prefix="new-", dir=target.parent))
    draft.chmod(0o755)
    try:
        _mmdebstrap(suite, draft / "root")
        (draft / "root").rename(target)
    finally:
        shutil.rmtree(draft)


def _mmdebstrap(suite: str, root: Path) -> None:
    hook = f'sh {shlex.quote(str(HERE / "setup.sh"))} "$1"'
    # In namespaces of its own: as root it would make all mounts of the machine private, and
    # nothing of it may go on writing when it is interrupted.
    command = ["setpriv", "--pdeathsig=KILL", "unshare", "--mount", "--pid", "--fork"]
    command += ["--mount-proc", "--kill-child", "mmdebstrap", "--variant=minbase"]
    # The archives of suites in the making may be older than they promise to be.
    command += ['--aptopt=Acquire::Check-Valid-Until "false"']
    command += [f"--customize-hook={hook}", f"--include={','.join(packages())}"]
    call(*command, suite, root, *_sources(suite))


def _sources(suite: str) -> list[str]:
    """Name the suite, and those of its two companions which exist."""
    places = [("debian", suite), ("debian", f"{suite}-updates")]
    places += [("debian-security", f"{suite}-security")]
    return [
        f"deb {ARCHIVE}/{folder} {name} main" for folder, name in places if _exists(folder, name)
    ]


def _exists(folder: str, name: str) -> bool:
    url = f"{ARCHIVE}/{folder}/dists/{name}/InRelease"
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - a fixed address
    try:
        with urllib.request.urlopen(request, timeout=20):  # noqa: S310
            return True
    except urllib.error.URLError:
        return False


def _prune(suite: str) -> None:
    """Older ones go, unless a host stands on them or is about to."""
    used = {state.lower for state in load_all()}
    for entry in cache_home().glob(f"{suite}-*"):
        if str(entry) not in used and time.time() - entry.stat().st_mtime > RECENT_SECONDS:
            shutil.rmtree(entry)
