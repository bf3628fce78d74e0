import {
  Accordion,
  Alert,
  Button,
  DescriptionList,
  DescriptionListItem,
  Flex,
  LoadingSpinner,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from '@hubspot/ui-extensions';
import { type Answer, money, reasonOf, time, Trouble, useAnswer, usePlace, WORDS } from '@invoice-sync/shared';
import { useState } from 'react';

type SyncStatus = Answer<'SyncStatusAnswer'>;
type Preview = Answer<'PreviewAnswer'>;
const words = WORDS.card;

/** What most people do not need at once: payments, what would be sent, history. */
export function More({ shown }: { shown: SyncStatus }) {
  return (
    <Flex direction="column" gap="xs">
      {shown.leftOut.length > 0 && (
        <Alert title={words.leftOut} variant="info">
          {shown.leftOut.map(({ reason }) => reason).join(' ')}
        </Alert>
      )}
      {shown.notShown !== '' && (
        <Alert title={words.notShown} variant="warning">
          {shown.notShown}
        </Alert>
      )}
      <Accordion title={words.payments}>
        <Payments shown={shown} />
      </Accordion>
      <Accordion title={words.wouldBeSent}>
        <WouldBeSent invoiceId={shown.invoiceId} />
      </Accordion>
      <Accordion title={words.history}>
        <History shown={shown} />
      </Accordion>
    </Flex>
  );
}

function Payments({ shown }: { shown: SyncStatus }) {
  const place = usePlace();
  const payments = shown.payment?.payments ?? [];
  if (payments.length === 0) return <Text>{WORDS.payment.none}</Text>;
  return (
    <Table density="condensed">
      <TableBody>
        {payments.map((payment) => (
          <TableRow key={payment.hubspotId}>
            <TableCell>{money(payment.amount, payment.currency, place)}</TableCell>
            <TableCell>{WORDS.payment.state[payment.state]}</TableCell>
            <TableCell>{payment.reason}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** A preview costs reads at QuickBooks, so it is asked for by a click. */
function WouldBeSent({ invoiceId }: { invoiceId: string }) {
  const [asked, setAsked] = useState(false);
  const preview = useAnswer<Preview>(asked ? `/v1/invoices/${invoiceId}/preview` : null);
  if (!asked) {
    return (
      <Button size="sm" onClick={() => setAsked(true)}>
        {words.showPreview}
      </Button>
    );
  }
  if (preview.value === null) {
    if (preview.error) return <Trouble error={preview.error} onRetry={() => void preview.reload()} />;
    return <LoadingSpinner label={WORDS.decide.asking} showLabel />;
  }
  const { outcome, reason, failures, payload } = preview.value;
  return (
    <Flex direction="column" gap="sm">
      <Text>
        {WORDS.outcome[outcome]} {reason}
      </Text>
      {failures.map((failure) => (
        <Alert key={failure.code} title={failure.title} variant="warning">
          {failure.explanation}
        </Alert>
      ))}
      {payload && (
        <DescriptionList direction="column">
          {Object.entries(payload).map(([field, value]) => (
            <DescriptionListItem key={field} label={field}>
              {typeof value === 'string' ? value : JSON.stringify(value)}
            </DescriptionListItem>
          ))}
        </DescriptionList>
      )}
    </Flex>
  );
}

function History({ shown }: { shown: SyncStatus }) {
  const place = usePlace();
  const rows = [
    ...shown.decisions.map(({ at, by, resolution }) => ({ at, because: by, outcome: reasonOf(resolution) })),
    ...shown.attempts.map(({ at, trigger, status, code }) => ({
      at,
      because: WORDS.trigger[trigger] ?? trigger,
      outcome: code ? `${WORDS.status[status]}: ${reasonOf(code)}` : WORDS.status[status],
    })),
  ].sort((one, other) => other.at.localeCompare(one.at));
  if (rows.length === 0) return <Text>{words.noHistory}</Text>;
  const { when, because, outcome } = WORDS.table;
  return (
    <Table density="condensed">
      <TableHead>
        <TableRow>
          {[when, because, outcome].map((title) => (
            <TableHeader key={title}>{title}</TableHeader>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {rows.map((row, index) => (
          <TableRow key={`${row.at}-${index}`}>
            <TableCell>{time(row.at, place)}</TableCell>
            <TableCell>{row.because}</TableCell>
            <TableCell>{row.outcome}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
