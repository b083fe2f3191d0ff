from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .finding_case import PHOTO, FindingCase


@tagged("post_install", "-at_install")
class TestFindingFlow(FindingCase):
    """R004-26 … R004-28: who pays is found, decided and followed."""

    def test_misuse_in_warranty(self):
        """R001-39, R002-17, R004-28: misuse within the warranty is served, and charged."""
        self.assertEqual(self.charges(self.covered), ("free",) * 4)
        finding = self.submit_finding()
        self.assertEqual(self.charges(self.covered), ("free",) * 4)
        self.sign_as(finding, "supervisor", "tech_reviewer")
        self.assertEqual(finding.state, "submitted")
        self.sign_as(finding, "quality")
        self.assertEqual(finding.state, "approved")
        self.assertEqual(self.charges(self.covered), ("paid",) * 4)
        self.assertTrue(finding.follow_agreement)
        self.assertFalse(finding.claim_ids)
        states = {row.act: row.state for row in finding.approval_ids}
        self.assertEqual((states["grant"], states["approve"]), ("skipped", "skipped"))
        self.assertEqual(states["inform"], "informed")
        self.assert_sound(finding)

    def test_charge_follows_the_coverage(self):
        """R004-27, R004-29: free in warranty, paid outside, open where it isn't known."""
        self.assertEqual(self.charges(self.covered), ("free",) * 4)
        self.assertEqual(self.charges(self.expired), ("paid",) * 4)
        self.assertEqual(self.charges(self.ticket), ("unknown",) * 4)
        self.assertEqual(self.covered._charge_of("labour"), "free")
        with self.assertRaises(ValueError):
            self.covered._charge_of("food")

    def test_the_newest_finding_counts(self):
        """R004-28: the newest decision holds; being revised, nobody knows; void, it is gone."""
        first = self.decided()
        second = self.decided(cause="q02", evidence_ids=[])
        self.assertEqual(self.charges(self.covered), ("free",) * 4)
        self.act("quality", second, "action_revise", comment="new facts")
        self.assertEqual(self.charges(self.covered), ("unknown",) * 4)
        self.act("quality", second, "action_cancel", comment="made twice")
        self.assertEqual(self.charges(self.covered), ("paid",) * 4)
        self.act("quality", first, "action_cancel", comment="made in error")
        self.assertEqual(self.charges(self.covered), ("free",) * 4)
        self.assert_sound(first, second)

    def test_a_decision_is_opened_by_those_who_made_it(self):
        """R004-28: who wrote a finding doesn't take it back once it is decided."""
        finding = self.decided()
        for role in ("engineer", "supervisor"):
            for method in ("action_revise", "action_cancel"):
                with self.assertRaises(AccessError):
                    self.act(role, finding, method, comment="rather not")
        self.assertEqual(self.charges(self.covered), ("paid",) * 4)

    def test_disputed_goes_to_the_general_manager(self):
        """R004-28: what the other side disputes, the general manager decides."""
        finding = self.decided(other_opinion="disagrees", other_reason="It was worn out")
        self.assertEqual(finding.state, "submitted")
        self.assertEqual(self.charges(self.covered), ("free",) * 4)
        self.sign_as(finding, "general_manager")
        self.assertEqual(finding.state, "approved")
        self.assertTrue(finding.is_disputed)
        self.assert_sound(finding)

    def test_a_dispute_that_comes_up_in_the_review(self):
        """A4: a condition is asked again when its turn comes, not only at submission."""
        finding = self.submit_finding(other_opinion="not_asked")
        self.rpc(
            "supervisor",
            finding._name,
            "write",
            {"other_opinion": "disagrees", "other_reason": "The interlock was defective"},
            ids=finding.ids,
        )
        self.sign_as(finding, "supervisor", "tech_reviewer", "quality")
        self.assertEqual(finding.state, "submitted")
        self.sign_as(finding, "general_manager")
        self.assertEqual(finding.state, "approved")
        self.assert_sound(finding)

    def test_an_estimate_that_grows_in_the_review(self):
        """A4: an estimate raised over the limit by a signer needs the approval as well."""
        finding = self.submit_finding()
        self.sign_as(finding, "supervisor", "tech_reviewer")
        self.rpc("quality", finding._name, "write", {"amount_parts": 60000.0}, ids=finding.ids)
        self.sign_as(finding, "quality")
        self.assertEqual(finding.state, "submitted")
        self.sign_as(finding, "general_manager")
        self.assertEqual(finding.state, "approved")
        self.assert_sound(finding)

    def test_an_estimate_lowered_in_the_review_stays_with_the_general_manager(self):
        """A4: what was needed at submission isn't made superfluous by a signer."""
        finding = self.submit_finding(amount_parts=60000.0)
        self.sign_as(finding, "supervisor", "tech_reviewer")
        self.rpc("quality", finding._name, "write", {"amount_parts": 10.0}, ids=finding.ids)
        self.sign_as(finding, "quality")
        self.assertEqual(finding.state, "submitted")
        self.sign_as(finding, "general_manager")
        self.assertEqual(finding.state, "approved")

    def test_the_limit_is_frozen_at_submission(self):
        """Law 3: a limit that is changed later doesn't change a chain under way."""
        finding = self.submit_finding(amount_parts=8000.0, amount_labour=900.0)
        self.sign_as(finding, "supervisor", "tech_reviewer")
        self.company.aftersales_finding_limit = 100.0
        self.sign_as(finding, "quality")
        self.assertEqual(finding.state, "approved")
        self.assertEqual(finding.approval_limit, 10000.0)
        self.assert_sound(finding)

    def test_goodwill_is_granted_in_a_step_of_its_own(self):
        """Goodwill outside warranty: the sales manager grants it, and the parts follow."""
        charges = dict.fromkeys(("charge_parts", "charge_labour", "charge_travel"), "goodwill")
        finding = self.submit_finding(ticket=self.expired, cause="w01", **charges)
        self.assertTrue(finding.has_goodwill)
        self.sign_as(finding, "supervisor", "tech_reviewer", "quality")
        self.assertEqual(finding.state, "submitted")
        with self.assertRaises(AccessError):
            self.sign("general_manager", finding)
        self.sign_as(finding, "sales_manager")
        self.assertEqual(finding.state, "approved")
        self.assertEqual(self.charges(self.expired), ("goodwill",) * 4)
        requisition = self.make_requisition(ticket=self.expired)
        self.assertEqual(requisition.purpose_id.aftersales_purpose, "goodwill")
        self.assert_sound(finding)

    def test_free_that_we_do_not_owe(self):
        """R004-28: free out of warranty or against the cause is goodwill, and says so."""
        for ticket, cause in ((self.expired, "q01"), (self.covered, "m01")):
            finding = self.make_finding(ticket=ticket, cause=cause, charge_parts="free")
            with self.assertRaisesRegex(UserError, "goodwill"):
                self.act("engineer", finding, "action_submit")

    def test_nothing_is_charged_within_the_warranty(self):
        """R004-27: a cause that doesn't take the coverage away can't be charged."""
        finding = self.make_finding(
            cause="q01", charge_parts="paid", payer_parts="customer", evidence_ids=[]
        )
        with self.assertRaisesRegex(UserError, "Wiring"):
            self.act("engineer", finding, "action_submit")

    def test_evidence_is_needed_against_somebody_else(self):
        """R004-28: facts and evidence, before somebody else is held responsible."""
        finding = self.make_finding(evidence_ids=[])
        with self.assertRaisesRegex(UserError, "evidence"):
            self.act("engineer", finding, "action_submit")
        self.assertTrue(self.make_finding(evidence_ids=[Command.clear()]))

    def test_what_is_missing_is_named(self):
        """Law 9: a refusal names the empty fields, by their labels."""
        finding = self.make_finding(facts=" ", engineer_statement=False)
        with self.assertRaisesRegex(UserError, "Facts, Engineer's Statement"):
            self.act("engineer", finding, "action_submit")
        finding = self.submit_finding()
        self.sign_as(finding, "supervisor", "tech_reviewer")
        with self.assertRaisesRegex(UserError, "Conclusion"):
            self.sign("quality", finding)

    def test_evidence_is_kept_with_its_digest(self):
        """A26: the file's digest is part of what is signed; the file can't be changed."""
        finding = self.submit_finding()
        piece = finding.evidence_ids
        self.assertEqual(len(piece.sha256), 64)
        self.assertEqual(piece.name, "arm")
        content = finding._get_evidence_content()
        self.assertEqual(content["evidence_ids"][0]["sha256"], piece.sha256)
        self.assertNotIn("file", content["evidence_ids"][0])
        file = piece._get_file()
        self.assertTrue(file.aftersales_kept)
        with self.assertRaises(UserError):
            file.sudo().write({"raw": b"another"})
        with self.assertRaises(UserError):
            file.sudo().unlink()
        self.assert_sound(finding)

    def test_a_request_with_an_open_finding_stays_open(self):
        """R004-28: a request isn't closed while responsibility is being found."""
        finding = self.submit_finding()
        self.assertIn(finding.name, self.covered._get_open_items()[self.covered][0])
        closed = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        with self.assertRaisesRegex(UserError, finding.name):
            self.rpc(
                "supervisor",
                "helpdesk.ticket",
                "write",
                {"stage_id": closed.id},
                ids=self.covered.ids,
            )
        with self.assertRaisesRegex(UserError, finding.name):
            self.rpc(
                "supervisor",
                "helpdesk.ticket",
                "write",
                {"unit_id": self.old_unit.id},
                ids=self.covered.ids,
            )

    def test_made_from_the_request(self):
        """R004-28: one click makes a draft that knows what the request knows."""
        action = self.rpc(
            "engineer", "helpdesk.ticket", "action_create_finding", ids=self.covered.ids
        )
        finding = self.env["aftersales.finding"].browse(action["res_id"])
        self.assertEqual(finding.unit_id, self.unit)
        self.assertEqual(finding.partner_id, self.customer)
        self.assertEqual(finding.found_place, self.covered.site_address)
        self.assertEqual(finding.facts, self.covered.symptom)

    def test_proposals(self):
        """R004-26, R004-28: cause and coverage propose party, charge and who bears it."""
        for cause, ticket, party, charge, payer in (
            ("q01", self.covered, "us", "free", "us"),
            ("p01", self.covered, "vendor", "free", "party"),
            ("t01", self.covered, "carrier", "free", "party"),
            ("m01", self.covered, "customer", "paid", "customer"),
            ("c01", self.covered, "customer", "paid", "customer"),
            ("w01", self.covered, "nobody", "paid", "customer"),
            ("q01", self.expired, "us", "paid", "customer"),
            ("q01", self.ticket, "us", False, False),
        ):
            with self.subTest(cause=cause, coverage=ticket.coverage):
                finding = self.make_finding(ticket=ticket, cause=cause)
                self.assertEqual(finding.party_kind, party)
                self.assertEqual((finding.charge_parts, finding.payer_parts), (charge, payer))
        self.assertTrue(PHOTO)

    def test_nobody_writes_the_charge(self):
        """R004-26, C3: the charge class can't be ticked, by anybody."""
        for name in ("charge_class", "charge_parts", "charge_labour", "charge_travel"):
            for role in ("agent", "supervisor", "admin", "quality"):
                self.refused(role, "helpdesk.ticket", "write", {name: "free"}, ids=self.expired.ids)
            with self.assertRaises(UserError):
                self.expired.sudo().write({name: "free"})
            self.refused("agent", "helpdesk.ticket", "create", {"name": "x", name: "free"})
        context = {f"default_charge_{kind}": "free" for kind in ("class", "parts", "labour")}
        ticket_id = self.rpc_json(
            "agent",
            "helpdesk.ticket",
            "create",
            {"name": "x", "description": "x", "serial_number": "SN-OLD"},
            context=context,
        )
        self.assertEqual(self.charges(self.env["helpdesk.ticket"].browse(ticket_id)), ("paid",) * 4)


