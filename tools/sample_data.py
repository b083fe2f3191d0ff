"""The sample manufacturer of data/: loaded by `make run` and `make demo`.

The files are in the column layout of Odoo's own importer and are loaded by the same
method that it calls, in the order of their names (`NN_model.csv`). A company that
moves to the suite fills in the same files. Either all of them are loaded or nothing.

    with odoo_environment("aftersales") as env:
        sample_data.load(env)
"""

import base64
import contextlib
import csv
import dataclasses
import time
from pathlib import Path

from odoo.fields import Command

from project import LANGUAGE, ROOT, Problem, say

FOLDER = ROOT / "data"
USERS_FILE = "05_res.users.csv"
LOGO_FILE = "logo.png"
# the part before the dot in the external ids of what is loaded
PREFIX = "sample"
# how many refused rows are shown
MOST_SHOWN = 20
CONTEXT = {
    "module": PREFIX,
    "import_file": True,
    "lang": LANGUAGE,
    "tz": "Asia/Shanghai",
    "no_reset_password": True,
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "inventory_mode": True,
    # a company's country would install localisations, and commit half-way
    "install_mode": True,
    # a new company would be looked up on the internet, and committed half-way
    "default_iap_enrich_auto_done": True,
}
# what Odoo has made in English before the sample came
SHARED_LOCATION_NAMES = {
    "stock.stock_location_customers": "客户",
    "stock.stock_location_suppliers": "供应商",
}


@dataclasses.dataclass
class Row:
    """One row of a file, and the line in it where the row begins."""

    line: int
    cells: list

    @property
    def xmlid(self):
        """The complete external id; ids of Odoo's own records have a dot."""
        return self.cells[0] if "." in self.cells[0] else f"{PREFIX}.{self.cells[0]}"


class File:
    """One import file: its model, its columns, its rows."""

    def __init__(self, path):
        self.path = path
        self.model = path.stem.partition("_")[2]
        try:
            self._read()
        except (UnicodeDecodeError, csv.Error) as error:
            raise Problem(
                f"{path} can't be read ({error}). Save it as CSV with UTF-8, not as the "
                "spreadsheet's own kind of text."
            ) from error

    def _read(self):
        with self.path.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.reader(handle)
            self.columns = next(reader, [])
            self.rows = []
            line = reader.line_num + 1
            for cells in reader:
                if any(cells):
                    self.rows.append(Row(line, cells))
                line = reader.line_num + 1

    def problem(self, messages):
        """Return the Problem that names file and line for ``[(line, message)]``."""
        shown = [f"  {self.path.name}, line {line}: {text}" for line, text in messages[:MOST_SHOWN]]
        if len(messages) > MOST_SHOWN:
            shown.append(f"  … and {len(messages) - MOST_SHOWN} more")
        text = "\n".join(shown)
        return Problem(f"The data in {self.path.parent} can't be loaded, nothing was:\n{text}")

    def check(self, env):
        """Refuse a file whose layout is wrong.

        :raise Problem: naming the lines
        """
        if self.model not in env:
            raise self.problem([(1, f"there is no model {self.model} in this database")])
        fields = env[self.model]._fields
        unknown = [name for name in self.columns if name.partition("/")[0] not in fields]
        if self.columns[:1] != ["id"] or unknown:
            names = ", ".join(unknown) or "the first column isn't id"
            raise self.problem([(1, f"columns that {self.model} doesn't have: {names}")])
        wrong, seen = [], {}
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                wrong.append((row.line, f"{len(row.cells)} cells instead of {len(self.columns)}"))
            elif not row.cells[0]:
                wrong.append((row.line, "no id"))
            elif row.xmlid in seen:
                wrong.append((row.line, f"id {row.cells[0]} is that of line {seen[row.xmlid]}"))
            seen.setdefault(row.xmlid, row.line)
        if wrong:
            raise self.problem(wrong)


def load(env, folder=FOLDER):
    """Load all files of a folder, or nothing.

    Rows whose external id is known already are left as they are, so that loading
    again adds what is new and takes nothing back of what users did since.

    :param env: an environment of the superuser
    :return: ids of the new records by model
    :raise Problem: naming file and line of every row that Odoo refuses
    """
    _install_language(env)
    env = env(context=dict(env.context, **CONTEXT))
    files = [File(path) for path in sorted(Path(folder).glob("[0-9]*.csv"))]
    if not files:
        raise Problem(f"There are no import files in {folder}.")
    new = {}
    # a broken row rolls everything back, also in a transaction that goes on
    with env.cr.savepoint():
        for file in files:
            file.check(env)
        for file in files:
            start = time.monotonic()
            count = _load_file(env, file, new)
            seconds = time.monotonic() - start
            known = len(file.rows) - count
            say(f"{file.path.name}: {count} new, {known} known ({seconds:.1f} s)")
        _set_logo(env, Path(folder) / LOGO_FILE)
        _set_passwords(env, new.get("res.users", {}))
        env.flush_all()
    return new


def _install_language(env):
    language = env["res.lang"].with_context(active_test=False).search([("code", "=", LANGUAGE)])
    if not language.active:
        env["base.language.install"].create({"lang_ids": language.ids}).lang_install()


