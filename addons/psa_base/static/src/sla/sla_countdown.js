import {Component, reactive, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const {DateTime} = luxon;
// Targets that need attention are pills, the others plain text: a long list shows where to look.
const LOOKS = {
    met: "text-success",
    late: "text-danger",
    ok: "text-body",
    soon: "badge rounded-pill text-bg-warning",
    paused: "text-muted",
    overdue: "badge rounded-pill text-bg-danger",
};
const ICONS = {
    met: "fa-check",
    late: "fa-check",
    ok: "fa-clock-o",
    soon: "fa-clock-o",
    paused: "fa-pause",
    overdue: "fa-exclamation-triangle",
};
// A target is due soon when less than this part of its time is left (SOON in tools/sla/countdown.py).
const SOON = 0.25;

// One clock for all countdowns of the page, and for each value the moment at which it came from the server.
let clock = null;
const arrivals = new WeakMap();

function useClock() {
    if (!clock) {
        clock = reactive({now: Date.now()});
        setInterval(() => (clock.now = Date.now()), 15000);
    }
    return useState(clock);
}

function getDurationWords(seconds) {
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    const rest = minutes % 60;
    if (hours && rest) {
        return _t("%(hours)s h %(minutes)s min", {hours, minutes: rest});
    }
    if (hours) {
        return _t("%s h", hours);
    }
    return rest ? _t("%s min", rest) : _t("less than a minute");
}

// The working seconds between two moments, by the hours that the server has sent.
function getWork(workAhead, start, end) {
    return workAhead.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, end) - Math.max(from, start)), 0);
}

/** How the targets of one layer stand: in the server's words, counted down while the page is open. */
export class SlaCountdownField extends Component {
    static template = "psa_base.SlaCountdownField";
    static props = {...standardFieldProps, all: {type: Boolean, optional: true}};

    setup() {
        this.clock = useClock();
    }

    get targets() {
        const value = this.props.record.data[this.props.name];
        if (!value) {
            return [];
        }
        if (!arrivals.has(value)) {
            arrivals.set(value, Date.now());
        }
        const passed = Math.max(0, (this.clock.now - arrivals.get(value)) / 1000);
        const shown = this.props.all ? value.targets : value.targets.slice(0, 1);
        return shown.map((target) => this.countOn(target, value.as_of, value.as_of + passed));
    }

    countOn(target, since, now) {
        const shown = {...target, due: this.getDue(target)};
        if (target.status === "running") {
            const left = target.left - getWork(target.work_ahead, since, now);
            const time = getDurationWords(Math.abs(left));
            shown.words = left > 0 ? _t("%s left", time) : _t("Overdue by %s", time);
            shown.tone = left > 0 ? (left < SOON * target.target_seconds ? "soon" : "ok") : "overdue";
        }
        shown.look = LOOKS[shown.tone];
        shown.icon = ICONS[shown.tone];
        return shown;
    }

    getDue(target) {
        if (!target.due_at || target.status === "met") {
            return "";
        }
        const due = DateTime.fromSeconds(target.due_at);
        return due.toLocaleString({
            weekday: "short",
            day: "numeric",
            month: "short",
            hour: "2-digit",
            minute: "2-digit",
        });
    }

    getTooltip(target) {
        const what = `${target.name} (${target.target})`;
        return target.due ? `${what}: ${_t("due %s", target.due)}` : what;
    }
}

export const slaCountdownField = {
    component: SlaCountdownField,
    displayName: _t("SLA countdown"),
    supportedTypes: ["json"],
    extractProps: ({options}) => ({all: Boolean(options.all)}),
};

registry.category("fields").add("psa_sla_countdown", slaCountdownField);
