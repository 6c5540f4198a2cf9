"""What the server does once a minute, done when a test wants it and not when its minute comes."""

from psa_cli.odoo.live import LiveServer
from psa_cli.wire.wire import wait_for


def call_cron(server: LiveServer, xmlid: str, seconds: float = 60) -> None:
    """Have the server's own cron run an action now, as Odoo does for itself; return when it has run."""
    query = "SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s AND model = 'ir.cron'"
    [(cron_id,)] = server.psql(query, *xmlid.split("."))
    server.psql("INSERT INTO ir_cron_trigger (cron_id, call_at) VALUES (%s, now() AT TIME ZONE 'UTC')", cron_id)

    def has_run() -> bool:
        # Again and again: a server that has just started may not listen yet.
        server.runtime.database.query("postgres", "SELECT pg_notify('cron_trigger', %s)", [server.database])
        waiting = "SELECT 1 FROM ir_cron_trigger WHERE cron_id = %s AND call_at <= now() AT TIME ZONE 'UTC'"
        return not server.psql(waiting, cron_id)

    assert wait_for(has_run, seconds), f"{xmlid} was not run in {seconds} s"


def call_job_runner(server: LiveServer) -> None:
    """Have the runner look now for jobs whose worker is dead, as it does at each word about a job and once a minute."""
    server.psql("SELECT pg_notify('queue_job', '')")
