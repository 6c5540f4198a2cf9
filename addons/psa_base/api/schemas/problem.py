"""Schemas of problems (RFC 9457)."""

from pydantic import Field

from .common import Schema


class FieldFault(Schema):
    field: str = Field(
        description="Where it is: names joined by dots, or the name of a parameter.", examples=["contact.phone"]
    )
    code: str = Field(description="What is wrong, for programs.", examples=["phone"])
    message: str = Field(
        description="What is wrong, for people.", examples=["This is not a phone number that can be called."]
    )


class ProblemOut(Schema):
    type: str = Field(
        description="A name for the kind of problem, or `about:blank` where the status says all.",
        examples=["urn:psa:problem:validation"],
    )
    title: str = Field(description="The status in words.", examples=["Unprocessable Entity"])
    status: int = Field(description="The status of the answer.", examples=[422])
    detail: str = Field(
        description="What is wrong and what to do, for people.", examples=["Some fields are not as they should be."]
    )
    instance: str = Field(description="The path that was asked for.", examples=["/psa/api/v1/tickets"])
    request_id: str = Field(
        description="Tell it to support: it is in the log, too.", examples=["0f6f9f0e-6d0c-4a4e-9b39-5d4c2a1b7c11"]
    )
    errors: list[FieldFault] = Field(
        description="Each field or parameter that is not as it should be; empty where it is none of them."
    )
