from odoo import api, fields, models
from odoo.tools import format_date

SUMS = ["__count", "breaches_before:sum", "breaches_after:sum"]


class PsaSlaWhatifSummaryMixin(models.AbstractModel):
    """The answer on one page: how many breaches there were, and how many there would have been."""

    _name = "psa.sla.whatif.summary.mixin"
    _description = "Summary of a what-if"

    summary = fields.Html(compute="_compute_summary", sanitize=False)
    newly_late_count = fields.Integer(string="Newly late", compute="_compute_outcome_counts")
    saved_count = fields.Integer(string="No longer late", compute="_compute_outcome_counts")

    @api.depends("state")
    def _compute_outcome_counts(self):
        groups = self.env["psa.sla.whatif.result"]._read_group(
            [("whatif_id", "in", self.ids), ("outcome", "in", ("newly_late", "saved"))],
            ["whatif_id", "outcome"],
            ["__count"],
        )
        counts = {(whatif.id, outcome): count for whatif, outcome, count in groups}
        for whatif in self:
            whatif.newly_late_count = counts.get((whatif.id, "newly_late"), 0)
            whatif.saved_count = counts.get((whatif.id, "saved"), 0)

    @api.depends("state")
    def _compute_summary(self):
        for whatif in self:
            whatif.summary = whatif.state in ("done", "applied") and self.env["ir.qweb"]._render(
                "psa_base.psa_sla_whatif_summary", whatif._prepare_summary()
            )

    def _prepare_summary(self):
        results, own = self.env["psa.sla.whatif.result"], [("whatif_id", "=", self.id)]
        words = {name: dict(results._fields[name]._description_selection(self.env)) for name in ("layer", "target")}
        rows = [
            {"team": team.name, "layer": words["layer"][layer], "target": words["target"][target], **_to_row(sums)}
            for team, layer, target, *sums in results._read_group(own, ["team_id", "layer", "target"], SUMS)
        ]
        months = [
            {"name": format_date(self.env, month, date_format="MMM y"), **_to_row(sums)}
            for month, *sums in results._read_group(own, ["opened_at:month"], SUMS)
        ]
        most = max((count for month in months for count in (month["before"], month["after"])), default=0)
        return {
            "tickets": self.done_count,
            "total": _to_row([sum(row[name] for row in rows) for name in ("count", "before", "after")]),
            "newly_late": self.newly_late_count,
            "saved": self.saved_count,
            "rows": rows,
            "months": months,
            "most": most or 1,
        }


def _to_row(sums):
    count, before, after = (number or 0 for number in sums)
    return {
        "count": count,
        "before": before,
        "after": after,
        "change": after - before,
        "kept_before": _get_percentage(count - before, count),
        "kept_after": _get_percentage(count - after, count),
    }


def _get_percentage(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "–"
