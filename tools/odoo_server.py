"""A real Odoo server beside this process, on a port of its own.

with running_server("aftersales_demo") as server:
    urllib.request.urlopen(server.url + "/web/login")
"""

import contextlib
import dataclasses
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg2

from odoo_conf import write_conf
from postgres import SCRATCH_OPTIONS
from project import HOME, PYTHON, ROOT, Problem


def free_port():
    """A TCP port on the loopback interface that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclasses.dataclass
class Server:
    """A running Odoo server."""

    database: str
    port: int
    process: subprocess.Popen
    log: Path

    @property
    def url(self):
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self, timeout=120):
        """Return when it answers; a Problem with the end of its log when it does not."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.url + "/web/health", timeout=10).close()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        last = "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])
        raise Problem(f"Odoo did not start ({self.log}):\n{last}")

    def kill(self):
        """Stop it at once, as a power cut would (for fault tests)."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Stop it, politely first."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
        self.kill()


def set_base_url(database, url):
    """Tell a database its own address (printed forms fetch their styles from it)."""
    connection = psycopg2.connect(dbname=database)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ir_config_parameter SET value = %s WHERE key = 'web.base.url'", (url,)
        )
    connection.close()


@contextlib.contextmanager
def running_server(database, *, port=None, workers=0, cron=False, arguments=(), scratch=True):
    """A real Odoo server on this database, stopped at the end of the `with`.

    Yields an object with `url`, `port`, `process`, `log` (a path), `stop()` and
    `kill()` (SIGKILL, workers included).

    :param int port: the port to listen on; a free one by default
    :param int workers: 0 for threads, more for so many worker processes
    :param bool cron: run scheduled actions too
    :param arguments: more options for the odoo command
    :param bool scratch: commits need not survive a power cut (faster)
    """
    port = port or free_port()
    log = HOME / "log" / f"server-{database}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    set_base_url(database, f"http://127.0.0.1:{port}")
    command = [
        PYTHON, "-m", "odoo", "-c", write_conf(), "-d", database, f"--db-filter=^{database}$",
        "--http-interface=127.0.0.1", f"--http-port={port}", f"--gevent-port={free_port()}",
        f"--workers={workers}", f"--max-cron-threads={int(cron)}", *arguments,
    ]  # fmt: skip
    environ = dict(os.environ)
    if scratch:
        environ["PGOPTIONS"] = SCRATCH_OPTIONS
    with log.open("w") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=environ,
            start_new_session=True,
        )
    server = Server(database, port, process, log)
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()
