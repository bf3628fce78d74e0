"""How a new version of the functions behind the front takes over, and what turns it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra import release
from infra.routes import ROUTES
from invoice_sync.preflight import LIVE, QUESTIONS, VERSIONS
from invoice_sync.runtime import metrics

from .cloudwatch import evaluated
from .conftest import OPTIONS, make_stack, template_of
from .test_alarms import telling
from .test_options import DOMAIN
from .test_stack import function, of_type, the_one

BEHIND_THE_FRONT = {name for _, _, name in ROUTES}


def named(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return versions or aliases by the functions that they are of."""
    handlers = {
        logical_id: one["Handler"].removesuffix(".handler")
        for logical_id, one in of_type(template, "AWS::Lambda::Function").items()
    }
    return {
        handlers[one["Properties"]["FunctionName"]["Ref"]]: {"id": logical_id, **one}
        for logical_id, one in template["Resources"].items()
        if one["Type"] == kind
    }


def versions(template: dict[str, Any]) -> dict[str, str]:
    """Return the logical ids. CloudFormation publishes a version under each id that is new."""
    return {name: one["id"] for name, one in named(template, "AWS::Lambda::Version").items()}


def aliases(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return named(template, "AWS::Lambda::Alias")


def stops(template: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the one alarm that stops a deployment of that function."""
    alias = aliases(template)[name]
    group_id = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"]["Ref"]
    group = of_type(template, "AWS::CodeDeploy::DeploymentGroup")[group_id]
    assert group["AlarmConfiguration"]["Enabled"]
    (alarm,) = group["AlarmConfiguration"]["Alarms"]
    return of_type(template, "AWS::CloudWatch::Alarm")[alarm["Name"]["Ref"]]


def test_requests_go_to_an_alias_and_queue_and_schedule_to_the_newest(
    template: dict[str, Any],
) -> None:
    assert set(aliases(template)) == set(versions(template)) == BEHIND_THE_FRONT
    asked = {one["id"] for one in aliases(template).values()}
    routes = of_type(template, "AWS::ApiGatewayV2::Integration").values()
    assert {one["IntegrationUri"]["Ref"] for one in routes} == asked
    may_be_called = of_type(template, "AWS::Lambda::Permission").values()
    assert {one["FunctionName"]["Ref"] for one in may_be_called} == asked
    mapping = the_one(template, "AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionName"]["Ref"] in of_type(template, "AWS::Lambda::Function")


@pytest.mark.parametrize("name", sorted(BEHIND_THE_FRONT))
class TestEachFunction:
    def test_it_goes_on_to_the_new_version_step_by_step(
        self, template: dict[str, Any], name: str
    ) -> None:
        alias = aliases(template)[name]
        properties = alias["Properties"]
        assert properties["Name"] == LIVE
        assert properties["FunctionVersion"] == {
            "Fn::GetAtt": [versions(template)[name], "Version"]
        }
        policy = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
        groups = of_type(template, "AWS::CodeDeploy::DeploymentGroup")
        group = groups[policy["DeploymentGroupName"]["Ref"]]
        # `preflight` is told the name of the group and asks that function.
        assert group["DeploymentGroupName"] == name
        assert name in QUESTIONS
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
        back = group["AutoRollbackConfiguration"]
        assert back["Enabled"]
        assert set(back["Events"]) == {"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"}

    def test_it_is_asked_first(self, template: dict[str, Any], name: str) -> None:
        alias = aliases(template)[name]
        hook = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["BeforeAllowTrafficHook"]["Ref"]
        asks = template["Resources"][hook]["Properties"]
        assert asks["Handler"] == "preflight.handler"
        told = asks["Environment"]["Variables"][VERSIONS]["Fn::Join"][1]
        filled_in = "".join(part if isinstance(part, str) else part["Ref"] for part in told)
        assert json.loads(filled_in) == versions(template)
        # It knows the new versions, and may ask, before the alias begins to move.
        rights = {
            logical_id
            for logical_id, one in of_type(template, "AWS::IAM::Policy").items()
            if one["Roles"] == [{"Ref": asks["Role"]["Fn::GetAtt"][0]}]
        }
        assert rights
        assert hook in alias["DependsOn"]
        assert rights <= set(template["Resources"][hook]["DependsOn"])

    def test_only_its_new_version_turns_it_back(self, template: dict[str, Any], name: str) -> None:
        """An alarm that is on already stops every deployment, that of the remedy too."""
        alarm, version = (
            stops(template, name),
            {"Fn::GetAtt": [versions(template)[name], "Version"]},
        )
        looked_at = [
            one["MetricStat"]["Metric"]
            for one in alarm.get("Metrics", [alarm])
            if "MetricStat" in one
        ] or [alarm]
        for metric in looked_at:
            by = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
            assert by["ExecutedVersion"] == version
            assert by["FunctionName"] == aliases(template)[name]["Properties"]["FunctionName"]
        # A new name is a new alarm, which is not on.
        assert version in alarm["AlarmName"]["Fn::Join"][1]
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["Threshold"] == 0
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"


def test_none_of_the_alarms_that_tell_somebody_turns_a_deployment_back(
    template: dict[str, Any],
) -> None:
    stopping = [stops(template, name) for name in BEHIND_THE_FRONT]
    assert not [one for one in stopping if one in telling(template)]
    assert len(stopping) + len(telling(template)) == len(
        of_type(template, "AWS::CloudWatch::Alarm")
    )


@pytest.mark.parametrize("name", ["api", "connect"])
def test_a_bug_that_the_function_answers_itself_turns_it_back(
    template: dict[str, Any], name: str
) -> None:
    alarm = stops(template, name)
    (bugs,) = [
        one["Id"]
        for one in alarm["Metrics"]
        if one.get("MetricStat", {}).get("Metric", {}).get("MetricName") == metrics.SERVER_ERRORS
    ]
    (metric,) = [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if one["Id"] == bugs]
    # What is sent has these and no other: tests/unit/runtime/test_server_errors.py.
    assert {one["Name"] for one in metric["Dimensions"]} == {
        "ExecutedVersion",
        "FunctionName",
        "service",
    }
    (errors,) = [one["Id"] for one in alarm["Metrics"] if "MetricStat" in one and one["Id"] != bugs]
    assert evaluated(alarm, {bugs: 1, errors: None}) > alarm["Threshold"]
    assert evaluated(alarm, {bugs: None, errors: 1}) > alarm["Threshold"]
    assert evaluated(alarm, {bugs: None, errors: 0}) <= alarm["Threshold"]


class TestWhatMakesANewVersion:
    @pytest.mark.parametrize(
        "change",
        [
            {"portalIds": ["24680", "24681", "24682"]},
            {"quickbooks": "sandbox"},
            {"settings": {"createCustomers": True}},
        ],
    )
    def test_an_option_that_the_functions_read(
        self, template: dict[str, Any], change: dict[str, Any]
    ) -> None:
        before = versions(template)
        after = versions(template_of(**{**OPTIONS, **change}))
        assert before.keys() == after.keys()
        assert not set(before.values()) & set(after.values())

    def test_another_package(self, tmp_path: Path) -> None:
        """In a release too, whose template names no package."""
        from aws_cdk.assertions import Template

        made: list[dict[str, str]] = []
        for word in ("one", "one", "other"):
            code = tmp_path / str(len(made))
            code.mkdir()
            (code / "api.py").write_text(word)
            stack = make_stack(code, **release.PLACEHOLDERS)
            made.append(versions(release.released(dict(Template.from_stack(stack).to_json()))))
        first, same, other = made
        assert first == same
        assert not set(first.values()) & set(other.values())

    @pytest.mark.parametrize(
        "change",
        [
            {"alarmEmail": "else@example.com"},
            {"logRetentionDays": 30},
            {"dashboards": False},
            {"reservedConcurrency": True},
            {"removalPolicy": "destroy"},
            {"tags": {"costCentre": "books"}},
            {"permissionsBoundaryArn": "arn:aws:iam::123456789012:policy/boundary"},
            DOMAIN,
        ],
    )
    def test_no_other(self, template: dict[str, Any], change: dict[str, Any]) -> None:
        """Lambda publishes no version of a function that is as it was: CloudFormation fails."""
        assert versions(template_of(**{**OPTIONS, **change})) == versions(template)


def test_no_version_stays_behind(template: dict[str, Any]) -> None:
    """CloudFormation deletes the one before once all has gone well: 75 GB are an account's."""
    for one in named(template, "AWS::Lambda::Version").values():
        assert one.get("DeletionPolicy", "Delete") == "Delete"
        assert one.get("UpdateReplacePolicy", "Delete") == "Delete"


def rights(template: dict[str, Any], role: str) -> set[tuple[str, str]]:
    """Return actions and resources, the latter as text."""
    found = set()
    for policy in of_type(template, "AWS::IAM::Policy").values():
        if policy["Roles"] == [{"Ref": role}]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions, on = statement["Action"], statement["Resource"]
                for action in actions if isinstance(actions, list) else [actions]:
                    for resource in on if isinstance(on, list) else [on]:
                        found.add((action, json.dumps(resource)))
    return found


def arn(logical_id: str, more: str = "") -> str:
    own = {"Fn::GetAtt": [logical_id, "Arn"]}
    return json.dumps({"Fn::Join": ["", [own, more]]} if more else own)


def test_codedeploy_may_shift_these_aliases_and_no_others(template: dict[str, Any]) -> None:
    groups = of_type(template, "AWS::CodeDeploy::DeploymentGroup").values()
    ((role, _),) = {tuple(one["ServiceRoleArn"]["Fn::GetAtt"]) for one in groups}
    functions = [one["Properties"]["FunctionName"]["Ref"] for one in aliases(template).values()]
    (hook,) = {
        one["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["BeforeAllowTrafficHook"]["Ref"]
        for one in aliases(template).values()
    }
    assert rights(template, role) == {
        ("cloudwatch:DescribeAlarms", json.dumps("*")),
        ("lambda:InvokeFunction", arn(hook)),
        *(
            (f"lambda:{action}", arn(each, more))
            for action in ("GetAlias", "GetProvisionedConcurrencyConfig", "UpdateAlias")
            for each in functions
            for more in ("", ":*")
        ),
    }


def test_preflight_may_ask_and_tell_and_no_more(template: dict[str, Any]) -> None:
    asks = function(template, "preflight")
    found = rights(template, asks["Role"]["Fn::GetAtt"][0])
    functions = [one["Properties"]["FunctionName"]["Ref"] for one in aliases(template).values()]
    asked = {("lambda:InvokeFunction", arn(each, ":*")) for each in functions}
    log = asks["LoggingConfig"]["LogGroup"]["Ref"]
    written = {(f"logs:{one}", arn(log)) for one in ("CreateLogStream", "PutLogEvents")}
    told = found - asked - written
    assert asked | written <= found
    assert {action for action, _ in told} == {
        "codedeploy:GetDeployment",
        "codedeploy:PutLifecycleEventHookExecutionStatus",
    }
    groups = {resource.rpartition("/")[2].split('"')[0] for _, resource in told}
    assert groups == BEHIND_THE_FRONT
    assert all(":deploymentgroup:" in resource and "*" not in resource for _, resource in told)
