"""How many queries something takes."""


def count_queries(env, function):
    """Call `function` with nothing in the cache and count its queries, those that write what it changed among them.

    For tests that say what a page, a batch or a move may cost, and that the cost does not grow with the records.
    What Odoo and the suite keep across requests (rights, rules, working hours) is not emptied: where that
    matters, call once without counting.
    """
    env.flush_all()
    env.invalidate_all()
    before = env.cr.sql_log_count
    function()
    env.flush_all()
    return env.cr.sql_log_count - before


def count_move_queries(tickets, stage):
    """The queries that a move of the tickets takes; the working hours of their teams are in the cache already."""
    # sudo: whoever moves the tickets may not read the calendars of their teams.
    for team in tickets.sudo().team_id:
        team.resource_calendar_id._get_working_time()
    return count_queries(tickets.env, lambda: tickets.write({"stage_id": stage.id}))
