"""Schemas of assets: the client's devices and seats."""

from typing import Literal

from pydantic import Field

from .common import ChangeQuery, Schema, Timestamp, line

AssetState = Literal["active", "maintenance", "decommissioned"]


class AssetQuery(ChangeQuery):
    """Which assets to list. Filters hold together."""

    hostname: line(255) | None = Field(
        None, description="Assets with this hostname; upper and lower case are the same.", examples=["HD-RECEPTION"]
    )
    serial_number: line(255) | None = Field(
        None, description="Assets with this serial number; upper and lower case are the same.", examples=["5CG2310XYZ"]
    )
    state: AssetState | None = Field(None, description="Assets in this state only.")


class AssetOut(Schema):
    """A device or seat of the client."""

    id: int = Field(description="The asset's id.")
    hostname: str = Field(description="What the device is called.", examples=["HD-RECEPTION"])
    serial_number: str | None = Field(description="The maker's serial number.")
    os: str | None = Field(description="The operating system, as monitoring tells it.")
    state: AssetState = Field(description="Active assets are billed as managed seats.")
    assigned_to: str | None = Field(description="The person who uses it.")
    last_audit_at: Timestamp | None = Field(description="When monitoring last took stock of it.")
    created_at: Timestamp = Field(description="When it was first known.")
    updated_at: Timestamp = Field(description="When it was changed last.")
