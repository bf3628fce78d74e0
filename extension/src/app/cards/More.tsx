import {
  Accordion,
  Alert,
  Flex,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
} from '@hubspot/ui-extensions';
import { type Answer, day, money, reasonOf, time, usePlace, WORDS } from '@invoice-sync/shared';
import { WouldBeSent } from './WouldBeSent';

type SyncStatus = Answer<'SyncStatusAnswer'>;
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
        <WouldBeSent invoiceId={shown.invoiceId} currency={shown.currency} />
      </Accordion>
      <Accordion title={words.history}>
        <History shown={shown} />
      </Accordion>
    </Flex>
  );
}

function Payments({ shown }: { shown: SyncStatus }) {
  const payments = shown.payment?.payments ?? [];
  const difference = shown.payment?.difference ?? '';
  const about = difference && <Text>{difference}</Text>;
  if (payments.length === 0) {
    return (
      <Flex direction="column" gap="xs">
        <Text>{WORDS.payment.none}</Text>
        {about}
      </Flex>
    );
  }
  return (
    <Flex direction="column" gap="xs">
      {about}
      <Recorded payments={payments} />
    </Flex>
  );
}

function Recorded({ payments }: { payments: Payment[] }) {
  const place = usePlace();
  return (
    <Table density="condensed">
      <Head titles={WORDS.payment.columns} />
      <TableBody>
        {payments.map((payment) => (
          <TableRow key={payment.hubspotId}>
            <TableCell>{money(payment.amount, payment.currency, place)}</TableCell>
            <TableCell>{day(payment.date, place)}</TableCell>
            <TableCell>{WORDS.payment.state[payment.state]}</TableCell>
            <TableCell>{payment.reason || elsewhere(payment, place)}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

type Payment = Answer<'HubSpotPayment'>;

/** Where a payment is that this invoice has only a part of. */
function elsewhere({ amount, applied, currency }: Payment, place: ReturnType<typeof usePlace>): string {
  const isPart = applied !== '' && Number(applied) !== Number(amount);
  return isPart ? WORDS.payment.elsewhere(money(applied, currency, place)) : '';
}

function Head({ titles }: { titles: readonly string[] }) {
  return (
    <TableHead>
      <TableRow>
        {titles.map((title) => (
          <TableHeader key={title}>{title}</TableHeader>
        ))}
      </TableRow>
    </TableHead>
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
      <Head titles={[when, because, outcome]} />
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
