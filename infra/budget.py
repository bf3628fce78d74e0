"""Tells the operators when the deployment costs more than its owner planned."""

from __future__ import annotations

import hashlib
from typing import Literal

from aws_cdk import Aws
from aws_cdk.aws_budgets import CfnBudget
from constructs import Construct

from infra.options import Options

_TOLD: tuple[tuple[Literal["ACTUAL", "FORECASTED"], int], ...] = (
    ("ACTUAL", 80),
    ("ACTUAL", 100),
    ("FORECASTED", 100),
)


class Budget(Construct):
    def __init__(self, scope: Construct, id_: str, options: Options) -> None:
        super().__init__(scope, id_)
        subscriber = CfnBudget.SubscriberProperty(
            address=options.alarm_email, subscription_type="EMAIL"
        )
        CfnBudget(
            self,
            "Monthly",
            budget=CfnBudget.BudgetDataProperty(
                # Budgets belong to the account, stacks to a region of it. For another subscriber
                # CloudFormation makes a new one before it deletes the old: that needs another name.
                budget_name=f"{options.stack_name} in {Aws.REGION} ({_digest(options)})",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=CfnBudget.SpendProperty(amount=options.monthly_budget, unit="USD"),
                # Counted only from when somebody has activated the tag for cost allocation.
                cost_filters={"TagKeyValue": [f"user:service${options.stack_name}"]},
            ),
            notifications_with_subscribers=[
                CfnBudget.NotificationWithSubscribersProperty(
                    notification=CfnBudget.NotificationProperty(
                        notification_type=kind,
                        comparison_operator="GREATER_THAN",
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[subscriber],
                )
                for kind, percent in _TOLD
            ],
        )


def _digest(options: Options) -> str:
    """Return a few letters that change with who is told of what."""
    return hashlib.sha256(f"{options.alarm_email} {_TOLD}".encode()).hexdigest()[:6]
