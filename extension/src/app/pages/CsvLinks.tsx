import { Alert, Flex, Link, LoadingButton, Text } from '@hubspot/ui-extensions';
import { type Answer, type ApiError, call, PAGES, time, usePlace } from '@invoice-sync/shared';
import { useState } from 'react';

type ReportLink = Answer<'ReportLinkAnswer'>;
const words = PAGES.report;

/** Links to the report's files. An extension cannot download a file itself. */
export function CsvLinks({ from, to }: { from: string; to: string }) {
  const place = usePlace();
  const [links, setLinks] = useState<{ rows: ReportLink; totals: ReportLink } | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const link = (part: 'rows' | 'totals') =>
    call<ReportLink>('/v1/reports/reconciliation/link', 'POST', { from, to, part });
  const make = () => {
    setBusy(true);
    setError(null);
    void Promise.all([link('rows'), link('totals')])
      .then(([rows, totals]) => setLinks({ rows, totals }), (trouble: ApiError) => setError(trouble))
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
      {links && (
        <>
          <Link href={{ url: links.rows.url, external: true }}>{words.csvRows}</Link>
          <Link href={{ url: links.totals.url, external: true }}>{words.csvTotals}</Link>
          <Text variant="microcopy">{words.csvUntil(time(links.rows.expiresAt, place))}</Text>
        </>
      )}
    </Flex>
  );
}
