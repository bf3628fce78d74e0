import { Alert, Flex, Link, LoadingButton, Text } from '@hubspot/ui-extensions';
import { type Answer, type ApiError, call, PAGES, time, usePlace, withQuery } from '@invoice-sync/shared';
import { useState } from 'react';

type Files = Answer<'ReportFilesAnswer'>;
const words = PAGES.report;

/** Links to the report's files. An extension cannot download a file itself. */
export function CsvLinks({ from, to }: { from: string; to: string }) {
  const place = usePlace();
  const [files, setFiles] = useState<Files | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const make = () => {
    setBusy(true);
    setError(null);
    void call<Files>(withQuery('/v1/reports/reconciliation/files', { from, to }))
      .then(setFiles, (trouble: ApiError) => setError(trouble))
      .then(() => setBusy(false));
  };
  return (
    <Flex direction="column" gap="xs">
      <Flex>
        <LoadingButton size="sm" loading={busy} onClick={make}>
          {words.csv}
        </LoadingButton>
      </Flex>
      {error && <Alert title={error.message} variant="danger" />}
      {files?.files.map(({ label, url }) => (
        <Link key={url} href={{ url, external: true }}>
          {words.download(label)}
        </Link>
      ))}
      {files && <Text variant="microcopy">{words.csvUntil(time(files.expiresAt, place))}</Text>}
    </Flex>
  );
}
