"""The sample manufacturer and the worked cases, each in a fresh database.

Covers the files in data/, tools/sample_data.py, tools/cases/ and the printing of
tools/demo.py.
"""

import csv
import os
import shutil

import pytest

from odoo.fields import Command
from odoo.service.model import call_kw

import cases
import demo
import sample_data
from odoo_env import create_database, drop_database, odoo_environment, sample_database
from project import Problem

UNITS_FILE = "13_aftersales.unit.csv"


@pytest.fixture(scope="module")
def empty():
    """A database with the addons and nothing else."""
    name = f"aftersales_sample_empty_{os.getpid()}"
    yield create_database(name, template=os.environ.get("AFTERSALES_TEMPLATE"))
    drop_database(name)


@pytest.fixture(scope="module")
def loaded():
    """A database with the sample manufacturer."""
    with sample_database(f"aftersales_sample_{os.getpid()}") as name:
        yield name


@pytest.fixture(scope="module")
def played(loaded):
    """{letter of a case: what it left to be printed}, filled by the tests."""
    return {}


def rows(name):
    """The rows of one of the files, as dictionaries."""
    with (sample_data.FOLDER / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


# ----------------------------------------------------------------------
# What is in the sample
# ----------------------------------------------------------------------
def test_units_with_and_without_warranty_in_many_provinces(loaded):
    """300 delivered units, also of the time before the system (R000-16, R004-27)."""
    with odoo_environment(loaded) as env:
        units = env["aftersales.unit"].search([])
        assert len(units) == len(rows(UNITS_FILE)) == 300
        covered = units.filtered("is_in_warranty")
        assert 0 < len(covered) < len(units)
        assert len(units.site_state_id) >= 20
        assert units.filtered(lambda unit: not unit.product_id and not unit.lot_id)
        assert units.filtered(lambda unit: unit.partner_id != unit.end_user_id)
        assert len(units.company_id) == 2


def test_one_login_for_each_role(loaded):
    """Every role has somebody, who holds no other role and logs in with his login."""
    with odoo_environment(loaded) as env:
        ours = env["ir.model.data"].search(
            [("module", "=", "aftersales_service"), ("model", "=", "res.groups")]
        )
        groups = env["res.groups"].browse(ours.mapped("res_id"))
        roles = groups - env.ref("aftersales_service.group_reader")
        logins = {login: password for login, password, _name in sample_data.LOGINS}
        users = env["res.users"].search([("login", "in", list(logins))])
        assert len(users) == len(logins)
        people = users.filtered(lambda user: not user.share and user.login != "admin")
        for user in people:
            assert len(user.group_ids & roles) == 1, user.login
            assert (user.lang, user.tz) == ("zh_CN", "Asia/Shanghai")
        assert people.group_ids & roles == roles
        login = {"type": "password", "login": "planner", "password": logins["planner"]}
        assert env["res.users"].authenticate(login, {})["uid"]


def test_opening_stock_is_on_hand(loaded):
    """The counted quantities are applied, in three warehouses of two companies."""
    with odoo_environment(loaded) as env:
        for row in rows("14_stock.quant.csv"):
            quants = env["stock.quant"].search(
                [
                    ("product_id", "=", env.ref(f"sample.{row['product_id/id']}").id),
                    ("location_id", "=", env.ref(f"sample.{row['location_id/id']}").id),
                ]
            )
            if row["lot_id/id"]:
                lot = env.ref(f"sample.{row['lot_id/id']}")
                quants = quants.filtered(lambda quant, lot=lot: quant.lot_id == lot)
            assert sum(quants.mapped("quantity")) == float(row["inventory_quantity"]), row["id"]
        assert not env["stock.quant"].search(
            [("quantity", "<", 0), ("location_id.usage", "=", "internal")]
        )


def test_tax_is_rounded_per_line(loaded):
    """R004-32: 不含税 + 税额 = 价税合计 on every line, as on the tax invoice."""
    with odoo_environment(loaded) as env:
        companies = env.ref("base.main_company") | env.ref("sample.company_west")
        assert set(companies.mapped("tax_calculation_rounding_method")) == {"round_per_line"}
        journal = env["account.journal"].search([("type", "=", "sale")], limit=1)
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "journal_id": journal.id,
                "partner_id": env["res.partner"].search([("is_company", "=", True)], limit=1).id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "备件",
                            "quantity": number,
                            "price_unit": 33.35,
                            "tax_ids": [Command.set(env.ref("sample.tax_13").ids)],
                        }
                    )
                    for number in range(1, 8)
                ],
            }
        )
        taxes = [line.price_total - line.price_subtotal for line in move.invoice_line_ids]
        assert move.currency_id.compare_amounts(sum(taxes), move.amount_tax) == 0


def test_the_second_company_sees_its_own_units_only(loaded):
    """Companies don't leak, in both directions."""
    with odoo_environment(loaded) as env:
        west = env.ref("sample.company_west")
        for login, inside in (("west_supervisor", True), ("supervisor1", False)):
            user = env.ref(f"sample.user_{login}")
            units = env(user=user.id, su=False, context={})["aftersales.unit"]
            found = call_kw(units, "search", [[]], {})
            companies = env["aftersales.unit"].browse(found).company_id
            assert (west in companies) is inside
            assert len(companies) == 1