@tagged("post_install", "-at_install")
class TestPurpose(FindingCase):
    """R004-26: what material is issued for follows from who pays."""

    def test_purpose_follows(self):
        """R004-26: free, paid and goodwill by the charge; a draft follows a new finding."""
        requisition = self.make_requisition(ticket=self.covered)
        self.assertEqual(requisition.purpose_id.aftersales_purpose, "free")
        expired = self.make_requisition(ticket=self.expired)
        self.assertEqual(expired.purpose_id.aftersales_purpose, "paid")
        self.decided()
        requisition.invalidate_recordset()
        self.assertEqual(requisition.purpose_id.aftersales_purpose, "paid")

    def set_purpose(self, requisition, purpose, **vals):
        location = self.company._aftersales_purpose_location(purpose)
        self.rpc(
            "supervisor",
            requisition._name,
            "write",
            {"purpose_id": location.id, **vals},
            ids=requisition.ids,
        )

    def test_paid_parts_are_not_issued_free(self):
        """C3: parts that are charged can't be asked for as free or goodwill."""
        for purpose in ("free", "goodwill"):
            requisition = self.make_requisition(ticket=self.expired)
            self.set_purpose(requisition, purpose, purpose_reason="be kind")
            with self.assertRaisesRegex(UserError, "coverage of the request"):
                self.act("supervisor", requisition, "action_submit")

    def test_free_parts_are_charged_with_a_reason(self):
        """R004-26: charging what would be free is explained on the document."""
        requisition = self.make_requisition(ticket=self.covered)
        self.set_purpose(requisition, "paid")
        with self.assertRaisesRegex(UserError, "reason"):
            self.act("supervisor", requisition, "action_submit")
        self.set_purpose(requisition, "paid", purpose_reason="spares for the customer's store")
        self.act("supervisor", requisition, "action_submit")
        self.assertEqual(requisition.state, "submitted")

    def test_a_decision_after_the_review_stops_the_issue(self):
        """C4, law 5: parts that were reviewed as free aren't issued once they are charged."""
        requisition = self.approved(ticket=self.covered)
        picking = self.draw(requisition)
        finding = self.decided()
        with self.assertRaisesRegex(UserError, finding.name):
            self.issue(picking)
        self.assertEqual(requisition.fulfilment, "ready")
        self.assertEqual(requisition.purpose_id.aftersales_purpose, "free")
        self.act("supervisor", requisition, "action_revise", comment="paid now")
        requisition.invalidate_recordset()
        location = self.company._aftersales_purpose_location("paid")
        if requisition.purpose_id != location:
            self.set_purpose(requisition, "paid")
        self.approve(requisition)
        picking = self.draw(requisition).filtered(lambda item: item.state != "cancel")
        with self.assertRaisesRegex(UserError, "no service agreement"):
            self.issue(picking)
        self.assertEqual(requisition.fulfilment, "ready")

    def test_nothing_is_issued_while_it_is_decided_anew(self):
        """C4: who pays is open, so nothing but a loan leaves."""
        finding = self.decided(cause="q02", evidence_ids=[])
        requisition = self.approved(ticket=self.covered)
        picking = self.draw(requisition)
        self.act("quality", finding, "action_revise", comment="look again")
        with self.assertRaisesRegex(UserError, finding.name):
            self.issue(picking)


