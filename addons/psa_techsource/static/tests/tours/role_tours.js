import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** Runners that watch for it must be told that a step leaves the page; older ones refuse the word. */
function leavingPage(step) {
    const modules = odoo.loader.modules;
    const {stepUtils} = modules.get("@web_tour/tour_utils") || modules.get("@web_tour/tour_service/tour_utils");
    const isKnown = stepUtils.goToUrl?.("/")?.expectUnloadPage;
    return isKnown ? {...step, expectUnloadPage: true} : step;
}

function logIn(role) {
    const login = `psa_test_${role}`;
    return [
        {trigger: ".oe_login_form input[name='login']", run: `edit ${login}`},
        {trigger: ".oe_login_form input[name='password']", run: `edit ${login}`},
        leavingPage({trigger: ".oe_login_form button[type='submit']", run: "click"}),
    ];
}

const HOMES = {
    operations: ".o_control_panel:contains('Dispatch')",
    support: ".o_control_panel:contains('My work')",
    accounts: ".o_control_panel:contains('To bill')",
    admin: ".o_main_navbar:contains('Configuration')",
    client: ".o_portal_my_home",
};

for (const [role, home] of Object.entries(HOMES)) {
    tours.add(`psa_techsource_home_${role}`, {
        steps: () => [...logIn(role), {trigger: home}],
    });
}

tours.add("psa_techsource_approve_svr", {
    steps: () => [
        leavingPage({trigger: "a[href^='/my/svrs?filterby=sent']:visible", run: "click"}),
        leavingPage({trigger: ".o_portal_my_doc_table a:contains('SVR')", run: "click"}),
        {trigger: "button[data-bs-target='#svr_approve']", run: "click"},
        {trigger: "#svr_approve.show input[name='name']", run: "edit Kim Tran"},
        leavingPage({trigger: "#svr_approve.show button[name='approve']", run: "click"}),
        {trigger: ".alert-success:contains('Kim Tran')"},
    ],
});
