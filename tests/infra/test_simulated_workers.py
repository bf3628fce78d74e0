"""The benchmark simulates the workers that the stack makes."""

from __future__ import annotations

from tests.benchmarks.simulation import lambdas


def test_the_benchmark_polls_and_ends_workers_as_the_stack_does() -> None:
    from infra import ingest, sync  # CDK takes long to import

    assert lambdas.BATCH == sync.BATCH_SIZE
    assert sync.BATCHING_WINDOW.to_seconds() == lambdas.WINDOW
    assert ingest.WORKER_TIMEOUT.to_seconds() == lambdas.TIMEOUT
