"""Set up everything that the addons need, in `.odoo/` of this checkout.

    python3 tools/environment.py [--test] [--bench]

Safe to run again: a finished step is recognised and left alone. `make run`,
`make test` and the others call it by themselves.

Environment variables:
    AFTERSALES_HOME  another folder instead of .odoo/
    ODOO_SOURCE      an Odoo 19 source tree to use instead of the Debian package
"""

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from debian import (
    FETCH_PACKAGES,
    SYSTEM_PACKAGES,
    TEST_PACKAGES,
    Archive,
    install_system_packages,
    need_system_packages,
    repoint_links,
)
from project import (
    HOME,
    PYTHON,
    ROOT,
    VENV,
    Problem,
    digest,
    is_done,
    locked,
    main,
    run,
    set_done,
    step,
)

ODOO_ROOT = HOME / "debian"
DIST_PACKAGES = ODOO_ROOT / "usr/lib/python3/dist-packages"
ODOO_PACKAGES = {
    "sid": (
        "odoo-19",
        "fonts-inconsolata",
        "fonts-montserrat",
        "fonts-ocr-b",
        "fonts-roboto-unhinted",
        "libjs-jquery",
        "libjs-jquery-form",
        "libjs-underscore",
    ),
    # sid's fonts-font-awesome 7 has other file names than the links want
    "trixie": ("fonts-font-awesome", "fonts-inconsolata"),
}
SELFIE = "@mediapipe/selfie_segmentation@0.1.1675465747"
UV = "uv==0.13.8"
PYTHONS = ((3, 10), (3, 13))
TOOLS = ROOT / "tools"


def addons_path():
    """The folders that hold addons: this checkout, then Odoo's own."""
    source = os.environ.get("ODOO_SOURCE")
    if source and (Path(source) / "addons").is_dir():
        return [ROOT, Path(source).resolve() / "addons"]
    return [ROOT]


def odoo_folder():
    """The folder that holds the package `odoo`."""
    source = os.environ.get("ODOO_SOURCE")
    return Path(source).resolve() if source else DIST_PACKAGES


def check_source(source):
    """Refuse an ODOO_SOURCE that is not an Odoo 19."""
    release = Path(source) / "odoo" / "release.py"
    text = release.read_text() if release.is_file() else ""
    if not re.search(r"version_info\s*=\s*\(19\s*,\s*0", text):
        raise Problem(f"ODOO_SOURCE={source} is not an Odoo 19.0 source tree ({release}).")


def odoo_key():
    """What the unpacked Odoo is made of."""
    return digest(repr(ODOO_PACKAGES), SELFIE, str(HOME))


def need_packages(test, pdf):
    """Ask for all Debian packages at once; only a missing PDF program can be done without."""
    required, optional = {}, {}
    if not os.environ.get("ODOO_SOURCE") and not is_done("odoo", odoo_key()):
        required.update(FETCH_PACKAGES)
    if pdf:
        (required if test else optional).update(SYSTEM_PACKAGES)
    if test:
        required.update(TEST_PACKAGES)
    need_system_packages(required, required=True)
    need_system_packages(optional, required=False)


def fetch_odoo():
    """Unpack Odoo 19, its fonts and libraries below `.odoo/debian`, complete or not at all."""
    key = odoo_key()
    if is_done("odoo", key):
        return
    shutil.rmtree(ODOO_ROOT, ignore_errors=True)
    with step("fetching Odoo 19 from Debian (about 130 MB)"):
        for suite, packages in ODOO_PACKAGES.items():
            archive = Archive(suite)
            archive.update()
            archive.unpack(packages, ODOO_ROOT)
        shutil.rmtree(HOME / "apt", ignore_errors=True)
        broken = repoint_links(ODOO_ROOT)
        if broken:
            names = "\n".join(f"  {link} -> {os.readlink(link)}" for link in broken[:10])
            raise Problem(f"The unpacked Odoo has broken links, its pages would fail:\n{names}")
        add_selfie_segmentation()
    set_done("odoo", key)


def add_selfie_segmentation():
    """Add the one JavaScript file that the Debian package leaves out."""
    target = DIST_PACKAGES / "odoo/addons/mail/static/lib/selfie_segmentation"
    if (target / "selfie_segmentation.js").exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        run(["npm", "pack", "--silent", SELFIE], what=f"npm pack {SELFIE}", cwd=folder)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as tar:
            content = tar.extractfile("package/selfie_segmentation.js").read()
    target.mkdir(parents=True, exist_ok=True)
    (target / "selfie_segmentation.js").write_bytes(content)


