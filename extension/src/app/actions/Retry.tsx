import { Alert, Flex, hubspot, LoadingButton, ProgressBar, Text, useExtensionContext } from '@hubspot/ui-extensions';
import { type Answer, type ApiError, call, WORDS } from '@invoice-sync/shared';
import { useState } from 'react';

const words = WORDS.bulk;
// What the API takes at once.
const PORTION = 100;

/** The bulk action: check the selected invoices again, in portions. */
export function Retry() {
  const { crm } = useExtensionContext<'crm.bulkActions'>();
  const ids = crm.objectIds.map(String);
  const [queued, setQueued] = useState<number | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);

  const retry = async (from: number) => {
    setBusy(true);
    setError(null);
    let done = from;
    setQueued(done);
    try {
      while (done < ids.length) {
        const invoiceIds = ids.slice(done, done + PORTION);
        await call<Answer<'QueuedAnswer'>>('/v1/invoices/retry', 'POST', { invoiceIds });
        done += invoiceIds.length;
        setQueued(done);
      }
    } catch (trouble) {
      setError(trouble as ApiError);
    }
    setBusy(false);
  };
  const all = queued === ids.length;
  return (
    <Flex direction="column" gap="md">
      <Text>{words.about(ids.length)}</Text>
      {error && (
        <Alert title={error.message} variant="danger">
          {words.sofar(queued ?? 0, ids.length)}
        </Alert>
      )}
      {queued !== null && !all && <ProgressBar title={words.progress} value={queued} maxValue={ids.length} />}
      {all ? (
        <Alert title={words.done(ids.length)} variant="success" />
      ) : (
        <LoadingButton variant="primary" loading={busy} onClick={() => void retry(queued ?? 0)}>
          {words.button}
        </LoadingButton>
      )}
    </Flex>
  );
}

hubspot.extend<'crm.bulkActions'>(() => <Retry />);
