const FOCUSABLE = "input:not([type=hidden]), textarea, select, [contenteditable=true], button, a, [tabindex]";

function nextFrame() {
    return new Promise((resolve) => requestAnimationFrame(resolve));
}

/** Wait, but not for ever, until the page has an element for the selector. */
async function waitFor(selector) {
    for (let frame = 0; frame < 60; frame++) {
        const element = document.querySelector(selector);
        if (element) {
            return element;
        }
        await nextFrame();
    }
    return null;
}

/**
 * Bring a field of the open form into sight, the tab that it is on first, and put the cursor there.
 * False if the form does not show the field.
 */
export async function showField(name, arch) {
    const form = ".o_form_view:not(.modal .o_form_view)";
    const page = arch?.querySelector(`page:has(field[name="${name}"])`)?.getAttribute("name");
    if (page) {
        document.querySelector(`${form} .o_notebook_headers [name="${page}"]`)?.click();
    }
    const field = await waitFor(`${form} .o_field_widget[name="${name}"]`);
    if (!field) {
        return false;
    }
    field.scrollIntoView({block: "center", behavior: "smooth"});
    field.classList.add("o_psa_pointed_at");
    field.addEventListener("animationend", () => field.classList.remove("o_psa_pointed_at"), {once: true});
    (field.matches(FOCUSABLE) ? field : field.querySelector(FOCUSABLE))?.focus({preventScroll: true});
    return true;
}