# ----------------------------------------------------------------------
# Loading
# ----------------------------------------------------------------------
def break_row(folder, name, column, value, number=8):
    """Put a wrong value into a row of a copy of the files; return the line in the file."""
    shutil.copytree(sample_data.FOLDER, folder)
    path = folder / name
    with path.open(encoding="utf-8", newline="") as handle:
        table = list(csv.reader(handle))
    table[number - 1][table[0].index(column)] = value
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle, lineterminator="\n").writerows(table)
    return number


@pytest.mark.parametrize(
    ("name", "column", "value", "says"),
    [
        (UNITS_FILE, "partner_id/id", "customer_99", "customer_99"),
        (UNITS_FILE, "delivery_date", "2026-02-31", "2026-02-31"),
        (UNITS_FILE, "quantity", "2", ""),
        (UNITS_FILE, "warranty_months_delivery", "9999", ""),
        ("09_product.product.csv", "aftersales_source", "rent", "rent"),
        ("14_stock.quant.csv", "inventory_quantity", "many", "many"),
        ("02_res.partner.csv", "id", "customer_01", "customer_01"),
    ],
)
def test_a_broken_row_is_named_and_nothing_is_loaded(empty, tmp_path, name, column, value, says):
    """File and line are in the message; not even the files before it are kept."""
    line = break_row(tmp_path / "data", name, column, value)
    with odoo_environment(empty) as env:
        before = env.ref("base.main_company").name
        partners = env["res.partner"].search_count([])
        with pytest.raises(Problem) as refusal:
            sample_data.load(env, tmp_path / "data")
    message = str(refusal.value)
    assert f"{name}, line {line}:" in message
    assert says in message
    with odoo_environment(empty) as env:
        assert env.ref("base.main_company").name == before
        assert env["res.partner"].search_count([]) == partners
        assert not env["ir.model.data"].search([("module", "=", sample_data.PREFIX)])


@pytest.mark.parametrize("text", ["", ",too,many"])
def test_a_row_with_missing_or_extra_cells_is_named(empty, tmp_path, text):
    """A row of the wrong length is found before anything is loaded."""
    shutil.copytree(sample_data.FOLDER, tmp_path / "data")
    path = tmp_path / "data" / "08_product.category.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[3] = lines[3] + text if text else lines[3].partition(",")[0]
    path.write_text("\n".join(lines), encoding="utf-8")
    with odoo_environment(empty) as env, pytest.raises(Problem, match="line 4: . cells instead"):
        sample_data.load(env, tmp_path / "data")


def test_an_unknown_column_is_named(empty, tmp_path):
    """A column that the model doesn't have is named with its file."""
    break_row(tmp_path / "data", UNITS_FILE, "quantity", "colour", number=1)
    with (
        odoo_environment(empty) as env,
        pytest.raises(Problem, match=f"{UNITS_FILE}, line 1: .*colour"),
    ):
        sample_data.load(env, tmp_path / "data")


def test_a_file_in_another_encoding_is_named(empty, tmp_path):
    """A spreadsheet's own CSV is GBK in China."""
    shutil.copytree(sample_data.FOLDER, tmp_path / "data")
    path = tmp_path / "data" / "08_product.category.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gbk"))
    with odoo_environment(empty) as env, pytest.raises(Problem, match=f"{path.name}.*UTF-8"):
        sample_data.load(env, tmp_path / "data")


# ----------------------------------------------------------------------
# The cases
# ----------------------------------------------------------------------
@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.__name__.rpartition(".")[2])
def test_case(loaded, played, case):
    """Each case ends as it has to, and the verification finds nothing (R004-06 … R004-20)."""
    with odoo_environment(loaded) as env:
        stage = cases.Stage(env)
        case.play(stage)
        assert stage.steps
        letter = case.TITLE.split()[0]
        played[letter] = [(record._name, record.id, login) for record, login in stage.documents]


def test_loading_again_changes_nothing(loaded):
    """What users have done since is not taken back."""
    with odoo_environment(loaded) as env:
        models = ("res.partner", "product.product", "stock.move", "stock.quant", "aftersales.unit")
        before = [env[model].search_count([]) for model in models]
        assert sample_data.load(env) == {}
        assert [env[model].search_count([]) for model in models] == before


def test_every_form_is_printed(loaded, played, tmp_path, monkeypatch):
    """Each form prints for the documents of a case, over HTTP as a user who may."""
    # together these cases leave a document of every kind
    letters = "AEIJNQW"
    chosen = [case for case in cases.CASES if case.TITLE.split()[0] in letters]
    for case in chosen:
        letter = case.TITLE.split()[0]
        if letter not in played:
            with odoo_environment(loaded) as env:
                stage = cases.Stage(env)
                case.play(stage)
                played[letter] = [
                    (record._name, record.id, login) for record, login in stage.documents
                ]
    monkeypatch.setattr(demo, "OUT", tmp_path)
    printed = demo.print_forms(loaded, {letter: played[letter] for letter in letters})
    assert printed == {form.report for each in demo.forms(loaded).values() for form in each}
    for path in tmp_path.glob("*.pdf"):
        assert path.stat().st_size > 5000, path.name
