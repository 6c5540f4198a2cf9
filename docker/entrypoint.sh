#!/bin/sh
# Starts one node of the suite.
#   serve    install the suite if the database is empty, then serve and run jobs (the first node)
#   node     serve and run jobs, never install (every further node)
#   update   apply the addons of this image to the database and stop (after a new image)
# Anything else is run as a command, with the server's configuration in place.
set -eu

modules=psa_base,psa_techsource

umask 077
ODOO_RC=/tmp/odoo.conf
export ODOO_RC
/opt/psa/render-conf.sh /etc/odoo/odoo.conf.template > "$ODOO_RC"

psa_odoo() {
    /opt/psa/venv/bin/python /usr/bin/odoo "$@"
}

# True once first_start.py has run to its end. No answer counts as no: every step of the first start can be repeated.
is_set_up() {
    answer=$(PGPASSWORD=$PSA_DB_PASSWORD psql -h "$PSA_DB_HOST" -p "$PSA_DB_PORT" -U "$PSA_DB_USER" -d "$PSA_DB_NAME" \
        -XAtqc "SELECT 1 FROM ir_config_parameter WHERE key = 'psa.first_start_done'" 2>/dev/null) || return 1
    [ "$answer" = 1 ]
}

case ${1:-serve} in
    serve)
        if ! is_set_up; then
            echo "First start: installing the suite into database $PSA_DB_NAME; this takes some minutes."
            psa_odoo --init="$modules" --without-demo=all --stop-after-init
            psa_odoo shell --no-http < /opt/psa/first_start.py
        fi
        exec /opt/psa/venv/bin/python /usr/bin/odoo
        ;;
    node)
        exec /opt/psa/venv/bin/python /usr/bin/odoo
        ;;
    update)
        exec /opt/psa/venv/bin/python /usr/bin/odoo --update="$modules" --stop-after-init
        ;;
    *)
        exec "$@"
        ;;
esac
