"""What administration does with the figures: a question to the last quarter, asked and not applied."""

QUESTION = "Promise clients half the time"


def ask_what_if(world):
    env = world.env_of("admin")
    question = env["psa.sla.whatif"].create({"name": QUESTION, "layer": "client"})
    for line in question.line_ids.filtered(lambda line: line.target == "resolution"):
        line.hours = line.sla_id.hours // 2
    # Here and now: the job runner starts with the server.
    question.with_context(queue_job__no_delay=True).action_calculate()
