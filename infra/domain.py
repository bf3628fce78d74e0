"""A name of the owner's own for the HTTP front."""

from __future__ import annotations

from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_certificatemanager as acm
from constructs import Construct

from infra.options import Options


class Domain(Construct):
    """`target`: the host name that the owner's DNS must lead the domain's name to."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        http: gateway.HttpApi,
        stage: gateway.HttpStage,
        options: Options,
    ) -> None:
        super().__init__(scope, id_)
        name = gateway.DomainName(
            self,
            "Name",
            domain_name=options.domain_name,
            certificate=acm.Certificate.from_certificate_arn(
                self, "Certificate", options.certificate_arn
            ),
            # All that HTTP APIs offer.
            security_policy=gateway.SecurityPolicy.TLS_1_2,
        )
        gateway.ApiMapping(self, "Mapping", api=http, domain_name=name, stage=stage)
        self.target = name.regional_domain_name