def find_python():
    """An interpreter that Odoo 19 runs on: this one if it fits, else one in PATH."""
    low, high = PYTHONS
    if low <= sys.version_info[:2] <= high:
        # from within a virtual environment, its parent: ours must outlive it
        return Path(getattr(sys, "_base_executable", None) or sys.executable)
    for minor in range(high[1], low[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            works = subprocess.run([found, "-c", ""], capture_output=True, check=False)
            if works.returncode == 0:
                return Path(found)
    raise Problem(
        f"Odoo 19 needs Python 3.{low[1]} to 3.{high[1]}; this is"
        f" {sys.version_info[0]}.{sys.version_info[1]}, and no other is in PATH.\n"
        "Install one, for example: sudo apt-get install python3.13 python3.13-venv"
    )


def make_venv():
    """Create `.odoo/venv` with uv in it."""
    python = find_python()
    key = digest(str(python), str(VENV), UV)
    if is_done("venv", key) and PYTHON.exists():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    with step("making the Python environment"):
        try:
            run([python, "-m", "venv", VENV])
        except Problem as problem:
            version = run([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
            package = f"python{version.strip()}-venv"
            if "ensurepip" not in str(problem):
                raise
            if not install_system_packages([package]):
                raise Problem(
                    "Python can't make a virtual environment here. Install:\n"
                    f"  sudo apt-get install {package}"
                ) from problem
            shutil.rmtree(VENV, ignore_errors=True)
            run([python, "-m", "venv", VENV])
        run([PYTHON, "-m", "pip", "install", "-q", UV], what="Installing uv with pip")
    set_done("venv", key)


def uv_environment():
    """uv's settings, taken over from pip's own configuration on this machine."""
    settings = {}
    for line in run([PYTHON, "-m", "pip", "config", "list"]).splitlines():
        name, _, value = line.partition("=")
        try:
            settings[name.rpartition(".")[2]] = str(ast.literal_eval(value))
        except (SyntaxError, ValueError):
            continue
    environment = dict(os.environ, UV_NO_PROGRESS="1", UV_PYTHON_DOWNLOADS="never")
    environment.pop("VIRTUAL_ENV", None)

    def places(name):
        for place in settings.get(name, "").split():
            path = place.removeprefix("file://")
            if "://" in path or os.path.isdir(path):
                yield place

    for option, variable, joined in (
        ("index-url", "UV_DEFAULT_INDEX", " "),
        ("extra-index-url", "UV_INDEX", " "),
        ("find-links", "UV_FIND_LINKS", ","),
    ):
        if variable not in os.environ and (value := joined.join(places(option))):
            environment[variable] = value
    if "cert" in settings:
        environment.setdefault("SSL_CERT_FILE", settings["cert"])
    return environment


def pip_install(*arguments, what):
    """Install into the virtual environment with uv."""
    run(
        [VENV / "bin" / "uv", "pip", "install", "-q", "--python", PYTHON]
        + ["--index-strategy", "unsafe-best-match", *arguments],
        what=what,
        env=uv_environment(),
    )


def install_requirements(stamp, files, *options):
    """Install pinned requirement files once (again when they change)."""
    key = digest(*files, *options, str(VENV), (HOME / "stamps" / "venv"))
    if is_done(stamp, key):
        return
    with step(f"installing Python packages ({stamp})"):
        arguments = [word for path in files for word in ("-r", path)]
        pip_install(*options, *arguments, what=f"Installing {stamp}")
    set_done(stamp, key)


def link_odoo():
    """Make `import odoo` work in the virtual environment."""
    (packages,) = VENV.glob("lib/python3*/site-packages")
    path = packages / "odoo-19.pth"
    text = f"{odoo_folder()}\n"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def add_browser():
    """A `google-chrome` for Odoo's browser tests: chromium that calls nobody."""
    path = HOME / "bin" / "google-chrome"
    flags = (
        "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
        " --disable-background-networking --disable-component-update"
    )
    text = f'#!/bin/sh\nexec {shutil.which("chromium")} {flags} "$@"\n'
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)


def prepare(*, test=False, bench=False, pdf=True):
    """Set up what is asked for; a second call takes about a second.

    :param bool test: also what the tests need (pytest, linters, a browser)
    :param bool bench: also the OCA modules that the benchmark measures against
    :param bool pdf: also wkhtmltopdf and Chinese fonts
    """
    HOME.mkdir(parents=True, exist_ok=True)
    with locked("setup", "another set-up is running in this checkout, waiting for it"):
        need_packages(test, pdf)
        make_venv()
        if source := os.environ.get("ODOO_SOURCE"):
            check_source(source)
        else:
            fetch_odoo()
        install_requirements("runtime", [TOOLS / "requirements.txt"], "--no-deps")
        install_requirements("oca", [TOOLS / "requirements-oca.txt"], "--no-deps")
        if test:
            install_requirements("test", [TOOLS / "requirements-test.txt"])
            add_browser()
        if bench:
            install_requirements("bench", [TOOLS / "requirements-bench.txt"], "--no-deps")
        link_odoo()


def enter(**wanted):
    """Set up, then go on in the virtual environment's Python.

    A tool calls this first; where it returns, `odoo` and psycopg2 can be imported.
    The keyword arguments are those of `prepare`.
    """
    if Path(sys.prefix) == VENV and os.environ.get("AFTERSALES_ENTERED") == str(VENV):
        return
    prepare(**wanted)
    os.environ["AFTERSALES_ENTERED"] = str(VENV)
    os.environ["PATH"] = os.pathsep.join(
        [str(HOME / "bin"), str(VENV / "bin"), os.environ.get("PATH", os.defpath)]
    )
    sys.stderr.flush()
    os.execv(PYTHON, [str(PYTHON), *sys.argv])


def cli():
    """Set up from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--test", action="store_true", help="also what the tests need")
    parser.add_argument("--bench", action="store_true", help="also what the benchmark needs")
    options = parser.parse_args()
    prepare(test=options.test, bench=options.bench)
    print(run([PYTHON, "-m", "odoo", "--version"]).strip())


if __name__ == "__main__":
    main(cli)
