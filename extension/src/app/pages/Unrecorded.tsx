import { EmptyState, Flex, Table, TableBody, TableCell, TableRow, Text } from '@hubspot/ui-extensions';
import { type Answer, day, money, PAGES, usePages, usePlace } from '@invoice-sync/shared';
import { Head, InvoiceLink, Shown } from './parts';

const words = PAGES.payments;

/** Money that is in no book, with the reason. */
export function Unrecorded() {
  const place = usePlace();
  const pages = usePages<Answer<'UnrecordedAnswer'>>('/v1/payments/unrecorded', { limit: 50 });
  return (
    <Flex direction="column" gap="md">
      <Text>{words.about}</Text>
      <Shown of={pages}>
        {(value) =>
          value.amounts.length === 0 && pages.pageCount === 1 ? (
            <EmptyState title={words.none} layout="vertical">
              <Text>{words.noneMore}</Text>
            </EmptyState>
          ) : (
            <Table paginated page={pages.page} pageCount={pages.pageCount} onPageChange={pages.onPageChange}>
              <Head titles={words.columns} />
              <TableBody>
                {value.amounts.map((amount) => (
                  <TableRow key={`${amount.invoiceId}-${amount.kind}-${amount.hubspotId}`}>
                    <TableCell>
                      <InvoiceLink id={amount.invoiceId} number={amount.number} />
                    </TableCell>
                    <TableCell>{words.kind[amount.kind]}</TableCell>
                    <TableCell align="right">{money(amount.amount, amount.currency, place)}</TableCell>
                    <TableCell>{day(amount.date, place)}</TableCell>
                    <TableCell>{amount.reason}</TableCell>
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
