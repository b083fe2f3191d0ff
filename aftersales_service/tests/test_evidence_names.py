from ..tools.names import prefetch_names
from .money_case import MoneyCase


class TestEvidenceNames(MoneyCase):
    """Evidence has the names that the linked records have, however they were read."""

    def setUp(self):
        super().setUp()
        self.agreement = self.make_agreement()
        self.env.flush_all()
        self.env.invalidate_all()

    def get_links(self, content):
        """Return all links in a signed content, those of its lines among them."""
        values = list(content.values())
        for lines in filter(lambda value: isinstance(value, list), content.values()):
            values += [value for line in lines for value in line.values()]
        return [value for value in values if isinstance(value, dict)]

    def test_names_are_those_of_the_records(self):
        """Customer, user, tariff, request, product, unit and tax, each by its own name."""
        links = self.get_links(self.agreement._get_evidence_content())
        self.env.invalidate_all()
        source = self.env(context={})
        for link in links:
            record = source[link["model"]].browse(link["id"])
            name = record[record._rec_name]
            if record._name == "product.product":
                name = f"[{record.default_code}] {name}"
            self.assertEqual(link["name"], name, link["model"])
        self.assertLessEqual(
            {"res.partner", "res.users", "product.pricelist", "product.product", "account.tax"},
            {link["model"] for link in links},
        )

    def test_one_query_for_all_names(self):
        """The names of many models cost one query, and none where they are known."""
        links = {
            link["model"]: {link["id"]}
            for link in self.get_links(self.agreement._get_evidence_content())
        }
        self.assertGreater(len(links), 4)
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            prefetch_names(self.env, links)
        with self.assertQueryCount(0):
            prefetch_names(self.env, links)
            for model, ids in links.items():
                records = self.env[model].browse(ids)
                self.assertTrue(all(records.mapped(records._rec_name)))

    def test_a_new_name_is_the_one_that_is_signed(self):
        """A name that was just changed, in the database or not yet, is what counts."""
        before = self.agreement._get_content_digest()
        self.customer.name = "Renamed Works"
        content = self.agreement._get_evidence_content()
        self.assertEqual(content["partner_id"]["name"], "Renamed Works")
        self.assertNotEqual(self.agreement._get_content_digest(), before)

    def test_every_reader_sees_his_language(self):
        """Reading names for the evidence doesn't put one language's into another's place."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.part_a.with_context(lang="zh_CN").name = "断路器"
        source = self.part_a.with_context(lang=None)
        name = source.name
        self.env.flush_all()
        self.env.invalidate_all()
        prefetch_names(source.env, {"product.product": self.part_a.ids})
        self.assertEqual(self.part_a.with_context(lang="zh_CN").name, "断路器")
        self.assertEqual(source.name, name)
        self.assertNotEqual(name, "断路器")
