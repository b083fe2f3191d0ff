from odoo import models


class HelpdeskTicket(models.Model):
    """What the customer sees of a request on the portal (attack D2)."""

    _inherit = "helpdesk.ticket"

    def _get_portal_attachments(self):
        """Return the files that are the customer's to see.

        Those a customer sent, by page or mail, and those of messages to him; what was
        attached to internal notes or put beside the request stays in the house.
        """
        self.ensure_one()
        messages = self.message_ids.filtered(
            lambda message: (
                not (message.is_internal or message.subtype_id.internal or not message.subtype_id)
            )
        )
        return self.attachment_ids.filtered(
            lambda file: file.create_uid.share or file in messages.attachment_ids
        )
