"""Scopes in the words of people: what an app may do that has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """What a scope is called, and what it means."""

    title: str
    meaning: str


SCOPES: Final[Mapping[str, Words]] = {
    "openid": Words(
        "Know that it is you", "An identifier of your account, and when you signed in."
    ),
    "email": Words("See your e-mail address", "The address that you sign in with."),
    "employer_access": Words(
        "Act for your employers",
        "See which employers you act for, and use its other permissions for them.",
    ),
    "interviews.schedule": Words(
        "Schedule interviews", "See, plan, change and cancel interviews with candidates."
    ),
    "employer.hosted_job": Words("Manage jobs", "Create, change and close job postings."),
    "employer.hosted_job.read": Words("See jobs", "Read job postings and how they are doing."),
    "conversations": Words(
        "Write to candidates", "Send messages to candidates in your name, and read the replies."
    ),
    "conversations.read": Words(
        "Read messages", "Read the conversations with candidates, without answering."
    ),
    "employer.advertising.account": Words(
        "Manage the advertising account", "Change its budget and its details."
    ),
    "employer.advertising.account.read": Words(
        "See the advertising account", "Read its budget, its details and its contacts."
    ),
    "employer.advertising.subaccount": Words(
        "Manage subaccounts", "Open advertising accounts under the master account."
    ),
    "employer.advertising.subaccount.read": Words(
        "See subaccounts", "Read which accounts there are under the master account."
    ),
    "employer.advertising.campaign": Words(
        "Manage campaigns", "Create campaigns, change their budgets, pause and end them."
    ),
    "employer.advertising.campaign.read": Words(
        "See campaigns", "Read campaigns, their budgets and their jobs."
    ),
    "employer.advertising.campaign_report.read": Words(
        "See campaign reports", "Read views, clicks, applications and costs of campaigns."
    ),
    "live-queries:read": Words(
        "See which live figures there are", "Read the catalogue of live figures."
    ),
    "live-subscriptions:write": Words(
        "Set up live figures", "Choose live figures to be sent as they change."
    ),
    "live-subscriptions:read": Words(
        "Watch live figures", "Receive the live figures that were set up."
    ),
    "offline_access": Words(
        "Stay connected",
        "Keep these permissions while you are away, until 60 days without use have passed or "
        "you take them back.",
    ),
}
"""Every known scope, in the order in which people are asked."""
