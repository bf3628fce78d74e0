import { Alert, EmptyState, Link, LoadingButton, StatusTag, Table, TableRow } from '@hubspot/ui-extensions';
import { createRenderer } from '@hubspot/ui-extensions/testing';
import { type Answer, day, money, sums, time } from '@invoice-sync/shared';
import { expect, test } from 'vitest';
import { Retry } from '../src/app/actions/Retry';
import { RelatedCard } from '../src/app/cards/RelatedCard';
import { posted, read, refusal, serves } from './service';

const standing = (changes: Partial<Answer<'InvoiceStanding'>>): Answer<'InvoiceStanding'> => ({
  invoiceId: '123', number: 'INV-1', status: 'synced', amount: '10.00', currency: 'USD', date: '2026-11-20',
  dueDate: '2026-12-20', customer: '', company: '', failureTitle: '', failureCode: '', since: null, queuedAt: null, ...changes,
});

test('the invoices of a contact are shown, the failing ones first', async () => {
  serves({
    'GET /v1/invoices?ids=123': {
      invoices: [
        standing({}),
        standing({ invoiceId: '9', number: 'INV-2', status: 'failing', failureTitle: 'The period is closed' }),
      ],
    },
  });
  const { render, find, findAll, waitFor } = createRenderer('crm.record.tab');
  render(<RelatedCard />);
  await waitFor(() => expect(findAll(TableRow).map(read)[1]).toMatch(/INV-2.*Failing to sync The period is closed/));
  expect(findAll(TableRow).map(read)[2]).toMatch(/INV-1.*10\.00.*Synced/);
  expect(find(Link).props.href).toBe('https://app.hubspot.com/contacts/123/record/0-53/9');
  expect(findAll(StatusTag)).toHaveLength(2);
});

test('a contact without invoices says so', async () => {
  serves({});
  const { render, find, maybeFind, mocks, waitFor } = createRenderer('crm.record.tab');
  const nothing = mocks.useAssociations as unknown as { willCall: (hook: () => object) => void };
  nothing.willCall(() => ({ results: [], error: null, isLoading: false, pagination: { hasNextPage: false } }));
  render(<RelatedCard />);
  await waitFor(() => expect(find(EmptyState).props.title).toBe('No invoices yet'));
  expect(maybeFind(Table)).toBeNull();
});

test('selected invoices are put in line, 100 at a time, and go on where it stopped', async () => {
  const PATH = '/v1/invoices/retry';
  serves({ [`POST ${PATH}`]: [{ queued: 100 }, refusal(503, 'unavailable', 'Not now.'), { queued: 50 }] });
  const { render, find, waitFor, mocks } = createRenderer('crm.bulkActions');
  const context = mocks.context as unknown as { crm: { objectIds: number[] } };
  context.crm.objectIds = Array.from({ length: 150 }, (_, index) => index + 1);
  render(<Retry />);
  find(LoadingButton).trigger('onClick');
  await waitFor(() => expect(find(Alert).props.title).toBe('Not now.'));
  expect(read(find(Alert))).toContain('100 of 150 are in line.');
  find(LoadingButton).trigger('onClick');
  await waitFor(() => expect(find(Alert).props.title).toContain('All 150 are in line.'));
  const sent = posted(PATH) as { invoiceIds: string[] }[];
  expect(sent.map(({ invoiceIds }) => [invoiceIds.length, invoiceIds[0]])).toEqual([[100, '1'], [50, '101'], [50, '101']]);
});

test('money, days and times are written as the user’s locale writes them', () => {
  expect(money('1200', 'EUR', { locale: 'de' })).toBe('1.200,00\u00a0EUR');
  expect(money('1200', 'JPY', { locale: 'en' })).toBe('1,200\u00a0JPY');
  expect(money('-4230.00', 'USD', { locale: 'en' })).toBe('-4,230.00\u00a0USD');
  expect(money('', 'USD')).toBe('–');
  expect(money('abc', 'USD')).toBe('abc USD');
  expect(money('5.00', 'not a currency')).toBe('5.00 not a currency');
  expect(sums([{ amount: '1', currency: 'USD' }, { amount: '2', currency: 'EUR' }], { locale: 'en' })).toBe(
    '1.00\u00a0USD and 2.00\u00a0EUR',
  );
  expect(day('2026-11-20', { locale: 'en' })).toBe('Nov 20, 2026');
  expect(time('2026-11-20T02:00:00Z', { locale: 'en', timeZone: 'America/New_York' })).toContain('Nov 19, 2026');
  expect(day(null)).toBe('–');
});
