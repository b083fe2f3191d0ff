"""Check style, OCA's rules, XML and translations: `make lint`.

    python3 tools/lint.py          # everything
    python3 tools/lint.py --fix    # let ruff format and fix what it can

Every finding is an error, except that a Python file between 450 and 500 lines is
only mentioned.
"""

import subprocess
import sys
from xml.parsers import expat

import environment
import requirements
from project import LANGUAGE, MODULES, ROOT, VENV, main

LONGEST = 500
LONG = 450
FOLDERS = (*MODULES, "tools", "tests", "data", "security")


def files(*patterns):
    """Our files that match, without generated ones."""
    for folder in FOLDERS:
        for pattern in patterns:
            for path in sorted((ROOT / folder).rglob(pattern)):
                if "__pycache__" not in path.parts:
                    yield path


def tool(name, *arguments):
    """Run a linter; True when it has nothing to say."""
    done = subprocess.run(
        [str(VENV / "bin" / name), *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        cwd=ROOT,
        check=False,
    )
    return done.returncode == 0


def check_ruff(fix):
    """Style and layout of the Python files."""
    folders = [folder for folder in FOLDERS if any((ROOT / folder).rglob("*.py"))]
    if fix:
        tool("ruff", "check", "-q", "--fix", *folders)
        tool("ruff", "format", "-q", *folders)
    rules = tool("ruff", "check", "-q", "--output-format=concise", *folders)
    layout = tool("ruff", "format", "-q", "--check", "--output-format=concise", *folders)
    if not (rules and layout):
        print("Try: make lint ARGS=--fix")
    return rules and layout


def check_odoo_rules():
    """OCA's rule set on both addons: their Python, and their XML and CSV."""
    addons = [module for module in MODULES if (ROOT / module / "__manifest__.py").exists()]
    if not addons:
        return True
    python = tool("pylint", "--rcfile=.pylintrc", *addons)
    data = tool("oca-checks-odoo-module", *(f"{name}/__manifest__.py" for name in addons))
    return python and data


def check_xml():
    """Every XML file parses."""
    good = True
    for path in files("*.xml"):
        try:
            expat.ParserCreate().Parse(path.read_bytes(), True)
        except expat.ExpatError as error:
            print(f"{path.relative_to(ROOT)}: {error}")
            good = False
    return good


def check_length():
    """No Python file is longer than 500 lines."""
    good = True
    for path in files("*.py"):
        lines = len(path.read_bytes().splitlines())
        if lines > LONG:
            word = "too long" if lines > LONGEST else "getting long"
            print(f"{path.relative_to(ROOT)}: {word} ({lines} lines, at most {LONGEST})")
            good &= lines <= LONGEST
    return good


def check_translations():
    """Every entry of the zh_CN catalogues is translated, with the same placeholders."""
    catalogues = [path.relative_to(ROOT) for path in files(f"{LANGUAGE}.po")]
    return not catalogues or tool("python", ROOT / "tools" / "check_po.py", *catalogues)


def cli():
    """Run every check, and say which ones failed."""
    environment.prepare(test=True)
    checks = {
        "ruff": lambda: check_ruff("--fix" in sys.argv),
        "OCA rules": check_odoo_rules,
        "XML": check_xml,
        "file length": check_length,
        "translations": check_translations,
        "requirements": requirements.check,
    }
    failed = [name for name, check in checks.items() if not check()]
    if failed:
        print(f"lint: failed: {', '.join(failed)}")
        return 1
    print("lint: nothing to complain about")
    return 0


if __name__ == "__main__":
    main(cli)
