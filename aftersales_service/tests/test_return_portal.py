from odoo.exceptions import UserError
from odoo.tests import tagged

from .return_case import CHAIN
from .return_portal_case import ReturnPortalCase, photo


@tagged("post_install", "-at_install")
class TestReturnPortal(ReturnPortalCase):
    """R002-25: the customer asks himself; somebody of ours is the author of the form."""

    def test_customer_asks(self):
        self.login(self.owner)
        chosen = self.url_open("/my/returns/new").text
        self.assertIn(self.delivery.name, chosen)
        form = self.url_open(self.url()).text
        for text in ("Vacuum breaker", "VB-2", "Closing coil", "can be returned", "Shift leader"):
            self.assertIn(text, form)
        document = self.asked(
            **{self.key(self.breaker_move, self.serials[1]): "1"},
            files=[("burnt.jpg", photo()), ("plate.png", photo("PNG"))],
        )
        self.assertEqual(document.state, "draft")
        self.assertEqual(document.partner_id, self.customer)
        self.assertEqual(document.delivery_id, self.delivery)
        self.assertEqual(document.wish, "exchange")
        self.assertEqual(document.reason_text, "Three coils are burnt")
        self.assertFalse(document.handler_id)
        self.assertEqual(document.asked_how, "portal")
        self.assertEqual(document.asked_by_id, self.owner.partner_id)
        lines = {
            (line.product_id, line.lot_id.name): line.qty_claimed for line in document.line_ids
        }
        self.assertEqual(lines, {(self.coil, False): 3, (self.breaker, "VB-2"): 1})
        self.assertEqual(document.evidence_ids.mapped("file_name"), ["burnt.jpg", "plate.png"])
        self.assertTrue(all(piece._get_file().aftersales_kept for piece in document.evidence_ids))
        # nothing is claimed before one of ours submits
        self.assertFalse(any(document.line_ids.origin_id.mapped("qty_claimed")))
        followers = document.message_partner_ids
        self.assertFalse(followers - self.users["agent"].partner_id, "the customer follows it")
        row = document.approval_ids
        self.assertEqual((row.act, row.user_id), ("customer_ask", self.owner))
        self.assertEqual(self.verify(document), [])

    def test_somebody_of_ours_is_the_author(self):
        """He who takes it over submits; neither he nor the customer signs."""
        document = self.asked()
        kind = self.env.ref("aftersales_service.mail_activity_asked")
        self.assertEqual(document.activity_ids.activity_type_id, kind)
        vals = {"reason_id": self.reason.id}
        self.rpc("agent", document._name, "write", vals, ids=document.ids)
        with self.assertRaisesRegex(UserError, "take it over"):
            self.act("agent", document, "action_submit")
        self.act("agent", document, "action_take_over")
        self.assertEqual(document.handler_id, self.users["agent"])
        self.assertFalse(document.activity_ids)
        with self.assertRaises(UserError):
            self.act("supervisor", document, "action_take_over")
        self.act("agent", document, "action_submit")
        self.assertEqual(document.submitted_by_id, self.users["agent"])
        barred = document.approval_ids.filtered(lambda row: row.state == "pending").barred_uids
        self.assertLessEqual({self.users["agent"].id, self.owner.id}, set(barred))
        self.assertEqual(document.line_ids.origin_id.qty_claimed, 3)
        self.assertEqual(self.verify(document), [])

    def test_request_stays_on_record(self):
        """What was asked for, and the photographs, can't be erased or changed by us."""
        document = self.asked(files=[("burnt.jpg", photo())])
        piece = document.evidence_ids
        for model, method, args in (
            (document._name, "unlink", ()),
            (piece._name, "unlink", ()),
            (piece._name, "write", ({"file": "AAAA"},)),
            (document._name, "write", ({"asked_text": "Nothing"},)),
            (document._name, "write", ({"asked_how": "link"},)),
        ):
            ids = (document if model == document._name else piece).ids
            with self.subTest(model=model, method=method), self.assertRaises(UserError):
                self.rpc("supervisor", model, method, *args, ids=ids)
        self.assertEqual(self.verify(document), [])
        document.sudo()._door_write({"asked_text": "Nothing"})
        self.env.flush_all()
        self.assertIn("What the customer has asked for was changed.", self.verify(document))

    def test_whole_lot(self):
        """With the whole lot all of the delivery comes back, whatever was typed."""
        document = self.asked(return_type="whole_lot", **{self.key(self.coil_move): "1"})
        self.assertEqual(sum(document.line_ids.mapped("qty_claimed")), 3 + 5)

    def test_typed_numbers(self):
        """Own numbers are found; unknown ones stay as they were typed."""
        self.login(self.owner)
        url = "/my/returns/new/other"
        values = {"serial_1": " ＶＢ-3 ", "serial_2": "XX-9", "what_2": "Old relay", "count_2": "2"}
        self.assertEqual(self.post(url, **values).status_code, 303)
        document = self.get_returns()[:1]
        self.assertEqual(document.line_ids.lot_id.name, "VB-3")
        self.assertEqual(document.line_ids.move_id, self.breaker_move)
        self.assertEqual(document.asked_goods, "Old relay · XX-9 × 2")
        page = self.url_open(f"/my/returns/{document.id}").text
        self.assertIn("XX-9", page)

    def test_unit_sold_before_the_system(self):
        vals = {"product_id": self.breaker.id, "serial_number": "OLD-7", "contract_ref": "HT-2009"}
        mine, other = self.env["aftersales.unit"].create(
            [
                dict(vals, partner_id=self.customer.id),
                dict(vals, partner_id=self.other_customer.id, serial_number="OLD-8"),
            ]
        )
        self.login(self.owner)
        page = self.url_open("/my/returns/new?search=OLD").text
        self.assertIn("OLD-7", page)
        self.assertNotIn("OLD-8", page)
        self.assertEqual(self.url_open(f"/my/returns/new/unit/{other.id}").status_code, 404)
        values = {f"qty_u{mine.id}": "1"}
        self.assertEqual(self.post(f"/my/returns/new/unit/{mine.id}", **values).status_code, 303)
        self.assertEqual(self.get_returns()[:1].line_ids.unit_id, mine)

    # ------------------------------------------------------------------
    # What he sees
    # ------------------------------------------------------------------
    def test_stages_in_his_words(self):
        """No remark, name or measured value of ours, and no outcome before the decision."""
        document = self.asked()
        url = f"/my/returns/{document.id}"
        self.assertIn("Request received", self.url_open(url).text)
        self.assertIn("Request received", self.url_open("/my/returns").text)
        self.act("agent", document, "action_take_over")
        vals = {"reason_id": self.reason.id, "reason_text": "internal: he has dropped them"}
        self.rpc("agent", document._name, "write", vals, ids=document.ids)
        self.act("agent", document, "action_submit")
        stages = (
            "We are checking it",
            "Waiting for the goods",
            "The goods are being inspected",
            "The goods are being inspected",
            "Inspected, to be decided",
            "Decided, being settled",
        )
        secrets = [
            "internal: he has dropped",
            "Winding resistance",
            "3 Ω",
            "The winding is shorted",
            "R-17",
            *(self.users[role].name for role in CHAIN),
        ]
        for role, stage in zip((*CHAIN, None), stages, strict=True):
            with self.subTest(stage=stage):
                page = self.url_open(url).text
                self.assertIn(stage, page)
                self.assertIn("Three coils are burnt", page)
                for secret in secrets:
                    self.assertNotIn(secret, page)
                decided = role is None
                self.assertEqual(">Exchanged<" in page, decided)
                self.assertEqual("Quality Defect" in page, decided)
            if role:
                self.sign_as(document, role)
                self.env.flush_all()
        listed = self.url_open("/my/returns").text
        self.assertIn("Decided, being settled", listed)
        self.assertIn("/my/returns", self.url_open("/my").text)

    def test_our_drafts_are_ours(self):
        """A draft of ours that nobody has asked for isn't shown; a submitted one is."""
        document = self.make_return()
        page = self.fetch(self.owner, "/my/returns").text
        self.assertNotIn(document.name, page)
        self.assertEqual(self.url_open(f"/my/returns/{document.id}").status_code, 404)
        self.act("agent", document, "action_submit")
        self.env.flush_all()
        self.assertIn(document.name, self.url_open("/my/returns").text)
        self.assertEqual(self.url_open(f"/my/returns/{document.id}").status_code, 200)

    def test_further_photographs(self):
        document = self.asked(files=[("one.jpg", photo())])
        url = f"/my/returns/{document.id}/files"
        response = self.post(url, files=[("two.png", photo("PNG"))])
        self.assertEqual(response.status_code, 303)
        self.assertEqual(len(document.evidence_ids), 2)
        piece = document.evidence_ids[1]
        file = self.url_open(f"{url}/{piece.id}")
        self.assertEqual(file.headers["Content-Type"], "image/png")
        self.assertEqual(file.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(self.verify(document), [])
        # ours aren't his to see
        ours = self.env["aftersales.return.evidence"].create(
            {"return_id": document.id, "name": "opened", "file": b"AAAA", "file_name": "ours.jpg"}
        )
        self.env.flush_all()
        self.assertEqual(self.url_open(f"{url}/{ours.id}").status_code, 404)
        self.assertNotIn("ours.jpg", self.url_open(f"/my/returns/{document.id}").text)
        self.act("agent", document, "action_take_over")
        vals = {"reason_id": self.reason.id}
        self.rpc("agent", document._name, "write", vals, ids=document.ids)
        self.act("agent", document, "action_submit")
        self.env.flush_all()
        response = self.post(url, files=[("three.jpg", photo())])
        self.assertIn("is being worked on", response.text)
        self.assertEqual(len(document.evidence_ids), 3)
