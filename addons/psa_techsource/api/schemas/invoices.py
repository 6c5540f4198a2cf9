"""Invoices and credit notes, as they go out."""

from datetime import date as Date
from typing import Annotated, Literal

from pydantic import Field

from odoo.addons.psa_base.api.schemas.common import ChangeQuery, Schema, Timestamp, line

Kind = Literal["invoice", "credit_note"]
PaymentState = Literal["not_paid", "in_payment", "partial", "paid", "reversed"]

# Text, because a number of JSON is a binary fraction in most programs, and a cent is none.
Decimal = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$")]


class InvoiceQuery(ChangeQuery):
    kind: Kind | None = Field(None, description="Only invoices, or only credit notes.")
    payment_state: PaymentState | None = Field(None, description="Only those in this state of payment.")
    number: line(64) | None = Field(None, description="Only the one with this number.")


class InvoiceSummary(Schema):
    id: int = Field(description="Id of the invoice.")
    number: str = Field(description="Number of the invoice, as it is printed.", examples=["INV/2026/00042"])
    kind: Kind = Field(description="The amounts of a credit note are what it gives back, above zero.")
    reference: str | None = Field(description="Your own reference, where one was given.")
    payment_reference: str | None = Field(description="What to write on the payment.")
    invoice_date: Date = Field(description="Day of the invoice.")
    due_date: Date | None = Field(description="Last day to pay.")
    currency: str = Field(description="Currency of all amounts (ISO 4217).", examples=["AUD"])
    amount_untaxed: Decimal = Field(description="Total before tax.", examples=["1500.00"])
    amount_tax: Decimal = Field(description="Total of the taxes.", examples=["150.00"])
    amount_total: Decimal = Field(description="Total with tax.", examples=["1650.00"])
    amount_due: Decimal = Field(description="What is left to pay.", examples=["1650.00"])
    payment_state: PaymentState = Field(
        description="`in_payment`: paid, and not yet seen on our bank account. `reversed`: taken back by a credit note."
    )
    updated_at: Timestamp = Field(description="Last change of anything here, payments among them.")


class InvoiceTax(Schema):
    name: str = Field(description="Name of the tax.", examples=["GST 10%"])
    base: Decimal = Field(description="Amount that is taxed.", examples=["1500.00"])
    amount: Decimal = Field(description="The tax on it.", examples=["150.00"])


class InvoiceSvr(Schema):
    id: int = Field(description="Id of the service report.")
    number: str = Field(description="Number of the service report.", examples=["SVR00012"])


class InvoiceLine(Schema):
    description: str = Field(description="What is billed.")
    quantity: Decimal = Field(description="How much of it.", examples=["1.5"])
    unit: str | None = Field(description="Unit of the quantity.", examples=["Hours"])
    unit_price: Decimal = Field(description="Price of one unit before discount, as the line's taxes have it.")
    discount_percent: Decimal = Field(description="Discount on the price, in percent.", examples=["0"])
    taxes: list[str] = Field(description="Names of the taxes on the line.")
    amount_untaxed: Decimal = Field(description="Total of the line before tax.")
    amount_total: Decimal = Field(description="Total of the line with tax.")
    svr: InvoiceSvr | None = Field(description="The approved service report that the line bills.")


class InvoiceOut(InvoiceSummary):
    lines: list[InvoiceLine] = Field(description="What is billed, in the order of the invoice.")
    taxes: list[InvoiceTax] = Field(description="The taxes, summed up as on the invoice.")
