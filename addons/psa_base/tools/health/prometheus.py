"""Numbers in the text format of Prometheus, version 0.0.4."""

from dataclasses import dataclass, field

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Metric:
    """One name, what it counts, and a value for each set of labels. A counter only ever grows."""

    name: str
    help: str
    kind: str = "gauge"
    samples: list = field(default_factory=list)

    def add(self, value, **labels):
        """Add a sample, unless the value is None."""
        if value is not None:
            self.samples.append((labels, value))
        return self


def render(metrics):
    return "".join(_render_metric(metric) for metric in metrics)


def _render_metric(metric):
    lines = [f"# HELP {metric.name} {_escape_help(metric.help)}", f"# TYPE {metric.name} {metric.kind}"]
    for labels, value in metric.samples:
        shown = ",".join(f'{name}="{_escape_label(text)}"' for name, text in labels.items())
        lines.append(f"{metric.name}{{{shown}}} {float(value):.12g}" if shown else f"{metric.name} {float(value):.12g}")
    return "\n".join(lines) + "\n"


def _escape_help(text):
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _escape_label(text):
    return _escape_help(str(text)).replace('"', r"\"")
