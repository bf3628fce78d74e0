import { EmptyState, Flex, Table, TableBody, TableCell, TableRow, Text } from '@hubspot/ui-extensions';
import { type Answer, PAGES, time, usePages, usePlace } from '@invoice-sync/shared';
import { Head, InvoiceLink, Shown } from './parts';

const words = PAGES.audit;

/** Who did what, newest first. */
export function Audit() {
  const place = usePlace();
  const pages = usePages<Answer<'AuditAnswer'>>('/v1/audit', { limit: 50 });
  return (
    <Flex direction="column" gap="md">
      <Text>{words.about}</Text>
      <Shown of={pages}>
        {(value) =>
          value.entries.length === 0 && pages.pageCount === 1 ? (
            <EmptyState title={words.none} layout="vertical">
              <Text>{words.noneMore}</Text>
            </EmptyState>
          ) : (
            <Table paginated page={pages.page} pageCount={pages.pageCount} onPageChange={pages.onPageChange}>
              <Head titles={words.columns} />
              <TableBody>
                {value.entries.map((entry) => (
                  <TableRow key={`${entry.at}-${entry.action}-${entry.invoiceId}`}>
                    <TableCell>{time(entry.at, place)}</TableCell>
                    <TableCell>{entry.who}</TableCell>
                    <TableCell>{entry.says}</TableCell>
                    <TableCell>
                      {entry.invoiceId ? <InvoiceLink id={entry.invoiceId} number={entry.number} /> : '–'}
                    </TableCell>
                  </TableRow>
                ))}
              </TableBody>
            </Table>
          )
        }
      </Shown>
    </Flex>
  );
}
