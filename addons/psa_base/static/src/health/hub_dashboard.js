import {Component, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {HubChart} from "./hub_chart";

const {DateTime} = luxon;
const REFRESH_AFTER = 30000;
const DONE = "#0b6e5f";
const FAILED = "#a3261b";
const LATENCY = "#1f5fa8";

export function getAgeWords(seconds) {
    if (seconds === null || seconds === undefined) {
        return "–";
    }
    if (seconds < 1) {
        return _t("%s ms", Math.round(seconds * 1000));
    }
    if (seconds < 120) {
        return _t("%s s", Math.round(seconds));
    }
    const minutes = Math.round(seconds / 60);
    if (minutes < 120) {
        return _t("%s min", minutes);
    }
    return minutes < 48 * 60 ? _t("%s h", Math.round(minutes / 60)) : _t("%s days", Math.round(minutes / 1440));
}

/** The health of the integrations. A click on a number opens the list of what it counts. */
export class HubDashboard extends Component {
    static template = "psa_base.HubDashboard";
    static components = {HubChart, Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.display = {controlPanel: {}};
        this.periods = [
            {hours: 24, name: _t("24 hours")},
            {hours: 168, name: _t("7 days")},
        ];
        this.state = useState({hours: 24, data: null, isStale: false});
        onWillStart(() => this.load());
        const timer = setInterval(() => document.hidden || this.load(), REFRESH_AFTER);
        onWillUnmount(() => clearInterval(timer));
    }

    async load() {
        try {
            const hours = this.state.hours;
            const data = await this.orm.silent.call("psa.hub.health", "get_dashboard", [hours]);
            // Drop a late answer to the period that was chosen before.
            if (hours === this.state.hours) {
                Object.assign(this.state, {data, isStale: false});
            }
        } catch (error) {
            if (!this.state.data) {
                throw error;
            }
            this.state.isStale = true;
        }
    }

    setPeriod(hours) {
        this.state.hours = hours;
        return this.load();
    }

    get data() {
        return this.state.data;
    }

    get updatedAt() {
        return DateTime.fromSQL(this.data.now, {zone: "utc"}).toLocal().toLocaleString(DateTime.TIME_WITH_SECONDS);
    }

    get tiles() {
        const totals = this.data.totals;
        return [
            {
                name: "dead",
                title: _t("Dead letters"),
                value: totals.dead,
                note: totals.dead ? _t("wait for somebody") : _t("nothing is stuck"),
                tone: totals.dead ? "bad" : "good",
                open: () => this.openDeadLetters(),
            },
            {
                name: "backlog",
                title: _t("Backlog"),
                value: totals.waiting_in + totals.waiting_out,
                note: _t("%(work)s to work, %(send)s to send", {work: totals.waiting_in, send: totals.waiting_out}),
                tone: "plain",
                open: () => this.openWaiting(totals),
            },
            {
                name: "oldest",
                title: _t("Oldest message"),
                value: getAgeWords(totals.oldest_seconds),
                note: totals.oldest_seconds === null ? _t("nothing waits") : _t("has waited"),
                tone: totals.has_late ? "bad" : "plain",
                open: () => this.openWaiting(totals),
            },
            {
                name: "retries",
                title: _t("To be tried again"),
                value: totals.retries,
                note: _t("by themselves, later"),
                tone: totals.retries ? "warn" : "plain",
                open: () => this.openRetries(totals),
            },
            {
                name: "failed",
                title: _t("Failed tries"),
                value: totals.failed,
                note: _t("of %s", totals.done + totals.failed),
                tone: totals.failed ? "warn" : "plain",
                open: () => this.openAttempts([["result", "!=", "done"]]),
            },
            {
                name: "latency",
                title: _t("Latency"),
                value: getAgeWords(totals.p95),
                note: _t("for 95 of 100, half in %s", getAgeWords(totals.p50)),
                tone: "plain",
                open: () => this.openAttempts([["result", "=", "done"]]),
            },
            {
                name: "alarms",
                title: _t("Alarms"),
                value: totals.alarms,
                note: totals.alarms ? _t("are open") : _t("none is open"),
                tone: totals.alarms ? "bad" : "good",
                open: () => this.action.doAction("psa_base.psa_hub_alarm_action"),
            },
        ];
    }

    get labels() {
        const format = this.state.hours === 24 ? "HH:mm" : "ccc HH:mm";
        return this.data.series.bars.map((bar) => DateTime.fromSeconds(bar).toFormat(format));
    }

    get tries() {
        const {done, failed} = this.data.series;
        return [
            {label: _t("Done"), data: done, backgroundColor: DONE},
            {label: _t("Failed"), data: failed, backgroundColor: FAILED},
        ];
    }

    get latencies() {
        return [
            {
                label: _t("Latency of 95 of 100"),
                data: this.data.series.p95,
                borderColor: LATENCY,
                backgroundColor: LATENCY,
                spanGaps: true,
                pointRadius: 2,
            },
        ];
    }

    get connections() {
        const circuits = {closed: _t("Working"), open: _t("Interrupted"), half_open: _t("On trial")};
        return this.data.connections.map((connection) => ({
            ...connection,
            contact: getAgeWords(connection.contact_seconds),
            line: circuits[connection.circuit],
            bars: this.getTrend(connection.trend),
        }));
    }

    /** The tries of a connection as bars of a small chart, which the highest bar fills. */
    getTrend(trend) {
        const bars = this.data.series.bars.map((bar) => trend[bar] || [0, 0]);
        const highest = Math.max(1, ...bars.map(([done, failed]) => done + failed));
        const width = 100 / bars.length;
        return bars.map(([done, failed], index) => ({
            x: index * width,
            width: width * 0.8,
            done: (20 * done) / highest,
            failed: (20 * failed) / highest,
        }));
    }

    describeTrend(connection) {
        const tries = Object.values(connection.trend);
        const sum = (index) => tries.reduce((total, counts) => total + counts[index], 0);
        return _t("%(done)s done, %(failed)s failed", {done: sum(0), failed: sum(1)});
    }

    openList(name, resModel, domain) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: resModel,
            domain,
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }

    async openDeadLetters(domain = []) {
        const action = await this.action.loadAction("psa_base.psa_hub_dead_letter_action");
        return this.action.doAction({...action, domain});
    }

    openMessagesToWork(domain) {
        return this.openList(_t("Messages to work"), "psa.hub.inbox", [["state", "=", "received"], ...domain]);
    }

    openMessagesToSend(domain) {
        const isOpen = ["state", "in", ["waiting", "sending"]];
        return this.openList(_t("Messages to send"), "psa.hub.outbox", [isOpen, ...domain]);
    }

    /** The messages that are counted as waiting: those to work, or those to send when there are no others. */
    openWaiting(counts, domain = []) {
        const areAllToSend = !counts.waiting_in && counts.waiting_out;
        return areAllToSend ? this.openMessagesToSend(domain) : this.openMessagesToWork(domain);
    }

    openRetries(counts) {
        return this.openWaiting(counts, [["retry_at", "!=", false]]);
    }

    openAttempts(domain) {
        return this.openList(_t("Attempts"), "psa.hub.attempt", [["started_at", ">=", this.data.since], ...domain]);
    }

    openConnection(connection) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "psa.hub.connection",
            res_id: connection.id,
            views: [[false, "form"]],
        });
    }

    openConnections() {
        return this.action.doAction("psa_base.psa_hub_connection_action");
    }
}

registry.category("actions").add("psa_hub_dashboard", HubDashboard);
