"""DynamoDB, SQS and Secrets Manager in this process: a strict double for tests that run by the
thousand.

It stands where boto3's clients are: a client of the double has the methods, checks, exceptions and
paginators of botocore's own, and only what would go over the network is answered here. It takes
only what AWS documents. What it does not know raises `NotImplementedError`. `tests/memory` compares
it with moto.
"""
