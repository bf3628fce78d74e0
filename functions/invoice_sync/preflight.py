"""Asks a new version of a function a few questions before it gets any request.

A canary of a small deployment sees no request at all, as a rule. So the new version must first
answer these questions. That takes its modules, its environment, its secret and the right to read
it, and changes nothing. CodeDeploy begins this and waits for the result (CodeDeploy guide, "AppSpec
'hooks' section for an AWS Lambda deployment").
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from invoice_sync.runtime.log import Log, described

# The alias that requests go to.
LIVE = "live"
# The environment variable that names the new versions: JSON, the ARN of each by function.
VERSIONS = "VERSIONS"

# By function. Nobody signed them: the functions read the app secret, then refuse.
QUESTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "api": (("GET", "/health"), ("GET", "/openapi.json"), ("GET", "/v1/connection")),
    "connect": (("GET", "/connect/hubspot"),),
    "hubspot_webhook": (("POST", "/webhooks/hubspot"),),
    "quickbooks_webhook": (("POST", "/webhooks/quickbooks"),),
}

# The deployment that a rollback returns to is not asked: it has worked.
_GOING_BACK = {"codeDeployRollback", "CloudFormationRollback"}


@dataclass(frozen=True)
class Preflight:
    """Works with boto3's clients of Lambda and CodeDeploy."""

    lambda_: Any
    codedeploy: Any
    # The ARN of the new version, by function.
    versions: Mapping[str, str]
    log: Log

    def run(self, deployment_id: str, hook_execution_id: str) -> None:
        """Say whether this deployment may go on."""
        status = "Succeeded" if self._may_go_on(deployment_id) else "Failed"
        self.codedeploy.put_lifecycle_event_hook_execution_status(
            deploymentId=deployment_id,
            lifecycleEventHookExecutionId=hook_execution_id,
            status=status,
        )

    def _may_go_on(self, deployment_id: str) -> bool:
        """Tell whether the deployment may go on. Trouble of any kind is a no: without a result
        CodeDeploy would wait for an hour."""
        try:
            deployment = self.codedeploy.get_deployment(deploymentId=deployment_id)
            about = deployment["deploymentInfo"]
            if about["creator"] in _GOING_BACK:
                return True
            function = about["deploymentGroupName"]
            return all(self._is_as_good(function, *question) for question in QUESTIONS[function])
        except Exception as error:
            self.log.error("the new version could not be asked", extra=described(error))
            return False

    def _is_as_good(self, function: str, method: str, path: str) -> bool:
        """Tell whether the new version answers, or fails as the version before it does. That is old
        trouble, such as an app secret that is not filled in, and must not keep a new version
        out."""
        new = self.versions[function]
        live = f"{new.rpartition(':')[0]}:{LIVE}"
        answers = {"function": function, "question": f"{method} {path}"}
        answers["newVersion"] = self._ask(new, method, path)
        if not _is_failure(answers["newVersion"]):
            self.log.info("the new version answers", extra=answers)
            return True
        answers["versionBefore"] = self._ask(live, method, path)
        if _is_failure(answers["versionBefore"]):
            self.log.warning("the new version fails, as the one before it", extra=answers)
            return True
        self.log.error("the new version fails", extra=answers)
        return False

    def _ask(self, arn: str, method: str, path: str) -> str:
        """Return the status of the answer, or what Lambda calls the error."""
        answer = self.lambda_.invoke(FunctionName=arn, Payload=json.dumps(_event(method, path)))
        if error := answer.get("FunctionError"):
            return str(error)
        return str(json.loads(answer["Payload"].read())["statusCode"])


def _is_failure(answer: str) -> bool:
    return not answer.isdigit() or int(answer) >= 500


def _event(method: str, path: str) -> dict[str, Any]:
    """Return a request as API Gateway hands it on (payload 2.0)."""
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {},
        "requestContext": {
            "domainName": "preflight.invalid",
            "http": {"method": method, "path": path},
            "requestId": "preflight",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
