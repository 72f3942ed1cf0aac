"""The tables of the community app, one module a noun."""

from community.models.appointments import Appointment
from community.models.areas import Area, Unit
from community.models.clocks import Clock, Holiday, Rule
from community.models.codes import FactorGuess, PhoneCode
from community.models.files import StoredFile
from community.models.homes import CompoundProfile, Dwelling, FormerMember, Household, Ownership
from community.models.notices import Delivery, Notice, NoticePreference, NoticeTemplate, OutboxMessage
from community.models.people import Resident, User
from community.models.privacy import (
    Consent,
    ConsentText,
    Erasure,
    Guardianship,
    ReceiptSeries,
    Representation,
    RetentionSweep,
    Reveal,
)
from community.models.recovering import Recovery
from community.models.reviews import Hiding
from community.models.verifying import AddressLetter, VerificationRecord, VerificationRequest

__all__ = [
    "AddressLetter",
    "Appointment",
    "Area",
    "Clock",
    "CompoundProfile",
    "Consent",
    "ConsentText",
    "Delivery",
    "Dwelling",
    "Erasure",
    "FactorGuess",
    "FormerMember",
    "Guardianship",
    "Hiding",
    "Holiday",
    "Household",
    "Notice",
    "NoticePreference",
    "NoticeTemplate",
    "OutboxMessage",
    "Ownership",
    "PhoneCode",
    "ReceiptSeries",
    "Recovery",
    "Representation",
    "Resident",
    "RetentionSweep",
    "Reveal",
    "Rule",
    "StoredFile",
    "Unit",
    "User",
    "VerificationRecord",
    "VerificationRequest",
]