@tagged("post_install", "-at_install")
class TestClaims(FindingCase):
    """R004-28: what is recovered from a carrier, a vendor or the retention money."""

    def claim_of(self, **values):
        finding = self.decided(**values)
        return finding.claim_ids

    def test_transport_damage_is_claimed_from_the_carrier(self):
        """R004-28: free for the customer, claimed from the carrier, settled by finance."""
        claim = self.claim_of(cause="t01", party_id=self.carrier.id)
        self.assertEqual(self.charges(self.covered), ("free",) * 4)
        self.assertEqual((claim.kind, claim.partner_id), ("carrier", self.carrier))
        self.assertEqual((claim.amount_claimed, claim.state), (4400.0, "open"))
        self.assertTrue(claim.date_due > self.company._aftersales_today())
        self.act("commerce", claim, "action_raise", amount=4000.0, comment="Letter 12")
        self.act("commerce", claim, "action_accept", amount=3000)
        with self.assertRaises(AccessError):
            self.act("commerce", claim, "action_settle", amount=3000)
        with self.assertRaises(UserError):
            self.act("finance", claim, "action_settle", amount=3000.5)
        self.act("finance", claim, "action_settle", amount=3000)
        self.assertEqual((claim.state, claim.amount_recovered), ("settled", 3000.0))
        self.assertEqual(claim.amount_open, 0.0)

    def test_steps_of_a_claim_are_evidence(self):
        """R004-28: who raised it, the answer, the money; the state follows from the acts."""
        claim = self.claim_of(cause="t01", party_id=self.carrier.id)
        finding = claim.finding_id
        self.assert_sound(finding)
        self.act("commerce", claim, "action_raise", amount=4000.0, comment="Letter 12")
        self.act("buyer", claim, "action_accept", amount=3000)
        self.assert_sound(finding)
        self.act("finance", claim, "action_settle", amount=3000)
        self.assert_sound(finding)
        rows = finding.approval_ids.filtered(lambda row: row.act.startswith("claim_"))
        self.assertEqual(
            [(row.act, row.user_id) for row in rows.sorted("chain_no")],
            [
                ("claim_raise", self.users["commerce"]),
                ("claim_accept", self.users["buyer"]),
                ("claim_settle", self.users["finance"]),
            ],
        )
        self.assertEqual(rows.sorted("chain_no")[:1].comment, "Letter 12")
        table = "UPDATE aftersales_claim SET"
        other = self.claim_of(cause="t01", party_id=self.carrier.id)
        changes = (
            (f"{table} state = 'accepted' WHERE id = %s", claim),
            (f"{table} amount_recovered = 2999 WHERE id = %s", claim),
            (f"{table} settled_at = '2020-01-01' WHERE id = %s", claim),
            (f"{table} state = 'raised' WHERE id = %s", other),
            (f"{table} state = 'cancelled' WHERE id = %s", other),
            ("DELETE FROM aftersales_claim WHERE id = %s", claim),
        )
        for query, record in changes:
            found = record.finding_id
            with self.subTest(query=query), self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(query, (record.id,))
                self.env.invalidate_all()
                self.assertTrue(self.verify(found))
                savepoint.rollback()
                self.env.invalidate_all()
        self.assert_sound(finding, other.finding_id)

    def test_component_is_claimed_from_the_vendor(self):
        """R004-28: only what the vendor bears is claimed."""
        claim = self.claim_of(
            cause="p01", party_id=self.vendor.id, payer_labour="us", payer_travel="us"
        )
        self.assertEqual((claim.kind, claim.amount_claimed), ("vendor", 3000.0))
        self.act("buyer", claim, "action_raise")
        with self.assertRaises(UserError):
            self.act("buyer", claim, "action_refuse")
        self.act("buyer", claim, "action_refuse", comment="Outside their warranty")
        self.assertEqual(claim.state, "refused")

    def test_deduction_from_retention_money(self):
        """R004-28: what the customer keeps of our retention money is on the same list."""
        claim = self.claim_of(
            cause="q01", retention_deducted=True, retention_amount=2500.0, evidence_ids=[]
        )
        self.assertEqual((claim.kind, claim.partner_id), ("retention", self.customer))
        self.assertEqual(claim.amount_claimed, 2500.0)

    def test_a_claim_needs_a_party(self):
        """R004-28: nobody is claimed against without a name."""
        finding = self.make_finding(cause="t01")
        self.assertFalse(finding.party_id)
        with self.assertRaisesRegex(UserError, "party"):
            self.act("engineer", finding, "action_submit")

    def test_revising_drops_what_was_not_raised(self):
        """R004-28: an unraised claim goes with its finding; a raised one holds it."""
        finding = self.decided(cause="t01", party_id=self.carrier.id)
        claim = finding.claim_ids
        self.act("quality", finding, "action_revise", comment="look again")
        self.assertEqual(claim.state, "cancelled")
        self.assert_sound(finding)
        self.act("engineer", finding, "action_submit")
        self.sign_as(finding, "supervisor", "tech_reviewer", "quality")
        claim = finding.claim_ids.filtered(lambda item: item.state == "open")
        self.assertEqual(len(claim), 1)
        self.act("commerce", claim, "action_raise")
        with self.assertRaisesRegex(UserError, claim.name):
            self.act("quality", finding, "action_revise", comment="again")
        self.act("commerce", claim, "action_withdraw", comment="by agreement")
        self.act("quality", finding, "action_revise", comment="again")
        self.assertEqual(finding.state, "draft")
        self.assert_sound(finding)

    def test_claims_are_moved_by_their_actions_alone(self):
        """Law 1: nobody makes, deletes or moves a claim by hand."""
        claim = self.claim_of(cause="t01", party_id=self.carrier.id)
        door = sorted(claim._guard_fields("door"))
        for role in ("commerce", "buyer", "finance", "supervisor", "admin"):
            for name in door:
                value = self.sample(claim._fields[name])
                self.refused(role, claim._name, "write", {name: value}, ids=claim.ids)
            self.refused(role, claim._name, "unlink", ids=claim.ids)
            self.refused(role, claim._name, "copy", ids=claim.ids)
            self.refused(
                role,
                claim._name,
                "create",
                {"finding_id": claim.finding_id.id, "kind": "carrier"},
            )
        for role in ("supervisor", "engineer", "quality", "admin", "tech_reviewer"):
            for method in ("raise", "accept", "refuse", "settle", "withdraw"):
                kwargs = {"comment": "x"}
                self.refused(role, claim._name, f"action_{method}", ids=claim.ids, **kwargs)
        for amount in (-1, float("1e300"), "x", [5], {"a": 1}, True):
            self.refused("commerce", claim._name, "action_raise", ids=claim.ids, amount=amount)
        self.rpc("commerce", claim._name, "write", {"reference": "R-1"}, ids=claim.ids)
        self.act("commerce", claim, "action_withdraw", comment="by agreement")
        self.refused("commerce", claim._name, "write", {"reference": "R-2"}, ids=claim.ids)

    def test_overdue_claims_are_found(self):
        """R004-33: a claim that nobody has answered in time shows up."""
        claim = self.claim_of(cause="t01", party_id=self.carrier.id)
        self.assertFalse(claim.is_late)
        self.rpc("commerce", claim._name, "write", {"date_due": "2020-01-01"}, ids=claim.ids)
        self.assertTrue(claim.is_late)
        found = self.rpc("commerce", claim._name, "search", [("is_late", "=", True)])
        self.assertIn(claim.id, found)

    def test_dialog(self):
        """R004-28: the dialog goes through the claim's own actions."""
        claim = self.claim_of(cause="t01", party_id=self.carrier.id)
        for role, move in (("commerce", "raise"), ("commerce", "accept"), ("finance", "settle")):
            vals = {"claim_id": claim.id, "move": move, "amount": 100.0, "comment": "ok"}
            wizard = self.rpc(role, "aftersales.claim.wizard", "create", vals)
            self.rpc(role, "aftersales.claim.wizard", "action_move", ids=[wizard])
        claim.invalidate_recordset()
        self.assertEqual((claim.state, claim.amount_recovered), ("settled", 100.0))
