"""Where things are, and how the tools speak and run commands.

Standard library only: this is imported before anything is installed.
"""

import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("AFTERSALES_HOME") or ROOT / ".odoo").resolve()
MODULES = ("aftersales_service", "aftersales_service_report")
LANGUAGE = "zh_CN"

VENV = HOME / "venv"
PYTHON = VENV / "bin" / "python"
CONF = HOME / "odoo.conf"
DATA = HOME / "data"


class Problem(Exception):
    """Something that the person at the keyboard has to know: shown as a sentence."""


def say(text):
    """Print one progress line."""
    print(f"-- {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(text):
    """Announce something slow, and how long it took."""
    say(f"{text} …")
    start = time.monotonic()
    yield
    say(f"{text}: done in {time.monotonic() - start:.0f} s")


def main(function):
    """Run a tool's main function; a Problem is a sentence, not a traceback."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(function())
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr, flush=True)
        sys.exit(1)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        sys.exit(130)


def run(command, *, what=None, **options):
    """Run a command quietly; when it fails, raise a Problem with what it said."""
    options.setdefault("stdin", subprocess.DEVNULL)
    command = [str(part) for part in command]
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            **options,
        )
    except FileNotFoundError as error:
        raise Problem(f"The command `{command[0]}` is not on this machine.") from error
    if done.returncode:
        said = "\n".join(done.stdout.strip().splitlines()[-25:])
        raise Problem(f"{what or ' '.join(command[:3])} failed:\n{said}")
    return done.stdout


def digest(*parts):
    """A short hash over strings and files (a missing file counts as empty)."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            part = part.read_bytes() if part.is_file() else b""
        elif isinstance(part, str):
            part = part.encode()
        total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()[:12]


def is_done(stamp, key):
    """Whether the step `stamp` was finished with this key."""
    path = HOME / "stamps" / stamp
    return path.is_file() and path.read_text() == key


def set_done(stamp, key):
    """Remember that the step `stamp` is finished."""
    path = HOME / "stamps" / stamp
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(key)


@contextlib.contextmanager
def locked(name, waiting=None):
    """Hold an exclusive lock between processes; say `waiting` when it has to wait."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / f"{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(waiting or f"waiting for another process ({name})")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
