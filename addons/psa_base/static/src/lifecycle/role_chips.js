import {Component} from "@odoo/owl";

const COLOURS = 8;

/** Three letters of the word that tells a role from the others: "PSA client" is Cli. */
function abbreviate(name) {
    const word = name.split(/\s+/).pop();
    return word.charAt(0).toUpperCase() + word.slice(1, 3);
}

/** Roles as coloured chips. A role has the same colour wherever it is shown. */
export class RoleChips extends Component {
    static template = "psa_base.RoleChips";
    static props = {
        roles: Array,
        allRoles: Array,
        short: {type: Boolean, optional: true},
    };

    get chips() {
        const order = this.props.allRoles.map((role) => role.id);
        return this.props.roles.map((role) => ({
            ...role,
            label: this.props.short ? abbreviate(role.name) : role.name,
            colour: `o_psa_role_${order.indexOf(role.id) % COLOURS}`,
        }));
    }
}
