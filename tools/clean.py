"""Remove what set-up made: `make clean` (asks first; databases and keys go too)."""

import fcntl
import shutil
import sys

from project import HOME, Problem, main, say

FOLDERS = ("apt", "bin", "data", "debian", "log", "postgres", "stamps", "venv")
FILES = ("*.lock", "*.key", "odoo.conf")


def cli():
    """Remove our own files in the folder, and nothing else."""
    if not (HOME / "stamps").is_dir():
        say(f"nothing to remove in {HOME}")
        return 0
    with (HOME / "postgres.users.lock").open("w") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Problem("Odoo or a test is running in this checkout; stop it first.") from error
        if "--yes" not in sys.argv:
            try:
                answer = input(f"Remove {HOME} with its databases and the evidence key? [y/N] ")
            except EOFError:
                answer = ""
            if answer.strip().lower() not in ("y", "yes"):
                return 1
        folders = [HOME / name for name in FOLDERS]
        if (HOME / "venv").exists():
            from postgres import cluster_folder, server_user

            folders.append(cluster_folder(server_user()))
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        for pattern in FILES:
            for path in HOME.glob(pattern):
                path.unlink()
    if not any(HOME.iterdir()):
        HOME.rmdir()
    return 0


if __name__ == "__main__":
    main(cli)
