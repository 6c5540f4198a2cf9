import {Component, onWillStart, onWillUnmount, useEffect, useRef} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";

/** A chart by Chart.js. It is drawn again when its data change. */
export class HubChart extends Component {
    static template = "psa_base.HubChart";
    static props = {
        type: String,
        labels: Array,
        datasets: Array,
        label: String,
        stacked: {type: Boolean, optional: true},
    };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.props.labels, this.props.datasets]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    draw() {
        this.chart?.destroy();
        const {type, labels, datasets, stacked} = this.props;
        this.chart = new window.Chart(this.canvas.el, {
            type,
            data: {labels, datasets},
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: {mode: "index", intersect: false},
                scales: {
                    x: {stacked, grid: {display: false}, ticks: {maxRotation: 0, autoSkipPadding: 16}},
                    y: {stacked, beginAtZero: true, ticks: {precision: stacked ? 0 : undefined}},
                },
                plugins: {legend: {display: datasets.length > 1, position: "bottom"}},
            },
        });
    }
}
