import {
  EmptyState,
  Flex,
  hubspot,
  Link,
  LoadingSpinner,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableHeader,
  TableRow,
  Text,
  useExtensionContext,
} from '@hubspot/ui-extensions';
import { useAssociations } from '@hubspot/ui-extensions/crm';
import {
  type Answer,
  day,
  InvoiceStatus,
  money,
  Trouble,
  useAnswer,
  usePlace,
  withQuery,
  WORDS,
} from '@invoice-sync/shared';

type Standing = Answer<'InvoiceStanding'>;
const words = WORDS.related;
const INVOICES = '0-53';
// What the API takes at once.
const MOST = 100;

/** The card of a contact, company or deal: how its invoices stand, the failing ones first. */
export function RelatedCard() {
  const associations = useAssociations({ toObjectType: INVOICES, properties: ['hs_number'], pageLength: MOST });
  const ids = associations.results.map(({ toObjectId }) => String(toObjectId));
  const path = ids.length > 0 ? withQuery('/v1/invoices', { ids: ids.join(',') }) : null;
  const standings = useAnswer<Answer<'InvoicesAnswer'>>(path);

  if (associations.error) return <Text>{words.noAssociations}</Text>;
  if (associations.isLoading || standings.loading) return <LoadingSpinner label={words.loading} showLabel />;
  if (standings.error && !standings.value) {
    return <Trouble error={standings.error} onRetry={() => void standings.reload()} />;
  }
  if (!standings.value) {
    return (
      <EmptyState title={words.none} layout="vertical">
        <Text>{words.whenThereAre}</Text>
      </EmptyState>
    );
  }
  return (
    <Flex direction="column" gap="sm">
      <Invoices invoices={failingFirst(standings.value.invoices)} />
      {associations.pagination.hasNextPage && <Text variant="microcopy">{words.onlyTheFirst(MOST)}</Text>}
    </Flex>
  );
}

function failingFirst(invoices: Standing[]): Standing[] {
  const rank = ({ status }: Standing) => (status === 'failing' ? 0 : status === 'pending' ? 1 : 2);
  return [...invoices].sort((one, other) => rank(one) - rank(other) || other.date.localeCompare(one.date));
}

function Invoices({ invoices }: { invoices: Standing[] }) {
  const { portal } = useExtensionContext();
  const place = usePlace();
  return (
    <Table density="condensed">
      <TableHead>
        <TableRow>
          {words.columns.map((title) => (
            <TableHeader key={title}>{title}</TableHeader>
          ))}
        </TableRow>
      </TableHead>
      <TableBody>
        {invoices.map((invoice) => (
          <TableRow key={invoice.invoiceId}>
            <TableCell>
              <Link href={`https://app.hubspot.com/contacts/${portal.id}/record/${INVOICES}/${invoice.invoiceId}`}>
                {invoice.number || invoice.invoiceId}
              </Link>
            </TableCell>
            <TableCell>{day(invoice.date, place)}</TableCell>
            <TableCell align="right">{money(invoice.amount, invoice.currency, place)}</TableCell>
            <TableCell>
              <InvoiceStatus status={invoice.status} />
              {invoice.failureTitle && <Text variant="microcopy">{invoice.failureTitle}</Text>}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

hubspot.extend<'crm.record.tab'>(() => <RelatedCard />);
