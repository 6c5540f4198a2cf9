"""Schemas of comments on tickets, and of files on them."""

from pydantic import Field

from .common import ListQuery, Schema, Timestamp, text


class CommentIn(Schema):
    """Something to say on a ticket."""

    body: text(20_000) = Field(
        description="Plain text; line breaks stay, markup is text like any other.", examples=["It works now, thanks."]
    )


class CommentQuery(ListQuery):
    """Which comments to list: the newest first."""


class AttachmentQuery(ListQuery):
    """Which files to list: the newest first."""


class Author(Schema):
    """Who wrote a comment."""

    name: str | None = Field(description="The person, or the program.")
    is_client: bool = Field(description="Whether it was somebody of the client.")


class AttachmentOut(Schema):
    """A file on a ticket."""

    id: int = Field(description="The file's id.")
    filename: str = Field(description="What it is called.", examples=["error.png"])
    media_type: str = Field(description="What it is, by its name.", examples=["image/png"])
    size: int = Field(description="How many bytes it has.")
    created_at: Timestamp = Field(description="When it came.")


class CommentedTicket(Schema):
    """The ticket that a comment is on."""

    id: int = Field(description="The ticket's id.", examples=[42])
    number: str = Field(description="What people call it, and what addresses name it by.", examples=["HT00042"])
    external_reference: str | None = Field(description="What your own system calls it.", examples=["PS-4711"])


class CommentOut(Schema):
    """A comment that the client sees."""

    id: int = Field(description="The comment's id.")
    author: Author = Field(description="Who wrote it.")
    body: str = Field(description="What it says, in plain text. Empty where it only brought files, or was taken back.")
    attachments: list[AttachmentOut] = Field(description="Files that came with it.")
    created_at: Timestamp = Field(description="When it was written.")


class NewCommentOut(Schema):
    """A comment, and the ticket that it is on."""

    ticket: CommentedTicket = Field(description="The ticket that it is on.")
    comment: CommentOut = Field(description="What was said. `author.is_client` tells your own people's and programs'.")
