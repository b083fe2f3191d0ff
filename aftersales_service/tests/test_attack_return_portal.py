import re
from unittest.mock import patch

from lxml import html

from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from ..controllers.return_link import ReturnLinkController
from ..controllers.return_portal import ReturnPortal
from ..models import aftersales_return_ask as ask_module
from ..tools import upload as upload_module
from .return_portal_case import MARKUP, ReturnPortalCase, photo


@tagged("post_install", "-at_install")
class TestAttackReturnPortal(ReturnPortalCase):
    """Attacks D1 … D5 on the pages on which a customer asks for a return."""

    # ------------------------------------------------------------------
    # D2: nobody else's
    # ------------------------------------------------------------------
    def test_another_customers_goods(self):
        """Attacks D2, B9: not readable, not claimable, by no number and no guess."""
        self.login(self.owner)
        other_move = self.other_delivery.move_ids[0]
        for search in ("", "?search=VB-OTHER", f"?search={self.other_delivery.name}"):
            page = self.url_open(f"/my/returns/new{search}").text
            self.assertNotIn(f"delivery/{self.other_delivery.id}", page)
            self.assertNotIn("Valley Cement", page)
        url = self.url(self.other_delivery)
        self.assertEqual(self.url_open(url).status_code, 404)
        values = {self.key(other_move, self.other_lot): "1"}
        self.assertEqual(self.post(url, **values).status_code, 404)
        # his own delivery with another's goods, or with those of nobody
        for key in (self.key(other_move, self.other_lot), "qty_m999999999-0", "qty_u1", "qty_"):
            self.refused(self.url(), "delivered to you", **{key: "1"})
        # a number that is another's is answered like one that doesn't exist
        pages = []
        for serial in ("VB-OTHER", "VB-NOBODY"):
            response = self.post(self.url(), serial_1=serial)
            self.assertEqual(response.status_code, 303)
            document = self.get_returns()[:1]
            self.assertFalse(document.line_ids)
            page = self.url_open(f"/my/returns/{document.id}").text
            text = html.fromstring(page).xpath("//main")[0].text_content()
            text = text.replace(serial, "#").replace(document.name, "#")
            pages.append(re.sub(r"\d+:\d+:\d+", "", text))
        self.assertEqual(*pages)

    def test_stranger_reads_nothing(self):
        """Attack D2: neither page nor file of another customer's return."""
        document = self.asked(files=[("burnt.jpg", photo())])
        piece = document.evidence_ids
        urls = [
            f"/my/returns/{document.id}",
            f"/my/returns/{document.id}?access_token=x",
            f"/my/returns/{document.id}/files/{piece.id}",
            "/my/returns",
            f"/web/content/{piece._get_file().id}",
            f"/web/image/aftersales.return.evidence/{piece.id}/file",
            f"/web/content?model=aftersales.return.evidence&id={piece.id}&field=file",
            f"/mail/view?model=aftersales.return&res_id={document.id}",
        ]
        own = self.asked_by(self.stranger, self.other_delivery)
        urls.append(f"/my/returns/{own.id}/files/{piece.id}")
        for user in (self.stranger, None):
            for url in urls:
                with self.subTest(user=user and user.login, url=url):
                    response = self.fetch(user, url)
                    self.assertNotIn("burnt", response.text)
                    self.assertNotIn(document.name, response.text)
                    self.assertNotEqual(response.content, photo())
        self.login(self.stranger)
        response = self.post(f"/my/returns/{document.id}/files", files=[("x.jpg", photo())])
        self.assertEqual(response.status_code, 404)
        self.assertEqual(len(document.evidence_ids), 1)
        for path in ("0", "-1", "x", "999999999"):
            self.assertEqual(self.url_open(f"/my/returns/{path}").status_code, 404)

    def asked_by(self, user, delivery):
        self.login(user)
        response = self.post(
            self.url(delivery), **{self.key(delivery.move_ids[1]): "1"}, files=[("a.jpg", photo())]
        )
        self.assertEqual(response.status_code, 303)
        return self.get_returns()[:1]

    def test_no_rights_by_rpc(self):
        """Attacks D2, D5: no customer calls anything of the models behind the pages."""
        document = self.asked()
        ids = document.ids
        for user in (self.owner, self.stranger):
            self.login(user)
            for model, method, args in (
                (document._name, "search_read", [[]]),
                (document._name, "create", [[{"partner_id": self.customer.id}]]),
                (document._name, "action_take_over", [ids]),
                (document._name, "action_submit", [ids]),
                (document._name, "action_send_link", [ids, self.owner.partner_id.id]),
                (document._name, "_ask_on_portal", [self.customer.id, 1, 1, {}, []]),
                (document._name, "_get_own_deliveries", [self.customer.id]),
                ("aftersales.return.line", "search_read", [[]]),
                ("aftersales.return.evidence", "search_read", [[]]),
                ("aftersales.return.origin", "search_read", [[]]),
                ("aftersales.return.link.wizard", "create", [[{"return_id": ids[0]}]]),
            ):
                with (
                    self.subTest(user=user.login, call=f"{model}.{method}"),
                    mute_logger("odoo.http"),
                    self.assertRaises(JsonRpcException),
                ):
                    self.make_jsonrpc_request(
                        "/web/dataset/call_kw",
                        {"model": model, "method": method, "args": args, "kwargs": {}},
                    )

    # ------------------------------------------------------------------
    # What is sent
    # ------------------------------------------------------------------
    def test_more_than_delivered(self):
        """Attack B5: a clear message already here, what others ask for taken off."""
        self.login(self.owner)
        coil = self.key(self.coil_move)
        self.refused(self.url(), "5 can still be returned, but you ask for 6", **{coil: "6"})
        self.refused(
            self.url(), "1 can still", **{self.key(self.breaker_move, self.serials[0]): "2"}
        )
        self.refused("/my/returns/new/other", "1 can still", serial_1="VB-1", count_1="2")
        self.submit_return()
        self.env.flush_all()
        self.refused(self.url(), "2 can still be returned", **{coil: "3"})
        self.assertEqual(self.asked(**{coil: "2"}).line_ids.qty_claimed, 2)

    def test_bad_values(self):
        """Attack D4: nothing is kept, the page says what is wrong, typed words stay."""
        self.login(self.owner)
        coil = self.key(self.coil_move)
        good = {coil: "1"}
        for message, values in (
            ("quantity", {coil: "-1"}),
            ("quantity", {coil: "NaN"}),
            ("quantity", {coil: "1e3"}),
            ("quantity", {coil: "１"}),
            ("quantity", {coil: "99999999"}),
            ("quantity", {coil: "0.3333333"}),
            ("at least one", {coil: "0"}),
            ("at least one", {coil: ""}),
            ("Return Type", {"return_type": "approved", **good}),
            ("Return Type", {"return_type": "", **good}),
            ("Customer Asks for", {"wish": "gold", **good}),
            ("Return Freight", {"freight_payer": "nobody", **good}),
            ("Reason in Detail", {"reason": "  ", **good}),
            ("longer than", {"reason": "x" * 2001, **good}),
            ("can't be kept", {"reason": "with\x00zero", **good}),
            ("Contact Name", {"contact_name": "", **good}),
            ("Contact Phone", {"contact_phone": " ", **good}),
        ):
            with self.subTest(message=message, values=str(values)[:80]):
                page = self.refused(self.url(), message, **values).text
                if "contact_phone" not in values:
                    self.assertIn("021-5550111", page)
        self.assertEqual(self.asked(**good, reason="烧坏 🔥").reason_text, "烧坏 🔥")

    def test_types_that_are_open(self):
        """Only kinds that the company has opened; none: no page at all."""
        self.company.aftersales_ask_wrong_choice = False
        self.login(self.owner)
        self.assertNotIn('value="wrong_choice"', self.url_open(self.url()).text)
        values = {self.key(self.coil_move): "1", "return_type": "wrong_choice"}
        self.refused(self.url(), "Return Type", **values)
        for name in ("whole_lot", "partial", "wrong_shipment"):
            self.company[f"aftersales_ask_{name}"] = False
        self.assertEqual(self.url_open("/my/returns/new").status_code, 404)
        self.assertEqual(self.post(self.url(), **values).status_code, 404)
        self.assertNotIn("/my/returns/new", self.url_open("/my/returns").text)

    def test_mass_assignment(self):
        """Attack D5: what the form doesn't ask isn't read."""
        document = self.asked(
            state="approved",
            progress="settled",
            name="TH-FORGED",
            partner_id=str(self.other_customer.id),
            company_id="999",
            handler_id=str(self.users["general_manager"].id),
            seller_id=str(self.owner.id),
            ticket_id=str(self.ticket.id),
            delivery_id=str(self.other_delivery.id),
            verdict="quality_defect",
            at_customer_site="1",
            asked_how="link",
            line_ids="[[0,0,{}]]",
            default_state="approved",
        )
        self.assertEqual((document.state, document.progress), ("draft", "draft"))
        self.assertNotEqual(document.name, "TH-FORGED")
        self.assertEqual(document.partner_id, self.customer)
        self.assertEqual(document.company_id, self.company)
        self.assertEqual(document.delivery_id, self.delivery)
        self.assertEqual(document.asked_how, "portal")
        self.assertFalse(
            document.handler_id | document.seller_id or document.ticket_id or document.verdict
        )
        self.assertFalse(document.at_customer_site)

    def test_files_that_are_none(self):
        """Attack D4: the content says what a file is; large, many and false ones."""
        self.login(self.owner)
        coil = {self.key(self.coil_move): "1"}
        svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
        for name, content in (
            ("page.jpg", b"<html><script>alert(1)</script></html>"),
            ("drawing.svg", svg),
            ("drawing.png", svg),
            ("program.exe", b"MZ\x90\x00"),
            ("cut.jpg", photo()[:200]),
            ("empty.jpg", b""),
            ("anim.gif", b"GIF89a" + b"\x00" * 40),
        ):
            with self.subTest(name=name):
                self.refused(self.url(), "can't be read", files=[(name, content)], **coil)
        large = photo() + b"\x00" * upload_module.MAX_FILE
        self.refused(self.url(), "is larger than", files=[("large.jpg", large)], **coil)
        many = [(f"{number}.jpg", photo()) for number in range(upload_module.MAX_FILES + 1)]
        self.refused(self.url(), "At most", files=many, **coil)
        document = self.asked(files=[("../../etc/pass<b>wd.php", photo())])
        self.assertEqual(document.evidence_ids.file_name, "pass<b>wd.jpg")
        with patch.object(ask_module, "MAX_PHOTOS", 1):
            response = self.post(f"/my/returns/{document.id}/files", files=[("more.jpg", photo())])
        self.assertIn("At most 1 files", response.text)
        self.assertEqual(len(document.evidence_ids), 1)

    def test_a_request_that_is_too_large(self):
        """Attack D4: more than all files together may weigh isn't even read."""
        for method in (
            ReturnPortal.my_return_ask,
            ReturnPortal.my_return_add_files,
            ReturnLinkController.ask,
        ):
            routing = method.original_routing
            self.assertEqual(routing["max_content_length"], upload_module.MAX_REQUEST)
            self.assertEqual(routing["methods"], ["POST"])
            self.assertNotEqual(routing.get("csrf"), False)

    def test_markup(self):
        """Attack D3: what is typed is text, on the pages and in the chatter."""
        self.owner.partner_id.name = MARKUP
        self.customer.name = MARKUP
        document = self.asked(
            reason=MARKUP,
            contact_name=MARKUP,
            contact_phone=MARKUP,
            what_1=MARKUP,
            serial_1=MARKUP,
            files=[(f"{MARKUP}.jpg", photo())],
        )
        pages = [self.url_open(url).text for url in ("/my/returns", f"/my/returns/{document.id}")]
        pages.append(self.post(self.url(), reason=MARKUP, what_1=MARKUP, wish="").text)
        for page in pages:
            tree = html.fromstring(page)
            self.assertEqual(tree.xpath("//as-forged"), [])
            self.assertEqual(tree.xpath("//*[contains(@onclick, 'alert(1)')]"), [])
            self.assertEqual(tree.xpath("//script[text()='alert(2)']"), [])
        self.assertIn("as-forged", html.fromstring(pages[1]).text_content())
        for body in document.message_ids.mapped("body"):
            self.assertNotIn("<as-forged", body)

    def test_needs_a_post_with_a_token(self):
        self.login(self.owner)
        before = self.get_returns()
        coil = self.key(self.coil_move)
        values = self.values(**{coil: "1"})
        del values["csrf_token"]
        self.assertEqual(self.url_open(self.url(), data=values).status_code, 400)
        self.url_open(f"{self.url()}?{coil}=1&reason=x&wish=refund")
        document = self.asked()
        url = f"/my/returns/{document.id}/files"
        self.assertEqual(self.url_open(url, data={"x": "y"}).status_code, 400)
        self.assertEqual(self.get_returns() - before, document)

    def test_too_many_requests(self):
        """Nobody fills our list: so many wait, and no more."""
        with patch.object(ask_module, "MAX_OPEN", 1):
            document = self.asked()
            self.refused(self.url(), "wait for us", **{self.key(self.coil_move): "1"})
            self.act("agent", document, "action_take_over")
            self.env.flush_all()
            self.asked(**{self.key(self.coil_move): "1"})

    def test_ours_ask_nothing_here(self):
        """A form of ours is made by ourselves: its author would be one of the signers."""
        user = self.users["agent"]
        user.password = "as_agent_password"
        user.partner_id.parent_id = self.customer
        self.authenticate(user.login, "as_agent_password")
        self.assertEqual(self.url_open("/my/returns/new").status_code, 404)
        before = self.get_returns()
        response = self.post(self.url(), **{self.key(self.coil_move): "1"})
        self.assertEqual(response.status_code, 404)
        self.assertEqual(self.get_returns(), before)
