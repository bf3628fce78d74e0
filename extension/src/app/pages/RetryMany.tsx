import { Alert, Flex, LoadingButton, ProgressBar } from '@hubspot/ui-extensions';
import { type Answer, type ApiError, call, PAGES, useAnswer, usePolling, withQuery } from '@invoice-sync/shared';
import { useState } from 'react';

type Retry = Answer<'RetryAnswer'>;
const words = PAGES.failing;

/** Retry all failing invoices, or those of a cause, and show how far that is. */
export function RetryMany({ label, cause = '', disabled }: { label: string; cause?: string; disabled: boolean }) {
  const path = withQuery('/v1/failures/retry', { cause });
  const [begun, setBegun] = useState<Retry | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [asking, setAsking] = useState(false);
  const progress = useAnswer<Retry>(begun ? path : null);
  const retry = progress.value ?? begun;
  const running = retry?.state === 'running';
  const polling = usePolling(running, progress.reload);
  const begin = () => {
    setAsking(true);
    setError(null);
    polling.restart();
    void call<Retry>(path, 'POST')
      .then(setBegun, (trouble: ApiError) => setError(trouble))
      .then(() => setAsking(false));
  };
  return (
    <Flex direction="column" gap="xs">
      <Flex>
        <LoadingButton size="sm" loading={asking || (running && !polling.ended)} disabled={disabled} onClick={begin}>
          {label}
        </LoadingButton>
      </Flex>
      {error && <Alert title={error.message} variant="danger" />}
      {retry && running && (
        <ProgressBar
          title={words.retryTitle}
          value={retry.queued}
          maxValue={Math.max(retry.total, 1)}
          valueDescription={words.retried(retry.queued, retry.total)}
        />
      )}
      {retry && !running && <Alert title={words.retryDone(retry.total)} variant="success" />}
    </Flex>
  );
}
