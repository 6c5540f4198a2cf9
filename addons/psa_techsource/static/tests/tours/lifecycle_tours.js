import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("psa_techsource_edit_lifecycle", {
    steps: () => [
        {
            trigger: ".o_psa_cell[data-move='Pending Client → Request']",
            run() {
                this.anchor.focus();
                this.anchor.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true}));
            },
        },
        {trigger: ".o_psa_cell[data-move='Pending Client → Triage']:focus", run: "click"},
        {trigger: ".o_psa_move_dialog .o_psa_role_choice:contains('Support') input", run: "click"},
        {trigger: ".o_psa_move_dialog .o_psa_apply", run: "click"},
        {trigger: ".o_psa_changes:contains('1 change')"},
        // The picture shows what is not saved, too.
        {trigger: ".o_notebook_headers a[name='diagram']", run: "click"},
        {trigger: ".o_psa_arc.o_psa_changed"},
        {trigger: ".o_psa_dry_run", run: "click"},
        {trigger: ".o_psa_dry_run_dialog .o_psa_judged"},
        {trigger: ".o_psa_dry_run_dialog #o_psa_reason", run: "edit Clients answer with more than was asked"},
        {trigger: ".o_psa_dry_run_dialog .o_psa_save_now", run: "click"},
        {trigger: ".o_notification:contains('saved')"},
        {trigger: ".o_form_view:not(:has(.o_psa_changes))"},
        {trigger: ".o_notebook_headers a[name='matrix']", run: "click"},
        {trigger: ".o_psa_cell.o_psa_allowed[data-move='Pending Client → Triage']"},
    ],
});

tours.add("psa_techsource_new_lifecycle", {
    steps: () => [
        {trigger: ".o_psa_matrix:contains('Save the lifecycle')"},
        {trigger: ".o_field_widget[name='name'] :is(input, textarea)", run: "edit Projects"},
        {trigger: ".o_field_widget[name='initial_stage_id'] input", run: "edit Request"},
        {trigger: ".o-autocomplete--dropdown-item a:contains('Request')", run: "click"},
        {trigger: ".o_form_button_save", run: "click"},
        {trigger: ".o_psa_matrix_grid tbody tr:contains('First stage')"},
        {trigger: ".o_psa_add_stage", run: "click"},
        {trigger: ".o-dropdown-item:contains('SVR Pending')", run: "click"},
        {trigger: ".o_psa_cell[data-move='Request → SVR Pending']", run: "click"},
        {trigger: ".o_psa_move_dialog .o_psa_apply", run: "click"},
        {trigger: ".o_psa_changes .o_psa_save", run: "click"},
        {trigger: ".o_form_view:not(:has(.o_psa_changes))"},
    ],
});

tours.add("psa_techsource_discard_lifecycle", {
    steps: () => [
        {trigger: ".o_psa_cell[data-move='Triage → Assigned']", run: "click"},
        {trigger: ".o_psa_move_dialog #o_psa_move_allowed", run: "click"},
        {trigger: ".o_psa_move_dialog .o_psa_apply", run: "click"},
        {trigger: ".o_psa_oversight:contains('No ticket gets to')"},
        // Leaving asks, and staying keeps the change.
        {trigger: ".o_breadcrumb .breadcrumb-item a, .o_menu_brand", run: "click"},
        {trigger: ".modal:contains('Leave without saving') button:contains('Stay here')", run: "click"},
        {trigger: ".o_psa_changes .o_psa_discard", run: "click"},
        {trigger: ".o_form_view:not(:has(.o_psa_changes))"},
        {trigger: ".o_psa_cell.o_psa_allowed[data-move='Triage → Assigned']"},
    ],
});

tours.add("psa_techsource_why_panel", {
    steps: () => [
        {trigger: ".o_statusbar_status:not(:contains('Resolved'))"},
        {trigger: ".o_psa_why", run: "click"},
        {trigger: ".o_psa_why_dialog .o_psa_node.o_psa_current:contains('Assigned')"},
        {trigger: ".o_psa_next:contains('In Progress'):not(.o_psa_ready) .o_psa_fix", run: "click"},
        {trigger: ".o_field_widget[name='user_id'] input:focus"},
        {trigger: ".o_field_widget[name='user_id'] input", run: "edit psa_test_support"},
        {trigger: ".o-autocomplete--dropdown-item a:contains('psa_test_support')", run: "click"},
        {trigger: ".o_psa_why", run: "click"},
        {trigger: ".o_psa_next.o_psa_ready:contains('In Progress') .o_psa_move", run: "click"},
        {trigger: ".o_statusbar_status .o_arrow_button_current:contains('In Progress')"},
    ],
});
