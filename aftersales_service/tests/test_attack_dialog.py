from .attack_case import AttackCase


class TestAttackDialog(AttackCase):
    """A7, A21, D4: one signs what one has read, on the document that one has opened."""

    def test_signing_what_changed_since(self):
        """A21: a digest of other content, of another document or none at all is refused."""
        colleague = self.make_user("as_reviewer_2", "tech_reviewer")
        requisition, other = self.submitted(), self.submitted()
        seen = self.digest_of(colleague, requisition)
        self.rpc_json(
            "tech_reviewer",
            "aftersales.requisition.line",
            "write",
            {"approved_qty": 1},
            ids=requisition.line_ids[0].ids,
        )
        digests = (
            seen,
            None,
            False,
            "",
            0,
            1,
            [],
            {},
            True,
            "__proto__",
            "0" * 64,
            seen.upper(),
            self.digest_of(colleague, other),
            requisition.evidence_head,
        )
        for digest in digests:
            with self.subTest(digest=digest):
                for method in ("action_approve", "action_reject"):
                    self.refused(
                        colleague,
                        requisition._name,
                        method,
                        ids=requisition.ids,
                        seen_digest=digest,
                        comment="x",
                    )
        wizard_id = self.rpc_json(
            colleague,
            "aftersales.sign.wizard",
            "create",
            dict(self.sign_vals(requisition, colleague), seen_digest=seen),
        )
        self.refused(colleague, "aftersales.sign.wizard", "action_sign", ids=[wizard_id])
        self.sign(colleague, requisition)
        self.assert_sound(requisition, other)

    def test_dialog_opened_from_an_old_form(self):
        """A21: the dialog signs what the form showed, not what the document has become."""
        colleague = self.make_user("as_reviewer_3", "tech_reviewer")
        requisition = self.submitted()
        view = self.rpc(colleague, requisition._name, "get_view", None, "form")
        self.assertIn(
            "seen_digest", view["arch"], "the form's button must hand over what it showed"
        )
        shown = self.digest_of(colleague, requisition)
        self.rpc_json(
            "tech_reviewer",
            "aftersales.requisition.line",
            "write",
            {"approved_qty": 1},
            ids=requisition.line_ids[0].ids,
        )
        for context in ({}, {"seen_digest": shown}, {"default_seen_digest": shown}):
            action = self.rpc_json(
                colleague,
                requisition._name,
                "action_open_sign_wizard",
                ids=requisition.ids,
                context=context,
            )
            wizard_id = self.rpc_json(
                colleague, action["res_model"], "create", {}, context=action["context"]
            )
            with self.subTest(context=context):
                self.refused(colleague, "aftersales.sign.wizard", "action_sign", ids=[wizard_id])
        self.assert_sound(requisition)

    def test_dialog_pointed_elsewhere(self):
        """A7, D4: the dialog's document can't be another model, a missing record or SQL."""
        requisition = self.submitted()
        digest = self.digest_of("tech_reviewer", requisition)
        for res_model, res_id in (
            ("res.partner", 1),
            ("res.users", 2),
            ("aftersales.approval", 1),
            ("aftersales.document", 1),
            ("stock.picking", 1),
            ("", 1),
            ("__proto__", 1),
            ("no.such.model", requisition.id),
            (requisition._name, 0),
            (requisition._name, -1),
            (requisition._name, 2**31 - 1),
            ("aftersales.requisition'; DROP TABLE res_users; --", 1),
        ):
            with self.subTest(res_model=res_model, res_id=res_id):
                vals = {
                    "res_model": res_model,
                    "res_id": res_id,
                    "seen_digest": digest,
                    "comment": "x",
                }
                self.harmless(
                    "tech_reviewer", "aftersales.sign.wizard", "web_save", vals, {}, ids=[]
                )
                wizard = (
                    self.env["aftersales.sign.wizard"]
                    .with_user(self.users["tech_reviewer"])
                    .create(vals)
                )
                for method in ("action_sign", "action_reject", "action_cancel_document"):
                    self.refused("tech_reviewer", wizard._name, method, ids=wizard.ids)
        self.assert_sound(requisition)
