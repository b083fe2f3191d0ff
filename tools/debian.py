"""Debian packages: those unpacked into a folder of ours, and those of the system.

Unpacking needs no root and changes nothing on the machine: a private apt
configuration with its own lists uses the mirror and the keyring that the
machine's own sources name.
"""

import ctypes.util
import os
import shutil
import subprocess
from pathlib import Path

from project import HOME, Problem, run, say, step

SYSTEM_PACKAGES = {
    # package: (is it there?, what for)
    "wkhtmltopdf": ("wkhtmltopdf", "printed forms (PDF)"),
    "fonts-noto-cjk": ("font:Noto Sans CJK SC", "Chinese text in printed forms"),
    "fontconfig": ("fc-list", "finding fonts"),
    "libcairo2": ("library:cairo", "barcodes in printed forms"),
}
TEST_PACKAGES = {
    "chromium": ("chromium", "browser tests"),
    "poppler-utils": ("pdftoppm", "looking at printed forms"),
}
FETCH_PACKAGES = {
    "npm": ("npm", "one JavaScript library of Odoo's web client, from the npm registry"),
}


def deb822_stanzas(text):
    """The stanzas of a deb822 file, as dictionaries with lower-case keys."""
    stanza, key = {}, None
    for line in [*text.splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if stanza:
                yield stanza
            stanza, key = {}, None
        elif line[0].isspace() and key:
            stanza[key] += "\n" + line.strip()
        elif ":" in line:
            key, _, value = line.partition(":")
            key = key.strip().lower()
            stanza[key] = value.strip()


def one_line_source(line):
    """(type, options, uri, suite, components) of a classic sources.list line, or None."""
    line = line.partition("#")[0].strip()
    kind, _, rest = line.partition(" ")
    options = {}
    rest = rest.strip()
    if rest.startswith("["):
        inside, _, rest = rest[1:].partition("]")
        options = dict(word.partition("=")[::2] for word in inside.split())
    words = rest.split()
    if kind != "deb" or len(words) < 2:
        return None
    return kind, options, words[0], words[1], words[2:]


def machine_sources(etc=Path("/etc/apt")):
    """The machine's own archive sources as (uri, suite, components, signed-by, trusted)."""
    files = [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]
    for path in files:
        if not path.is_file():
            continue
        text = path.read_text(errors="replace")
        if path.suffix == ".list":
            for line in text.splitlines():
                if source := one_line_source(line):
                    _kind, options, uri, suite, parts = source
                    yield uri, suite, parts, options.get("signed-by", "")
        elif path.suffix == ".sources":
            for stanza in deb822_stanzas(text):
                if "deb" not in stanza.get("types", "").split():
                    continue
                if stanza.get("enabled", "yes").lower() in ("no", "false"):
                    continue
                for uri in stanza.get("uris", "").split():
                    for suite in stanza.get("suites", "").split():
                        parts = stanza.get("components", "").split()
                        yield uri, suite, parts, stanza.get("signed-by", "")


def debian_mirror():
    """(uri, keyring) of the Debian archive in the machine's own sources."""
    best = None
    for uri, suite, parts, keyring in machine_sources():
        if "main" not in parts or "security" in uri or "security" in suite:
            continue
        if "debian" not in uri and not Path("/etc/debian_version").exists():
            continue
        plain = not suite.endswith(("-updates", "-backports", "-proposed"))
        if best is None or (plain and not best[2]):
            best = uri, keyring, plain
    if best is None:
        raise Problem(
            "No Debian archive is configured on this machine (/etc/apt), so Odoo 19 can't\n"
            "be fetched from it. Point ODOO_SOURCE at an Odoo 19 source tree instead."
        )
    keyring = best[1]
    if not keyring or "\n" in keyring:
        keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    return best[0], keyring


class Archive:
    """A private apt that can download packages of one Debian suite."""

    def __init__(self, suite):
        self.suite = suite
        self.folder = HOME / "apt" / suite
        self.environment = dict(os.environ, LC_ALL="C.UTF-8")

    def update(self):
        """Write the configuration and fetch the suite's package list."""
        for tool in ("apt-get", "dpkg-deb"):
            if not shutil.which(tool):
                raise Problem(
                    f"`{tool}` is not on this machine: Odoo 19 comes as a Debian package.\n"
                    "Point ODOO_SOURCE at an Odoo 19 source tree instead."
                )
        uri, keyring = debian_mirror()
        (self.folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        (self.folder / "cache" / "archives" / "partial").mkdir(parents=True, exist_ok=True)
        signed = f" [signed-by={keyring}]" if os.path.exists(keyring) else ""
        (self.folder / "sources.list").write_text(f"deb{signed} {uri} {self.suite} main\n")
        (self.folder / "empty").mkdir(exist_ok=True)
        (self.folder / "apt.conf").write_text(
            f'Dir::State::lists "{self.folder}/lists";\n'
            f'Dir::Etc::sourcelist "{self.folder}/sources.list";\n'
            f'Dir::Etc::sourceparts "{self.folder}/empty";\n'
            f'Dir::Etc::preferences "{self.folder}/none";\n'
            f'Dir::Etc::preferencesparts "{self.folder}/empty";\n'
            f'Dir::Cache "{self.folder}/cache";\n'
            'APT::Sandbox::User "";\n'
            'Acquire::Languages "none";\n'
            'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";\n'
            'Acquire::Retries "3";\n'
        )
        self.environment["APT_CONFIG"] = str(self.folder / "apt.conf")
        run(
            ["apt-get", "update", "-q", "-o", "APT::Update::Error-Mode=any"],
            what=f"Reading the package list of Debian's suite {self.suite}",
            env=self.environment,
        )

    def unpack(self, packages, target):
        """Download packages and unpack them below `target`."""
        downloads = self.folder / "download"
        shutil.rmtree(downloads, ignore_errors=True)
        downloads.mkdir()
        run(
            ["apt-get", "download", "-q", *packages],
            what=f"Downloading {', '.join(packages)} from {self.suite}",
            cwd=downloads,
            env=self.environment,
        )
        target.mkdir(parents=True, exist_ok=True)
        for package in sorted(downloads.glob("*.deb")):
            run(["dpkg-deb", "-x", package, target], what=f"Unpacking {package.name}")
        shutil.rmtree(downloads)


def repoint_links(folder):
    """Make absolute links point inside the folder; the links still broken are returned."""
    broken = []
    for place, folders, files in os.walk(folder):
        for name in folders + files:
            link = os.path.join(place, name)
            if not os.path.islink(link):
                continue
            goal = os.readlink(link)
            if os.path.isabs(goal) and not goal.startswith(str(folder)):
                os.unlink(link)
                os.symlink(os.path.relpath(str(folder) + goal, place), link)
            if not os.path.exists(link):
                broken.append(link)
    return broken


def is_there(mark):
    """Whether a system package's mark is on the machine.

    :param str mark: a command, `font:NAME` or `library:NAME`
    """
    if mark.startswith("library:"):
        return ctypes.util.find_library(mark.removeprefix("library:")) is not None
    if mark.startswith("font:"):
        if not shutil.which("fc-list"):
            return False
        return bool(run(["fc-list", mark.removeprefix("font:")]).strip())
    return shutil.which(mark) is not None


def missing_packages(packages):
    """Those of the packages whose mark is not on the machine."""
    return [name for name, (mark, _why) in packages.items() if not is_there(mark)]


def as_root():
    """The command prefix with which root's work can be done, or None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        asked = subprocess.run(
            ["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        if asked.returncode == 0:
            return ["sudo", "-n"]
    return None


def install_system_packages(names):
    """Install Debian packages on the machine; True when that was possible."""
    prefix = as_root()
    if prefix is None or not shutil.which("apt-get"):
        return False
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]
    with step(f"installing Debian packages: {' '.join(names)}"):
        refreshed = subprocess.run(
            [*prefix, *quiet, "apt-get", "update", "-q"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if refreshed.returncode:
            say("apt-get update failed for a source; trying with the lists that are there")
        run(
            [*prefix, *quiet, "apt-get", "install", "-y", "-q", "--no-install-recommends", *names],
            what="Installing Debian packages",
        )
    return True


def need_system_packages(packages, *, required):
    """Install what is missing of `packages`; say so, or stop, when that can't be done.

    :param dict packages: package → (mark, what for)
    :param bool required: stop when something stays missing (otherwise only say it)
    """
    missing = missing_packages(packages)
    if not missing or install_system_packages(missing):
        return
    reasons = "\n".join(f"  {name}: {packages[name][1]}" for name in missing)
    text = (
        f"Missing Debian packages:\n{reasons}\nInstall them with:\n"
        f"  sudo apt-get install --no-install-recommends {' '.join(missing)}"
    )
    if required:
        raise Problem(text)
    say(text + "\nGoing on without them.")
