#!/bin/sh
# Prints the configuration template with its ${NAMES} replaced from the environment: render-conf.sh TEMPLATE
# Only the names listed here are replaced, once and literally: a password may hold any character but a line break,
# and no value can add an option of its own. Anything unknown or empty stops the start with a sentence that says so.
set -eu

exec awk -v names="PSA_DB_HOST PSA_DB_PORT PSA_DB_USER PSA_DB_PASSWORD PSA_DB_NAME PSA_MASTER_PASSWORD \
PSA_WORKERS PSA_CRON_THREADS PSA_LOG_LEVEL" '
function stop(message) {
    print "render-conf: " message > "/dev/stderr"
    failed = 1
    exit 1
}
function value_of(name) {
    if (!(name in known)) stop(name " is not a setting of this image; remove it from " FILENAME ".")
    if (ENVIRON[name] == "") stop(name " is not set; give it a value in the environment, see docker/env.example.")
    if (ENVIRON[name] ~ /[\r\n]/) stop(name " holds a line break; settings are single lines.")
    return ENVIRON[name]
}
BEGIN {
    count = split(names, list, " ")
    for (i = 1; i <= count; i++) known[list[i]] = 1
}
/^[;#]/ { print; next }
{
    rest = $0
    line = ""
    while (match(rest, /\$\{[A-Z0-9_]+\}/)) {
        line = line substr(rest, 1, RSTART - 1) value_of(substr(rest, RSTART + 2, RLENGTH - 3))
        rest = substr(rest, RSTART + RLENGTH)
    }
    print line rest
}
END { if (failed) exit 1 }
' "$1"
