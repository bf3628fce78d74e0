import {
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
import { type Answer, day, money, Trouble, useAnswer, usePlace, WORDS } from '@invoice-sync/shared';
import { useState } from 'react';

type Preview = Answer<'PreviewAnswer'>;
/** The parts of QuickBooks' invoice that people know; the rest of the body is technical. */
type Document = {
  DocNumber?: string;
  AutoDocNumber?: boolean;
  TxnDate?: string;
  DueDate?: string;
  CurrencyRef?: { value: string };
  ExchangeRate?: number;
  BillEmail?: { Address: string };
  CustomerMemo?: { value: string };
  PrivateNote?: string;
  TxnTaxDetail?: { TotalTax?: number };
  Line?: Line[];
};
type Line = {
  Amount: number;
  Description?: string;
  DiscountLineDetail?: object;
  SalesItemLineDetail?: { Qty?: number; UnitPrice?: number; ServiceDate?: string };
};
const words = WORDS.sent;

/** What the next sync would do. A preview costs reads at QuickBooks, so it is asked for by a click. */
export function WouldBeSent({ invoiceId, currency }: { invoiceId: string; currency: string }) {
  const [asked, setAsked] = useState(false);
  const preview = useAnswer<Preview>(asked ? `/v1/invoices/${invoiceId}/preview` : null);
  if (!asked) {
    return (
      <Button size="sm" onClick={() => setAsked(true)}>
        {WORDS.card.showPreview}
      </Button>
    );
  }
  if (preview.value === null) {
    if (preview.error) return <Trouble error={preview.error} onRetry={() => void preview.reload()} />;
    return <LoadingSpinner label={WORDS.decide.asking} showLabel />;
  }
  const { outcome, reason, failures } = preview.value;
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
      <Body preview={preview.value} currency={currency} />
    </Flex>
  );
}

function Body({ preview: { payload, customer, newCustomer }, currency }: { preview: Preview; currency: string }) {
  const place = usePlace();
  if (!payload) return null;
  const sent = payload as Document;
  const inCurrency = sent.CurrencyRef?.value ?? currency;
  const tax = sent.TxnTaxDetail?.TotalTax;
  const facts = [
    [words.number, sent.DocNumber ?? (sent.AutoDocNumber ? words.numbered : undefined)],
    [words.customer, newCustomer ? words.newCustomer(customer) : customer],
    [words.date, sent.TxnDate && day(sent.TxnDate, place)],
    [words.due, sent.DueDate && day(sent.DueDate, place)],
    [words.currency, inCurrency],
    [words.rate, sent.ExchangeRate?.toString()],
    [words.tax, tax === undefined ? undefined : money(String(tax), inCurrency, place)],
    [words.email, sent.BillEmail?.Address],
    [words.message, sent.CustomerMemo?.value],
    [words.note, sent.PrivateNote],
  ].filter((fact): fact is [string, string] => Boolean(fact[1]));
  return (
    <Flex direction="column" gap="sm">
      <DescriptionList direction="column">
        {facts.map(([label, value]) => (
          <DescriptionListItem key={label} label={label}>
            {value}
          </DescriptionListItem>
        ))}
      </DescriptionList>
      {sent.Line && <Lines lines={sent.Line} currency={inCurrency} />}
    </Flex>
  );
}

function Lines({ lines, currency }: { lines: Line[]; currency: string }) {
  const place = usePlace();
  return (
    <Table density="condensed" bordered>
      <TableHead>
        <TableRow>
          {words.lines.map((title) => (
            <TableHeader key={title}>{title}</TableHeader>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {lines.map((line, index) => {
          const { Qty, UnitPrice, ServiceDate } = line.SalesItemLineDetail ?? {};
          const amount = line.DiscountLineDetail ? -line.Amount : line.Amount;
          return (
            <TableRow key={`${index}-${line.Description ?? ''}`}>
              <TableCell>{line.Description ?? (line.DiscountLineDetail ? words.discount : '–')}</TableCell>
              <TableCell>{day(ServiceDate ?? null, place)}</TableCell>
              <TableCell align="right">{Qty ?? '–'}</TableCell>
              <TableCell align="right">{UnitPrice ?? '–'}</TableCell>
              <TableCell align="right">{money(String(amount), currency, place)}</TableCell>
            </TableRow>
          );
        })}
      </TableBody>
    </Table>
  );
}
