import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const ROW = ".o_psa_hub_page tbody tr:contains('Monitoring of the harbour')";
const BACK = {trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item.o_back_button a", run: "click"};

/** The numbers of a chart, added up. */
function sumUp(canvas) {
    const {datasets} = window.Chart.getChart(canvas).data;
    return datasets.flatMap((dataset) => dataset.data).reduce((sum, value) => sum + value, 0);
}

/** No answer to what the dashboard asks, until what is returned is called. */
function unplug() {
    const {XMLHttpRequest} = browser;
    browser.XMLHttpRequest = class extends XMLHttpRequest {
        open(method, url) {
            this.isUnplugged = url.includes("psa.hub.health");
            return super.open(...arguments);
        }
        send() {
            return this.isUnplugged ? this.dispatchEvent(new Event("error")) : super.send(...arguments);
        }
    };
    return () => Object.assign(browser, {XMLHttpRequest});
}

tours.add("psa_base_hub_numbers", {
    steps: () => [
        {
            trigger: ".o_psa_hub_chart canvas[aria-label^='Tries']",
            run() {
                if (sumUp(this.anchor) < 3) {
                    throw new Error("The chart does not show the three tries that failed.");
                }
            },
        },
        // Each number leads to the list behind it.
        {trigger: `${ROW} .o_psa_hub_has_dead:contains('3')`, run: "click"},
        {trigger: ".o_control_panel:contains('Dead letters')"},
        {trigger: ".o_list_view:has(.o_data_row:nth-child(3)):not(:has(.o_data_row:nth-child(4)))"},
        BACK,
        {trigger: `${ROW} td .btn-link:contains('2')`, run: "click"},
        {trigger: ".o_control_panel:contains('Messages to work')"},
        {trigger: ".o_list_view:has(.o_data_row:nth-child(2)):not(:has(.o_data_row:nth-child(3)))"},
        BACK,
        {trigger: ".o_psa_hub_tile[data-tile='failed']", run: "click"},
        {trigger: ".o_control_panel:contains('Attempts')"},
        BACK,
        {trigger: ".o_psa_hub_counts li:contains('psa_test_operations') button", run: "click"},
        {trigger: ".o_list_view .o_data_row"},
        BACK,
        {trigger: `${ROW} th button`, run: "click"},
        {trigger: ".o_form_view [name='name'] :is(input, span, textarea)"},
        BACK,
        {trigger: ".o_psa_hub_bar button:contains('7 days')", run: "click"},
        {trigger: ".o_psa_hub_bar button[aria-pressed='true']:contains('7 days')"},
    ],
});

let plugIn = null;

tours.add("psa_base_hub_without_server", {
    steps: () => [
        {
            trigger: ".o_psa_hub_bar [role='status']:contains('As of')",
            run() {
                plugIn = unplug();
            },
        },
        {trigger: ".o_psa_hub_bar button[aria-label='Refresh']", run: "click"},
        {
            trigger: ".o_psa_hub_bar [role='status']:contains('does not answer')",
            run() {
                plugIn();
            },
        },
        // What was known is still there, and so is the way to ask again.
        {trigger: `${ROW} .o_psa_hub_has_dead:contains('3')`},
        {trigger: ".o_psa_hub_bar button[aria-label='Refresh']", run: "click"},
        {trigger: ".o_psa_hub_bar [role='status']:contains('As of')"},
    ],
});

tours.add("psa_base_hub_mend", {
    steps: () => [
        {trigger: `${ROW} .o_psa_hub_has_dead:contains('3')`, run: "click"},
        {trigger: ".o_data_row:contains('Contoso') td[name='reason']", run: "click"},
        {trigger: ".o_psa_mend", run: "click"},
        {trigger: ".modal [name='partner_id'] input", run: "edit Harbour Den"},
        {trigger: ".o-autocomplete--dropdown-item a:contains('Harbour Dental')", run: "click"},
        {trigger: ".modal [name='replays_all'] input:checked"},
        {trigger: ".modal button[name='action_map']", run: "click"},
        {trigger: ".o_notification:contains('Worked: 3')"},
        // The letter is none any more: back in the list, where nothing is left.
        {trigger: ".o_list_view:not(:has(.o_data_row))"},
        BACK,
        {trigger: `${ROW}:not(:has(.o_psa_hub_has_dead))`},
    ],
});
