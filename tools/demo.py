"""The worked cases, from the call to the goods on the road: `make demo`.

    make demo                    # all cases
    make demo ARGS="A D"         # some of them
    make demo ARGS=--no-forms    # without printing

Loads the sample manufacturer into a fresh database, plays the cases of tools/cases/
through the same public actions that the buttons call, each step as the user whose role
it is, prints what happened, and writes every printed form as PDF into out/.
"""

import argparse
import dataclasses
import json
import os
import time
import unicodedata
import urllib.error
import urllib.request
from http.cookiejar import CookieJar

from odoo.exceptions import AccessError, UserError

import cases
from databases import our_modules
from odoo_env import odoo_environment, running_server
from project import LANGUAGE, ROOT, Problem, main, say, step
from sample_data import LOGINS, load

OUT = ROOT / "out"
FORMS = "aftersales_service_report"
WIDTHS = (46, 26, 0)


# ----------------------------------------------------------------------
# The cases
# ----------------------------------------------------------------------
def wanted(letters):
    """Return [(letter, case)] of all cases, or of those with these letters."""
    known = {case.TITLE.split()[0]: case for case in cases.CASES}
    unknown = [letter for letter in letters if letter.upper() not in known]
    if unknown:
        raise Problem(f"There is no case {', '.join(unknown)}; there are {', '.join(known)}.")
    letters = {letter.upper() for letter in letters} or known.keys()
    return [(letter, case) for letter, case in known.items() if letter in letters]


def play(database, case):
    """Play one case in a transaction of its own; return what it left to be printed."""
    start = time.monotonic()
    with odoo_environment(database) as env:
        stage = cases.Stage(env)
        try:
            case.play(stage)
        finally:
            show(case.TITLE, stage.steps, time.monotonic() - start)
        return [(record._name, record.id, login) for record, login in stage.documents]


def show(title, steps, seconds):
    """Print what happened in a case, as a table."""
    print(f"\n{title}  ({len(steps)} steps, {seconds:.1f} s)")
    for row in steps:
        cells = zip((row.name, row.user, row.result), WIDTHS, strict=True)
        print("  " + "".join(pad(text, width) for text, width in cells), flush=True)


def pad(text, width):
    """Fill a text up to a width on the screen, where Chinese characters count twice."""
    used = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return text + " " * max(width - used, 1) if width else text


def verify(database):
    """Hold all evidence against itself and the documents; say what was found."""
    with odoo_environment(database) as env:
        rows = env["aftersales.approval"].search_count([("chain_no", ">", 0)])
        findings = env["aftersales.verification"]._verify()
    if findings:
        raise Problem("\n".join(f"{item['document']}: {item['text']}" for item in findings))
    print(f"\n审批记录核验 verification: {rows} rows of evidence, no findings")


# ----------------------------------------------------------------------
# The printed forms
# ----------------------------------------------------------------------
@dataclasses.dataclass
class Form:
    """A printed form: its technical name, its title, and who may print it."""

    report: str
    name: str
    logins: list


class Client:
    """A user's browser, as far as printing needs one."""

    def __init__(self, url, database, login):
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        params = {"db": database, "login": login, "password": login}
        request = urllib.request.Request(
            f"{url}/web/session/authenticate",
            json.dumps({"jsonrpc": "2.0", "params": params}).encode(),
            {"Content-Type": "application/json"},
        )
        answer = json.load(self.opener.open(request, timeout=60))
        if not (answer.get("result") or {}).get("uid"):
            raise Problem(f"{login} can't log in: {answer.get('error', answer)}")

    def pdf(self, report, record_id):
        """Return a printed form."""
        url = f"{self.url}/report/pdf/{report}/{record_id}"
        try:
            with self.opener.open(url, timeout=300) as answer:
                content = answer.read()
        except urllib.error.HTTPError as error:
            raise Problem(f"{report} of {record_id} can't be printed: {error}") from error
        if not content.startswith(b"%PDF"):
            raise Problem(f"{report} of {record_id} isn't a PDF.")
        return content


def forms(database):
    """Return {model: [Form]} of our printed forms."""
    with odoo_environment(database, context={"lang": LANGUAGE}) as env:
        known = env["ir.model.data"].search(
            [("module", "=", FORMS), ("model", "=", "ir.actions.report")]
        )
        reports = env["ir.actions.report"].browse(known.mapped("res_id")).exists()
        people = env["res.users"].search([("login", "in", [row[0] for row in LOGINS])])
        found = {}
        for report in reports.filtered(lambda report: report.report_type == "qweb-pdf"):
            groups = report.group_ids
            allowed = people.filtered(lambda user: not groups or user.all_group_ids & groups)
            logins = [row[0] for row in LOGINS if row[0] in allowed.mapped("login")]
            form = Form(report.report_name, report.name, logins)
            found.setdefault(report.model, []).append(form)
    return found


def names(database, documents):
    """Return {(model, id): name} of the documents, fit for file names."""
    with odoo_environment(database) as env:
        return {
            (model, record): env[model].browse(record).display_name.replace("/", "-")[:40].strip()
            for model, record, _login in documents
        }


def print_forms(database, documents):
    """Print every form of every document of the cases as PDF into out/.

    :param documents: {case letter: [(model, id, login)]}
    :return: the technical names of the forms that were printed
    """
    if FORMS not in our_modules():
        raise Problem(f"There are no forms to print: {FORMS} isn't in this checkout.")
    found = forms(database)
    OUT.mkdir(exist_ok=True)
    for old in OUT.glob("[A-Z]_*.pdf"):
        old.unlink()
    printed = set()
    with running_server(database) as server:
        clients = {}
        for letter, items in documents.items():
            titles = names(database, items)
            for model, record, login in items:
                for form in found.get(model, ()):
                    # who made the document, or the first whose role allows the form
                    who = login if login in form.logins else form.logins[0]
                    if who not in clients:
                        clients[who] = Client(server.url, database, who)
                    content = clients[who].pdf(form.report, record)
                    path = OUT / f"{letter}_{form.name}_{titles[model, record]}.pdf"
                    path.write_bytes(content)
                    printed.add(form.report)
                    print(f"  {path.name}  ({len(content) // 1024} kB, {who})", flush=True)
    missing = [form.name for each in found.values() for form in each if form.report not in printed]
    if missing:
        say(f"forms without a document in these cases: {', '.join(missing)}")
    if not printed:
        raise Problem("No form was printed.")
    return printed


# ----------------------------------------------------------------------
def cli():
    """Load the sample, play the cases, verify, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help="letters: A B C …")
    parser.add_argument("--no-forms", action="store_true", help="don't print the forms")
    options = parser.parse_args()
    chosen = wanted(options.cases)
    database = os.environ.get("AFTERSALES_DATABASE")
    if not database:
        raise Problem("Start it by `make demo`, which makes its database.")
    with step("loading the sample manufacturer"), odoo_environment(database) as env:
        load(env)
    try:
        documents = {letter: play(database, case) for letter, case in chosen}
    except (cases.Failed, AccessError, UserError) as failed:
        raise Problem(f"The case failed: {failed}") from failed
    verify(database)
    if not options.no_forms:
        with step("printing the forms"):
            print_forms(database, documents)
    return 0


if __name__ == "__main__":
    main(cli)