def _set_logo(env, path):
    """Give our company its logo instead of the placeholder, unless it has one of its own."""
    company = env.ref("base.main_company")
    if path.exists() and company.uses_default_logo:
        company.logo = base64.b64encode(path.read_bytes())


def _load_file(env, file, new):
    """Load the new rows of one file; return their number."""
    companies = env["res.company"].search([])
    env = env(context=dict(env.context, allowed_company_ids=_main_first(env, companies).ids))
    missing = {row.xmlid for row in file.rows} - _known_ids(env, file.rows)
    if file.model == "stock.quant":
        # opening stock comes with its products: counting again would undo issues
        products = new.get("product.product", {})
        missing = {row.xmlid for row in file.rows if _product_of(file, row) in products} & missing
    if not missing:
        return 0
    # records that Odoo has made itself are known from the start, and filled in along with new ones
    rows = [row for row in file.rows if row.xmlid in missing or "." in row.cells[0]]
    try:
        result = env[file.model].load(file.columns, [row.cells for row in rows])
    except (KeyError, ValueError) as error:
        raise file.problem([(1, f"the columns can't be read: {error}")]) from error
    if result["messages"]:
        raise file.problem([_located(rows, message) for message in result["messages"]])
    env.flush_all()
    new[file.model] = dict(zip((row.xmlid for row in rows), result["ids"], strict=True))
    follow = FOLLOW.get(file.model)
    if follow:
        follow(env, env[file.model].browse(result["ids"]))
    return len(missing)


def _located(rows, message):
    """Return (line, text) of what `load` says about a row."""
    where = message.get("rows") or {"from": 0}
    index = max(where["from"], 0)
    text = " ".join(str(message["message"]).split())
    if message.get("field"):
        text = f"{message['field']}: {text}"
    return (rows[index].line if index < len(rows) else rows[-1].line, text)


def _main_first(env, companies):
    main = env.ref("base.main_company")
    return main | companies


def _known_ids(env, rows):
    """Return the external ids of those rows that are in the database."""
    xmlids = env["ir.model.data"]
    found = xmlids._lookup_xmlids([row.xmlid for row in rows], xmlids)
    return {f"{module}.{name}" for _id, module, name, *_rest in found}


def _product_of(file, row):
    cell = row.cells[file.columns.index("product_id/id")]
    return cell if "." in cell else f"{PREFIX}.{cell}"


# ----------------------------------------------------------------------
# What follows a file
# ----------------------------------------------------------------------
def _name(env, xmlid, record):
    """Give a record that Odoo made by itself an external id."""
    env["ir.model.data"]._update_xmlids([{"xml_id": f"{PREFIX}.{xmlid}", "record": record}])


def _after_companies(env, companies):
    """The administrator sees the companies; they speak Chinese, also in their locations."""
    companies.partner_id.lang = LANGUAGE
    env.ref("base.user_admin").company_ids = [Command.link(company.id) for company in companies]
    for xmlid, name in SHARED_LOCATION_NAMES.items():
        env.ref(xmlid).name = name


def _after_accounts(env, accounts):
    """Customers owe on the receivable account; what goes on it is known by default."""
    for account in accounts.filtered(lambda item: item.account_type == "asset_receivable"):
        for company in account.company_ids:
            env["ir.default"].set(
                "res.partner", "property_account_receivable_id", account.id, company_id=company.id
            )


def _after_taxes(env, taxes):
    """The tax of an invoice is booked as 销项税额."""
    lines = taxes.repartition_line_ids.filtered(lambda line: line.repartition_type == "tax")
    lines.account_id = env.ref(f"{PREFIX}.account_vat")


def _after_warehouses(env, warehouses):
    """Name the stock locations of the warehouses, in Chinese as all the rest."""
    for warehouse in warehouses:
        module, name = warehouse.get_external_id()[warehouse.id].split(".")
        if module == PREFIX:
            _name(env, f"{name}_stock", warehouse.lot_stock_id)
        warehouse.lot_stock_id.name = "库存"
        types, _next = warehouse._get_picking_type_create_values(0)
        for field, values in types.items():
            warehouse[field].name = values["name"]


def _after_pricelists(env, lists):
    """A company's tariff is known to it, once there is one (R004-64)."""
    for tariff in lists.filtered("aftersales_tariff"):
        for company in tariff.company_id or env["res.company"].search([]):
            company.aftersales_tariff_id = tariff


def _set_passwords(env, users):
    """New people get their login as password: this is a sample.

    Last of all, because hashing takes longer than loading all the rest.
    """
    for user in env["res.users"].browse(users.values()):
        user.password = user.login


def _after_quants(_env, quants):
    """Apply the counted quantities as opening stock."""
    quants.action_apply_inventory()


FOLLOW = {
    "account.account": _after_accounts,
    "account.tax": _after_taxes,
    "res.company": _after_companies,
    "stock.warehouse": _after_warehouses,
    "product.pricelist": _after_pricelists,
    "stock.quant": _after_quants,
}


def _logins():
    """(login, password, name) of the people of the sample, the administrator last."""
    file = File(FOLDER / USERS_FILE)
    login, name = file.columns.index("login"), file.columns.index("name")
    people = [(row.cells[login], row.cells[login], row.cells[name]) for row in file.rows]
    return [*people, ("admin", "admin", "系统管理员(Odoo)")]


LOGINS = []
with contextlib.suppress(OSError):
    LOGINS = _logins()
