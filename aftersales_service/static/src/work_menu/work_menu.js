import { Component, onWillUnmount, useState } from "@odoo/owl";

import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { rpcBus } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

const MODELS = /^(aftersales\.|stock\.picking$|helpdesk\.ticket$)/;

/**
 * What waits for the user: a number in the top bar, and the lists behind it. It is asked
 * for once, and again when the user has pressed a button of ours or opens the menu.
 */
export class WorkMenu extends Component {
    static template = "aftersales_service.WorkMenu";
    static components = { Dropdown, DropdownItem };
    static props = {};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({ entries: false });
        this.reload = useDebounced(() => this.load(), 300);
        useBus(rpcBus, "RPC:RESPONSE", ({ detail }) => this.onResponse(detail));
        onWillUnmount(() => (this.gone = true));
        this.load();
    }

    get count() {
        return this.state.entries.reduce((sum, entry) => sum + entry.count, 0);
    }

    get isLate() {
        return this.state.entries.some((entry) => entry.late);
    }

    async load() {
        let entries = false;
        try {
            entries = await this.orm.silent.call("aftersales.work", "get_work", []);
        } catch {
            // a number that isn't there disturbs nobody; the page itself tells of the trouble
            return;
        }
        if (!this.gone) {
            this.state.entries = entries;
        }
    }

    onResponse({ data, error }) {
        const { model, method } = data.params || {};
        if (!error && this.state.entries && MODELS.test(model) && this.changes(model, method)) {
            this.reload();
        }
    }

    changes(model, method) {
        return model !== "aftersales.work" && /^(action_|button_|web_save)/.test(method);
    }

    open(entry) {
        this.action.doAction(entry.action, {
            additionalContext: entry.context,
            clearBreadcrumbs: true,
        });
    }

    openAll() {
        this.action.doAction("aftersales_service.aftersales_approval_action_mine", {
            clearBreadcrumbs: true,
        });
    }
}

registry
    .category("systray")
    .add("aftersales_service.work_menu", { Component: WorkMenu }, { sequence: 22 });
