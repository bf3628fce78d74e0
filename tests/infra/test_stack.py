"""The template of the deployed system keeps the rules that matter."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.package import RUNTIME
from infra.routes import ROUTES
from invoice_sync.sync.shared_payments import LEASE_SECONDS

from .conftest import make_stack, template_of

if TYPE_CHECKING:
    from infra.stack import InvoiceSyncStack


FUNCTIONS = {path.stem for path in (Path(__file__).parents[2] / "functions").glob("*.py")}


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: one.get("Properties", {})
        for name, one in template["Resources"].items()
        if one["Type"] == kind
    }


def the_one(template: dict[str, Any], kind: str) -> dict[str, Any]:
    (properties,) = of_type(template, kind).values()
    return properties


def function(template: dict[str, Any], name: str) -> dict[str, Any]:
    functions = of_type(template, "AWS::Lambda::Function").values()
    return next(one for one in functions if one["Handler"] == f"{name}.handler")


# -- checks by others


def test_no_finding_of_cdk_nag_is_unexplained(stack: InvoiceSyncStack) -> None:
    from cdk_nag import AwsSolutionsChecks

    report = AwsSolutionsChecks(stack.node.root).validate_scope(stack)
    assert [one.rule_name for one in report.violations or ()] == []


def test_cdk_nag_would_find_something(tmp_path: Path) -> None:
    from aws_cdk import aws_sqs
    from cdk_nag import AwsSolutionsChecks

    stack = make_stack(tmp_path)
    aws_sqs.Queue(stack, "Careless")
    report = AwsSolutionsChecks(stack.node.root).validate_scope(stack)
    assert {one.rule_name for one in report.violations or ()} == {
        "AwsSolutions-SQS3",
        "AwsSolutions-SQS4",
    }


def test_cfn_lint_is_clean(template: dict[str, Any]) -> None:
    from cfnlint import lint_all

    findings = lint_all(json.dumps(template))
    # W3005: CDK writes dependencies that a reference makes already. I...: remarks, no findings.
    assert [str(f) for f in findings if f.rule.id != "W3005" and f.rule.id[0] != "I"] == []


# -- functions


def test_every_file_of_functions_is_deployed_and_nothing_else(template: dict[str, Any]) -> None:
    functions = of_type(template, "AWS::Lambda::Function").values()
    assert {one["Handler"].removesuffix(".handler") for one in functions} == FUNCTIONS
    assert len(functions) == 7


def test_every_function_is_arm64_with_json_logs_that_end(template: dict[str, Any]) -> None:
    groups = of_type(template, "AWS::Logs::LogGroup")
    assert len(groups) == 8  # seven functions and the access log
    assert {one["RetentionInDays"] for one in groups.values()} == {90}
    used = set()
    for one in of_type(template, "AWS::Lambda::Function").values():
        assert one["Architectures"] == ["arm64"]
        assert one["Runtime"] == f"python{RUNTIME}"
        assert one["LoggingConfig"]["LogFormat"] == "JSON"
        used.add(one["LoggingConfig"]["LogGroup"]["Ref"])
        assert "VpcConfig" not in one
    assert len(used) == 7
    assert used < set(groups)


def test_every_function_has_a_role_of_its_own(template: dict[str, Any]) -> None:
    functions = of_type(template, "AWS::Lambda::Function").values()
    assert len({one["Role"]["Fn::GetAtt"][0] for one in functions}) == 7
    for role in of_type(template, "AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role


def test_a_lost_worker_frees_its_records_before_its_messages_come_again(
    template: dict[str, Any],
) -> None:
    timeout = function(template, "sync_worker")["Timeout"]
    mapping = the_one(template, "AWS::Lambda::EventSourceMapping")
    hints = queues(template)["hints"]
    window = mapping["MaximumBatchingWindowInSeconds"]
    assert timeout < LEASE_SECONDS < hints["VisibilityTimeout"]
    assert hints["VisibilityTimeout"] >= 6 * timeout
    assert window <= 1, "a window is latency for everybody"


def test_only_the_worker_may_feed_itself(template: dict[str, Any]) -> None:
    loops = {
        one["Handler"]: one["RecursiveLoop"]
        for one in of_type(template, "AWS::Lambda::Function").values()
    }
    assert loops.pop("sync_worker.handler") == "Allow"
    assert set(loops.values()) == {"Terminate"}


# -- queue, table, secrets


def queues(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    every = of_type(template, "AWS::SQS::Queue")
    (hints,) = [queue for queue in every.values() if "RedrivePolicy" in queue]
    dead_name = hints["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert len(every) == 2
    return {"hints": hints, "dead": every[dead_name]}


def test_the_queue_is_standard_and_what_nobody_could_process_stays_14_days(
    template: dict[str, Any],
) -> None:
    hints, dead = queues(template)["hints"], queues(template)["dead"]
    assert "FifoQueue" not in hints
    assert hints["RedrivePolicy"]["maxReceiveCount"] >= 5
    assert dead["MessageRetentionPeriod"] == 14 * 86400
    assert hints["SqsManagedSseEnabled"]
    assert dead["SqsManagedSseEnabled"]


def test_a_batch_fails_message_by_message_and_few_workers_run_at_once(
    template: dict[str, Any],
) -> None:
    mapping = the_one(template, "AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_concurrency_is_shared_unless_the_owner_can_spare_some(template: dict[str, Any]) -> None:
    """An account with a quota of ten cannot reserve any: the deployment would fail."""
    functions = of_type(template, "AWS::Lambda::Function").values()
    assert not [one for one in functions if "ReservedConcurrentExecutions" in one]


def test_an_owner_can_keep_room_for_webhooks_and_worker_and_cap_what_strangers_start() -> None:
    template = template_of(reservedConcurrency=True)
    reserved: dict[str, int] = {
        name: function(template, name).get("ReservedConcurrentExecutions", 0) for name in FUNCTIONS
    }
    assert reserved.pop("sweep") == 0  # one runs at a time
    assert reserved.pop("preflight") == 0  # a few, while a deployment begins
    assert reserved["hubspot_webhook"] >= 10  # HubSpot sends ten deliveries at a time
    assert min(reserved.values()) > 0
    # 100 must stay for all else of an account (AWS Lambda guide, "Reserved concurrency").
    assert sum(reserved.values()) <= 50
    mapping = the_one(template, "AWS::Lambda::EventSourceMapping")
    # Fewer than the mapping starts would be throttled, and end as dead letters.
    assert reserved["sync_worker"] > mapping["ScalingConfig"]["MaximumConcurrency"]


def test_the_table_is_on_demand_recoverable_and_protected(template: dict[str, Any]) -> None:
    table = the_one(template, "AWS::DynamoDB::GlobalTable")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    (replica,) = table["Replicas"]
    assert replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert replica["DeletionProtectionEnabled"]


@pytest.mark.parametrize(("removal", "protected"), [("retain", True), ("destroy", False)])
def test_a_stack_that_is_to_stay_is_not_deleted_by_mistake(
    tmp_path: Path, removal: str, protected: bool
) -> None:
    assert make_stack(tmp_path, removalPolicy=removal).termination_protection is protected


def test_what_holds_data_survives_the_stack(template: dict[str, Any]) -> None:
    for kind in ("AWS::DynamoDB::GlobalTable", "AWS::SecretsManager::Secret"):
        (one,) = [r for r in template["Resources"].values() if r["Type"] == kind]
        assert one["DeletionPolicy"] == one["UpdateReplacePolicy"] == "Retain"


def test_no_update_of_the_stack_replaces_what_the_owner_stored(template: dict[str, Any]) -> None:
    # CloudFormation makes a new version when either of the two is there and changes.
    secret = the_one(template, "AWS::SecretsManager::Secret")
    assert secret.keys().isdisjoint({"SecretString", "GenerateSecretString"})


def test_two_stacks_of_an_account_share_no_secret() -> None:
    def prefix_of(name: str) -> str:
        template = template_of(stackName=name)
        given = {
            one["Properties"]["Environment"]["Variables"]["CONNECTION_SECRETS"]
            for one in template["Resources"].values()
            if one["Type"] == "AWS::Lambda::Function"
        }
        (prefix,) = given
        arns = re.findall(r':secret:([^"*]+)\*"', json.dumps(template))
        assert arns
        assert set(arns) == given
        return str(prefix)

    books, sandbox = prefix_of("books"), prefix_of("books-sandbox")
    assert not books.startswith(sandbox)
    assert not sandbox.startswith(books)


# -- the front


def test_the_front_is_throttled_and_its_log_names_nobody(template: dict[str, Any]) -> None:
    stage = the_one(template, "AWS::ApiGatewayV2::Stage")
    assert stage["StageName"] == "$default"
    assert 0 < stage["DefaultRouteSettings"]["ThrottlingRateLimit"] <= 100
    assert 0 < stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] <= 200
    logged = set(json.loads(stage["AccessLogSettings"]["Format"]).values())
    assert {"$context.routeKey", "$context.status", "$context.integrationErrorMessage"} <= logged
    # hubspot.fetch puts the user's e-mail address into the query, which is part of the path.
    personal = ("path", "query", "sourceIp", "userAgent", "identity")
    assert not [one for one in logged if any(word in one for word in personal)]


def test_webhooks_have_a_throttle_of_their_own(template: dict[str, Any]) -> None:
    """Who floods the API does not keep webhooks out."""
    (stage,) = (
        one for one in template["Resources"].values() if one["Type"] == "AWS::ApiGatewayV2::Stage"
    )
    own = stage["Properties"]["RouteSettings"]
    webhooks = {path for _, path, _ in ROUTES if path.startswith("/webhooks/")}
    assert own.keys() == {f"POST {path}" for path in webhooks}
    assert len(own) == 2
    routes = {
        name: one["RouteKey"] for name, one in of_type(template, "AWS::ApiGatewayV2::Route").items()
    }
    for settings in own.values():
        assert 0 < settings["ThrottlingRateLimit"] <= 200
        assert 0 < settings["ThrottlingBurstLimit"] <= 400
    # AWS refuses settings of a route that is not there yet.
    assert own.keys() <= {routes.get(name) for name in stage["DependsOn"]}


def test_roles_are_only_for_services_that_act_for_this_account(template: dict[str, Any]) -> None:
    services = set()
    for role in of_type(template, "AWS::IAM::Role").values():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        service = statement["Principal"]["Service"]
        services.add(service)
        conditions = dict(statement["Condition"].pop("StringEquals"))
        assert statement["Condition"] == {}
        assert conditions.pop("aws:SourceAccount") == {"Ref": "AWS::AccountId"}
        if service == "scheduler.amazonaws.com":
            arn = conditions.pop("aws:SourceArn")["Fn::Join"][1]
            assert arn[-1] == ":schedule-group/default"
            (schedule,) = of_type(template, "AWS::Scheduler::Schedule").values()
            assert "GroupName" not in schedule
        assert conditions == {}
    acting = ("codedeploy", "lambda", "scheduler")
    assert services == {f"{service}.amazonaws.com" for service in acting}


def test_nobody_else_may_call_the_functions(template: dict[str, Any]) -> None:
    for one in of_type(template, "AWS::Lambda::Permission").values():
        assert one["Principal"] == "apigateway.amazonaws.com"
        assert "SourceArn" in one


def test_the_sweep_runs_every_few_minutes(template: dict[str, Any]) -> None:
    schedule = the_one(template, "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "rate(5 minutes)"
    assert schedule["State"] == "ENABLED"
    assert function(template, "sweep")["Timeout"] < 300


# -- options


def test_destroy_leaves_nothing_behind() -> None:
    template = template_of(removalPolicy="destroy", logRetentionDays=7, stackName="trial")
    table = the_one(template, "AWS::DynamoDB::GlobalTable")
    assert not table["Replicas"][0]["DeletionProtectionEnabled"]
    kept = {
        one["Type"]
        for one in template["Resources"].values()
        if one.get("DeletionPolicy", "Delete") != "Delete"
    }
    assert kept == set()
    groups = of_type(template, "AWS::Logs::LogGroup").values()
    assert {one["RetentionInDays"] for one in groups} == {7}
    assert all("trial" in one["LogGroupName"] for one in groups)


def test_options_reach_the_functions() -> None:
    template = template_of(
        quickbooks="sandbox",
        settings={"createCustomers": True},
        portalIds=["1", 2],
        failingThreshold=7,
    )
    variables = function(template, "connect")["Environment"]["Variables"]
    assert variables["QUICKBOOKS_BASE_URL"] == "https://sandbox-quickbooks.api.intuit.com"
    assert variables["ALLOWED_PORTAL_IDS"] == "1,2"
    assert json.loads(variables["DEFAULT_SETTINGS"]) == {"createCustomers": True}
    alarms = of_type(template, "AWS::CloudWatch::Alarm").values()
    (failing,) = [one for one in alarms if one.get("MetricName") == "InvoicesFailed"]
    assert failing["Threshold"] == 7


def test_a_pinned_account_and_region_change_nothing_else(tmp_path: Path) -> None:
    from aws_cdk.assertions import Template
    from cdk_nag import AwsSolutionsChecks

    anywhere = Template.from_stack(make_stack(tmp_path)).to_json()
    stack = make_stack(tmp_path, account="123456789012", region="eu-central-1")
    assert (stack.account, stack.region) == ("123456789012", "eu-central-1")
    report = AwsSolutionsChecks(stack.node.root).validate_scope(stack)
    assert [one.rule_name for one in report.violations or ()] == []
    kinds = [
        {
            # The name of a version ends with a hash, of the bucket that its code comes from too.
            name[:-32] if one["Type"] == "AWS::Lambda::Version" else name: one["Type"]
            for name, one in each["Resources"].items()
        }
        for each in (anywhere, Template.from_stack(stack).to_json())
    ]
    assert kinds[0] == kinds[1]
