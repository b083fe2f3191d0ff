"""Run Odoo with the addons and a sample manufacturer: `make run`.

    PORT=8070 python3 tools/server.py      # another port than 8069
    python3 tools/server.py --fresh        # throw the database away first

The first run makes the database `aftersales` (a minute or two); later runs keep
what you did in it, and update the addons when their files changed.
"""

import argparse
import contextlib
import fcntl
import os
import socket
import subprocess

import environment
from project import HOME, LANGUAGE, PYTHON, ROOT, Problem, is_done, main, say, set_done, step


def check_port(port):
    """Refuse a port that is taken, in a sentence."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Problem(
                f"Port {port} on 127.0.0.1 can't be used ({error.strerror}): another program\n"
                "has it, perhaps Odoo from an earlier run. Choose another one:\n"
                f"  make run PORT={port + 1}"
            ) from error


def wanted_port():
    """The port from PORT, or Odoo's usual one."""
    text = os.environ.get("PORT") or "8069"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Problem(f"PORT={text} is not a port number.")
    return int(text)


@contextlib.contextmanager
def only_run():
    """Refuse a second run of this checkout: both would make, and serve, one database."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise Problem(
                f"`make run` is under way already, {lock.read()}: stop it there with Ctrl-C first."
            ) from error
        lock.truncate(0)
        lock.write(f"as process {os.getpid()}")
        lock.flush()
        yield


def load_sample(database):
    """Load the sample manufacturer, in a process of its own."""
    if not (ROOT / "tools" / "sample_data.py").exists():
        return
    with step("loading the sample manufacturer"):
        done = subprocess.run(
            [PYTHON, ROOT / "tools" / "odoo_env.py", "sample", database],
            stdin=subprocess.DEVNULL,
            check=False,
        )
    if done.returncode:
        raise Problem("Loading the sample manufacturer failed (see above).")


def prepare_database(name, fresh=False):
    """Make the database, complete or not at all; or bring an existing one up to date."""
    import databases

    if fresh:
        databases.drop_database(name)
    key = databases.addons_hash()
    if name not in databases.database_names():
        draft = f"{name}_draft"
        databases.create_database(draft, default_language=LANGUAGE)
        load_sample(draft)
        databases.rename_database(draft, name)
    elif not is_done(f"database-{name}", key):
        databases.update(name)
        missing = [m for m in databases.our_modules() if not databases.is_installed(name, m)]
        if missing:
            databases.install(name, missing)
    set_done(f"database-{name}", key)


def logins():
    """(login, password, role) of the sample's users."""
    with contextlib.suppress(ImportError):
        import sample_data

        return list(sample_data.LOGINS)
    return [("admin", "admin", "administrator")]


def show_welcome(url):
    """Print the address and who can log in."""
    people = [("login", "password", "role"), *logins()]
    width = max(len(str(login)) for login, _password, _role in people) + 2
    secret_width = max(len(str(password)) for _login, password, _role in people) + 2
    print(f"\nOdoo is ready: {url}\n")
    for login, password, role in people:
        print(f"  {login:{width}}{password:{secret_width}}{role}")
    print(f"\nIts log is {HOME / 'log'}/server-aftersales.log. Ctrl-C stops it.", flush=True)


def cli():
    """Set up, start PostgreSQL and Odoo, wait for Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--fresh", action="store_true", help="throw the database away first")
    options = parser.parse_args()
    port = wanted_port()
    check_port(port)
    environment.enter()
    from odoo_conf import DATABASE, write_conf
    from postgres import postgres

    write_conf()
    with only_run(), postgres():
        prepare_database(DATABASE, options.fresh)
        from odoo_server import running_server

        check_port(port)
        say("starting Odoo")
        try:
            with running_server(DATABASE, port=port, cron=True, scratch=False) as server:
                show_welcome(server.url)
                code = server.process.wait()
                raise Problem(f"Odoo stopped by itself (exit code {code}); see {server.log}")
        except KeyboardInterrupt:
            say("stopped")
    return 0


if __name__ == "__main__":
    main(cli)
