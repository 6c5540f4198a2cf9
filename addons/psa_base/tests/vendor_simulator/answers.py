"""What a simulated vendor answers, before it becomes bytes."""

from dataclasses import dataclass, field


@dataclass
class Request:
    """One call, taken apart."""

    method: str
    path: str
    query: dict
    headers: dict
    body: bytes
    json: object = None


@dataclass
class Answer:
    status: int
    body: object = None
    headers: dict = field(default_factory=dict)
