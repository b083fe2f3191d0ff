"""Races about money: finance, the commerce office and books to post into."""

from odoo.tests import new_test_user

from odoo_env import odoo_environment
from race_case import DATABASE, RaceCase


class BooksRaceCase(RaceCase):
    """A manufacturer with a receivable and two sales journals, on committed data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with odoo_environment(DATABASE) as env:
            for role in ("commerce", "finance"):
                cls.users[role] = new_test_user(
                    env, f"race_{role}", groups=f"aftersales_service.group_{role}"
                ).id
            cls.users["finance_2"] = new_test_user(
                env, "race_finance_2", groups="aftersales_service.group_finance"
            ).id
            company = env["res.company"].browse(cls.company)
            accounts = env["account.account"]
            receivable = accounts.search(
                [("account_type", "=", "asset_receivable")], limit=1
            ) or accounts.create(
                {
                    "name": "Receivable",
                    "code": "112200",
                    "account_type": "asset_receivable",
                    "reconcile": True,
                }
            )
            income = accounts.search([("account_type", "=", "income")], limit=1) or (
                accounts.create({"name": "Income", "code": "600100", "account_type": "income"})
            )
            journals = env["account.journal"]
            journal = journals.search(
                [("type", "=", "sale"), ("company_id", "=", company.id)], limit=1
            ) or journals.create({"name": "Sales", "type": "sale", "code": "ASI"})
            journal.default_account_id = income
            # two journals, so that the numbers of entries don't collide first
            cls.journals = (
                journal | journal.copy({"code": "ASJ", "default_account_id": income.id})
            ).ids
            env["res.partner"].browse(cls.customer).property_account_receivable_id = receivable
