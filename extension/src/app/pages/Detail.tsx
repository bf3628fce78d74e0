import { Button, Flex, Heading, Text } from '@hubspot/ui-extensions';
import { type Answer, Decide, FailureView, money, PAGES, sums, usePlace, WORDS } from '@invoice-sync/shared';
import { InvoiceLink } from './parts';
import { RetryMany } from './RetryMany';

type Cause = Answer<'FailureCause'>;
type Invoice = Answer<'FailingInvoice'>;
export type Subject = { kind: 'cause'; cause: Cause } | { kind: 'invoice'; invoice: Invoice };

const words = PAGES.failing;

type Props = { subject: Subject; mayAct: boolean; onBack: () => void; onDecided: () => void };

/** Why one invoice, or all of a cause, fail: what to do, what can be decided, and a retry. */
export function Detail({ subject, mayAct, onBack, onDecided }: Props) {
  const isCause = subject.kind === 'cause';
  const { failure } = isCause ? subject.cause : subject.invoice;
  const invoiceId = isCause ? subject.cause.exampleInvoiceId : subject.invoice.invoiceId;
  return (
    <Flex direction="column" gap="md">
      <Flex>
        <Button size="sm" onClick={onBack}>
          {PAGES.back}
        </Button>
      </Flex>
      {isCause ? <OfCause cause={subject.cause} /> : <OfInvoice invoice={subject.invoice} />}
      <FailureView failure={failure} />
      {invoiceId !== '' && failure.resolutions.length > 0 && (
        <Flex direction="column" gap="xs">
          <Text format={{ fontWeight: 'demibold' }}>
            {isCause && subject.cause.invoices > 1 ? words.groupDecision : WORDS.failure.oneClick}
          </Text>
          <Flex gap="sm" wrap>
            {failure.resolutions.map((resolution) => (
              <Decide
                key={resolution.name}
                invoiceId={invoiceId}
                resolution={resolution}
                disabled={!mayAct}
                onDecided={onDecided}
              />
            ))}
          </Flex>
          {!mayAct && <Text variant="microcopy">{WORDS.error.notAllowed}</Text>}
        </Flex>
      )}
      {isCause && (
        <RetryMany label={words.retryThese(subject.cause.invoices)} cause={subject.cause.cause} disabled={!mayAct} />
      )}
    </Flex>
  );
}

function OfCause({ cause }: { cause: Cause }) {
  const place = usePlace();
  return (
    <Flex direction="column" gap="xs">
      <Heading>{words.aboutInvoices(cause.invoices)}</Heading>
      <Text>{sums(cause.atStake, place)}</Text>
      {cause.exampleInvoiceId !== '' && (
        <Text variant="microcopy">
          {words.example}:{' '}
          <InvoiceLink id={cause.exampleInvoiceId} number="">
            {words.openInHubSpot}
          </InvoiceLink>
        </Text>
      )}
    </Flex>
  );
}

function OfInvoice({ invoice }: { invoice: Invoice }) {
  const place = usePlace();
  const about = [invoice.company || invoice.customer, money(invoice.amount, invoice.currency, place)];
  return (
    <Flex direction="column" gap="xs">
      <Heading>{invoice.number || invoice.invoiceId}</Heading>
      <Text>
        {about.filter(Boolean).join(' · ')}{' '}
        <InvoiceLink id={invoice.invoiceId} number={invoice.number}>
          {words.openInHubSpot}
        </InvoiceLink>
      </Text>
    </Flex>
  );
}
