from odoo.exceptions import UserError
from odoo.fields import Command

from .agreement_case import AgreementCase
from .common import HOSTILE_CONTEXT


class TestAttackAgreement(AgreementCase):
    """A1–A27, C1, C2, C6 on agreement, lines, quotation, cover and release."""

    def setUp(self):
        super().setUp()
        self.Agreement = self.env["aftersales.agreement"]
        self.Release = self.env["aftersales.release"]

    def agreement_vals(self, **values):
        return {
            "ticket_id": self.paid_ticket.id,
            "line_ids": [Command.create({"product_id": self.labour.id, "quantity": 1})],
            **values,
        }

    def release_vals(self, **values):
        return {
            "ticket_id": self.paid_ticket.id,
            "reason": "urgent",
            "promise": "signed next week",
            "amount_limit": 100.0,
            **values,
        }

    def documents(self):
        """Yield (document, values of a new one)."""
        return (
            ("aftersales.agreement", self.agreement_vals),
            ("aftersales.release", self.release_vals),
        )

    def assert_sound(self, *documents):
        for document in documents:
            self.assertEqual(self.verify(document), [], document.name)

    # ------------------------------------------------------------------
    # The door
    # ------------------------------------------------------------------
    def test_door_fields_in_create(self):
        """A1, A25, C1: no state, signature or total can be given at creation."""
        for model, make in self.documents():
            for name in sorted(self.env[model]._guard_fields("door")):
                value = self.sample(self.env[model]._fields[name])
                with self.subTest(model=model, field=name):
                    self.refused("supervisor", model, "create", make(**{name: value}))
                    self.refused(
                        "supervisor", model, "create", make(**{name: value}), context=self.hostile
                    )
        for name in sorted(self.env["aftersales.agreement.line"]._guard_fields("door")):
            value = self.sample(self.env["aftersales.agreement.line"]._fields[name])
            line = Command.create({"product_id": self.labour.id, name: value})
            with self.subTest(line_field=name):
                self.refused(
                    "supervisor",
                    "aftersales.agreement",
                    "create",
                    self.agreement_vals(line_ids=[line]),
                )

    def test_defaults(self):
        """A1, C1: defaults of the context and personal ones leave it unsigned."""
        models = (self.Agreement, self.Release, self.env["aftersales.agreement.line"])
        context = dict(HOSTILE_CONTEXT)
        for model in models:
            # the link's hash is nobody's field: core refuses it in a sentence of its own
            for name in model._guard_fields("door") - {"link_hash"}:
                context[f"default_{name}"] = self.sample(model._fields[name])
        for by_context in (True, False):
            if not by_context:
                for model in models:
                    for name in sorted(model._guard_fields("door") - {"company_id"}):
                        value = self.sample(model._fields[name])
                        self.set_default("supervisor", model._name, name, value)
            for model, make in self.documents():
                with self.subTest(model=model, by_context=by_context):
                    document_id = self.rpc_json(
                        "supervisor",
                        model,
                        "create",
                        make(),
                        context=context if by_context else {},
                    )
                    document = self.env[model].browse(document_id)
                    self.assertEqual((document.state, document.round), ("draft", 0))
                    self.assertFalse(document.evidence_head)
                    self.assertFalse(document.approval_ids)
                    if model == "aftersales.agreement":
                        self.assertEqual(document.progress, "negotiating")
                        self.assertFalse(document.signer_name or document.in_force_at)
                        self.assertFalse(document.discount_over_limit)
                        self.assertEqual(document.amount_total, 106)
                        self.assertEqual(document.line_ids.qty_agreed, 0)
                        self.assertEqual(document.line_ids.price_unit, 106)
                    else:
                        self.assertEqual(document.used_amount, 0)
                    self.assert_sound(document)

    def test_door_fields_in_write(self):
        """A3, A25, C1: no door field can be written, in any state, by anybody."""
        draft = self.make_agreement()
        signed = self.conclude(self.make_agreement())
        release = self.make_release()
        for document in (draft, signed, release):
            records = [document]
            if document._name == "aftersales.agreement":
                records.append(document.line_ids[0])
            for record in records:
                for name in sorted(record._guard_fields("door")):
                    value = self.sample(record._fields[name])
                    for user in ("supervisor", "commerce"):
                        with self.subTest(model=record._name, user=user, field=name):
                            self.refused(user, record._name, "write", {name: value}, ids=record.ids)
                    self.refused(
                        "supervisor",
                        record._name,
                        "web_save",
                        {name: value},
                        {},
                        ids=record.ids,
                        context=self.hostile,
                    )
        self.assert_sound(draft, signed, release)

    def test_import(self):
        """A2: an import can't bring a document into force."""
        agreement = self.make_agreement()
        for names, row in (
            (["ticket_id/.id", "state"], [self.paid_ticket.id, "approved"]),
            (["ticket_id/.id", "progress"], [self.paid_ticket.id, "signed"]),
            ([".id", "progress"], [agreement.id, "signed"]),
            ([".id", "signer_name"], [agreement.id, "Plant director"]),
            (
                [".id", "line_ids/.id", "line_ids/qty_agreed"],
                [agreement.id, agreement.line_ids[0].id, 99],
            ),
        ):
            for context in ({}, HOSTILE_CONTEXT):
                with self.subTest(names=names):
                    self.harmless(
                        "supervisor",
                        "aftersales.agreement",
                        "load",
                        names,
                        [[str(value) for value in row]],
                        context=context,
                    )
        self.assert_sound(agreement)

    # ------------------------------------------------------------------
    # Locked
    # ------------------------------------------------------------------
    def test_edit_after_submission_and_signature(self):
        """A9, C2: price, quantity, terms, lines added, deleted or moved: all refused."""
        other = self.make_agreement()
        submitted = self.make_agreement()
        self.act("supervisor", submitted, "action_submit")
        signed = self.conclude(self.make_agreement())
        for agreement in (submitted, signed):
            line = agreement.line_ids[0]
            for vals in (
                {"prepay_percent": 0},
                {"settlement": "actual"},
                {"partner_id": self.env.ref("base.main_partner").id},
                {"tariff_id": self.tariff.id},
                {"clauses": "nothing"},
                {"balance_days": 999},
                {"warranty_months": 60},
                {"old_parts_owner": "us"},
                {"kind": "framework"},
                {"ticket_id": self.ticket.id},
                {"line_ids": [Command.create({"product_id": self.part_a.id})]},
                {"line_ids": [Command.delete(line.id)]},
                {"line_ids": [Command.clear()]},
                {"line_ids": [Command.link(other.line_ids[0].id)]},
                {"line_ids": [Command.update(line.id, {"price_unit": 0.01})]},
                {"line_ids": [Command.update(line.id, {"quantity": 99})]},
                {"line_ids": [Command.update(line.id, {"discount": 100})]},
                {"line_ids": [Command.update(line.id, {"tax_id": self.tax_13.id})]},
                {"unit_ids": [Command.create({"unit_id": self.unit.id})]},
            ):
                with self.subTest(state=agreement.state, vals=vals):
                    for user in ("supervisor", "commerce"):
                        self.refused_always(
                            user, "aftersales.agreement", "write", vals, ids=agreement.ids
                        )
            for user in ("supervisor", "commerce"):
                self.refused(user, "aftersales.agreement.line", "unlink", ids=line.ids)
                self.refused(
                    user, "aftersales.agreement", "unlink", ids=agreement.ids, context=self.hostile
                )
            self.refused_always(
                "supervisor",
                "aftersales.agreement.line",
                "write",
                {"agreement_id": agreement.id},
                ids=other.line_ids.ids,
            )
            for context in (
                {"default_agreement_id": agreement.id},
                dict(self.hostile, default_agreement_id=agreement.id),
            ):
                self.refused(
                    "supervisor",
                    "aftersales.agreement.line",
                    "create",
                    {"product_id": self.part_a.id},
                    context=context,
                )
        self.assert_sound(submitted, signed)

    def test_discount_and_submission_in_one_write(self):
        """A4: what decides on the chain can't be changed with the state, nor after it."""
        agreement = self.make_agreement()
        line = agreement.line_ids[0]
        self.refused_always(
            "supervisor",
            "aftersales.agreement",
            "write",
            {"state": "submitted", "line_ids": [Command.update(line.id, {"discount": 90})]},
            ids=agreement.ids,
        )
        # a tariff that was cheaper while the draft was made doesn't hide the discount
        item = self.env["product.pricelist.item"].create(
            {
                "pricelist_id": self.tariff.id,
                "applied_on": "0_product_variant",
                "product_id": line.product_id.id,
                "compute_price": "fixed",
                "fixed_price": 1.0,
            }
        )
        self.write_line(line, price_unit=1.0)
        item.unlink()
        self.act("supervisor", agreement, "action_submit")
        self.assertTrue(agreement.discount_over_limit)
        self.assertEqual(
            agreement.approval_ids.filtered(lambda row: row.phase == "decision").mapped("act"),
            ["review", "approve"],
        )
        self.assert_sound(agreement)

    def test_release_after_submission(self):
        """A9: limit, day and reason of a release are closed once submitted."""
        release = self.make_release()
        for vals in (
            {"amount_limit": 99999},
            {"date_end": "2030-01-01"},
            {"kind": "unpaid"},
            {"reason": "other"},
            {"ticket_id": self.ticket.id},
            {"cover_ids": [Command.create({"amount": 0})]},
        ):
            with self.subTest(vals=vals):
                self.refused_always(
                    "supervisor", "aftersales.release", "write", vals, ids=release.ids
                )
        self.assert_sound(release)

    def test_closed_models(self):
        """A5, A6: quotations and covers are kept by the system alone."""
        agreement = self.make_agreement()
        self.act("supervisor", agreement, "action_quote")
        quote = agreement.quote_ids
        for user in ("supervisor", "commerce", "finance", "admin"):
            for method, args in (("write", [{"amount_total": 1}]), ("unlink", [])):
                self.refused(user, quote._name, method, *args, ids=quote.ids)
            self.refused(user, "aftersales.cover", "create", {"quantity": 1})
        for model in ("aftersales.cover", "aftersales.agreement.quote"):
            with self.assertRaises(UserError):
                self.env[model].sudo().create({})

    # ------------------------------------------------------------------
    # People and order
    # ------------------------------------------------------------------
    def test_order_and_four_eyes(self):
        """A7, A11, A12: second step first, strangers, the author by a colleague's submission."""
        agreement = self.make_agreement(user="commerce")
        self.rpc(
            "commerce",
            "aftersales.agreement.line",
            "write",
            {"discount": 50},
            ids=agreement.line_ids[:1].ids,
        )
        self.make_user("as_commerce_two", "commerce")
        self.act("supervisor", agreement, "action_submit")
        for user in ("sales_manager", "commerce", "supervisor", "general_manager", "admin"):
            self.refused(
                user,
                "aftersales.agreement",
                "action_approve",
                ids=agreement.ids,
                seen_digest=self.digest_of(user, agreement),
            )
        self.sign("as_commerce_two", agreement)
        self.sign("sales_manager", agreement)
        for user in ("engineer", "finance", "storekeeper", "tech_reviewer", "agent", "admin"):
            for method in (
                "action_submit",
                "action_revise",
                "action_cancel",
                "action_withdraw",
                "action_quote",
                "action_request_seal",
                "action_affix_seal",
                "action_hand_over",
                "action_take_over",
                "action_make_supplement",
                "action_terminate",
            ):
                with self.subTest(user=user, method=method):
                    self.refused(user, "aftersales.agreement", method, ids=agreement.ids)
            self.refused(
                user,
                "aftersales.agreement",
                "action_register_signature",
                ids=agreement.ids,
                values=self.signature(),
            )
        self.assert_sound(agreement)

    def test_nobody_left(self):
        """A14: a submission that nobody could sign is refused, naming the step."""
        agreement = self.make_agreement()
        self.users["commerce"].active = False
        self.refused("supervisor", "aftersales.agreement", "action_submit", ids=agreement.ids)

    def test_changed_since_it_was_read(self):
        """A21: an old digest signs nothing."""
        agreement = self.make_agreement()
        old = self.digest_of("commerce", agreement)
        self.write_line(agreement.line_ids[0], quantity=3)
        self.act("supervisor", agreement, "action_submit")
        self.refused(
            "commerce",
            "aftersales.agreement",
            "action_approve",
            ids=agreement.ids,
            seen_digest=old,
        )

    def test_out_of_order(self):
        """C1: signature, seal, hand-over and supplement each in their time only."""
        agreement = self.make_agreement()
        for method, kwargs in (
            ("action_register_signature", {"values": self.signature()}),
            ("action_request_seal", {}),
            ("action_hand_over", {}),
            ("action_make_supplement", {}),
        ):
            self.refused("supervisor", "aftersales.agreement", method, ids=agreement.ids, **kwargs)
        for method in ("action_take_over", "action_terminate"):
            self.refused("commerce", "aftersales.agreement", method, ids=agreement.ids)
        supplement = self.as_user("supervisor", "aftersales.agreement").create(
            self.agreement_vals(kind="supplement", parent_id=agreement.id)
        )
        self.refused("supervisor", "aftersales.agreement", "action_submit", ids=supplement.ids)

    def test_copy_starts_unsigned(self):
        """A22: a duplicate of a signed agreement or a used release starts anew."""
        requisition = self.paid_requisition()
        agreement, release = self.conclude(self.make_agreement()), self.make_release()
        self.can_issue(requisition)
        for document in (agreement, release):
            copy_id = self.rpc_json(
                "supervisor", document._name, "copy", ids=document.ids, context=HOSTILE_CONTEXT
            )
            copy = self.env[document._name].browse(copy_id)
            self.assertEqual((copy.state, copy.round, copy.evidence_count), ("draft", 0, 0))
            if document == agreement:
                self.assertEqual((copy.progress, copy.signer_name), ("negotiating", False))
                self.assertEqual(sum(copy.line_ids.mapped("qty_agreed")), 0)
                self.assertEqual(sum(copy.line_ids.mapped("qty_covered")), 0)
                self.assertFalse(copy.quote_ids | copy.child_ids.quote_ids)
            else:
                self.assertEqual(copy.used_amount, 0)
                self.assertFalse(copy.cover_ids)

    def test_scan_is_kept(self):
        """A26: nobody changes or deletes the scan of the signature."""
        agreement = self.conclude(self.make_agreement())
        scan = self.env["ir.attachment"].search(
            [("res_model", "=", agreement._name), ("res_id", "=", agreement.id)]
        )
        self.assertEqual(len(scan), 1)
        for user in ("supervisor", "commerce", "admin"):
            for method, args in (
                ("write", [{"raw": "other"}]),
                ("write", [{"res_id": 0}]),
                ("write", [{"aftersales_kept": False}]),
                ("unlink", []),
            ):
                with self.subTest(user=user, method=method, args=args):
                    self.refused(
                        user, "ir.attachment", method, *args, ids=scan.ids, context=self.hostile
                    )

    def test_tampering_is_named(self):
        """A24: what SQL changes on agreement, lines, quotation, scan and release is found."""
        requisition = self.paid_requisition()
        agreement, release = self.make_agreement(), self.make_release(kind="unpaid")
        self.act("supervisor", agreement, "action_quote")
        self.conclude(agreement)
        self.act("supervisor", agreement, "action_hand_over")
        self.can_issue(requisition)
        self.assert_sound(agreement, release)
        line = agreement.line_ids.filtered(lambda item: item.product_id == self.part_a).id
        for document, text, row in (
            (agreement, "UPDATE aftersales_agreement SET amount_total = 1 WHERE id = %s", None),
            (agreement, "UPDATE aftersales_agreement SET prepay_amount = 0 WHERE id = %s", None),
            (agreement, "UPDATE aftersales_agreement SET prepay_percent = 0 WHERE id = %s", None),
            (agreement, "UPDATE aftersales_agreement SET progress = 'to_sign' WHERE id = %s", None),
            (agreement, "UPDATE aftersales_agreement SET signer_name = 'X' WHERE id = %s", None),
            (
                agreement,
                "UPDATE aftersales_agreement SET signed_on = '2020-01-01' WHERE id = %s",
                None,
            ),
            (agreement, "UPDATE aftersales_agreement SET quote_count = 9 WHERE id = %s", None),
            (
                agreement,
                "UPDATE aftersales_agreement SET handed_over_at = NULL WHERE id = %s",
                None,
            ),
            (agreement, "UPDATE aftersales_agreement SET sealed_by_id = 1 WHERE id = %s", None),
            (agreement, "UPDATE aftersales_agreement_line SET price_unit = 1 WHERE id = %s", line),
            (agreement, "UPDATE aftersales_agreement_line SET qty_agreed = 99 WHERE id = %s", line),
            (agreement, "UPDATE aftersales_agreement_line SET qty_covered = 0 WHERE id = %s", line),
            (agreement, "DELETE FROM aftersales_agreement_quote WHERE agreement_id = %s", None),
            (release, "UPDATE aftersales_release SET used_amount = 0 WHERE id = %s", None),
            (release, "UPDATE aftersales_release SET amount_limit = 99999 WHERE id = %s", None),
        ):
            with self.subTest(sql=text), self.env.cr.savepoint() as savepoint:
                self.env.flush_all()
                self.env.cr.execute(text, (row or document.id,))
                self.assertTrue(self.env.cr.rowcount)
                self.env.invalidate_all()
                self.assertTrue(self.verify(document), "nothing found")
                savepoint.rollback()
                self.env.invalidate_all()
        self.assert_sound(agreement, release)
