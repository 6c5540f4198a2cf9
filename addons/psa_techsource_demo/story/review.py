"""The administrator asks what other SLA hours would have meant in the last quarter, and applies nothing."""

QUESTION = "Promise clients half the time"


def ask_what_if(world):
    env = world.env_of("admin")
    question = env["psa.sla.whatif"].create({"name": QUESTION, "layer": "client"})
    for line in question.line_ids.filtered(lambda line: line.target == "resolution"):
        line.hours = line.sla_id.hours // 2
    # Calculated at once, because the job runner starts only with the server.
    question.with_context(queue_job__no_delay=True).action_calculate()
