import {
  Alert,
  Button,
  Checkbox,
  DateInput,
  EmptyState,
  Link,
  LoadingButton,
  Modal,
  Panel,
  ProgressBar,
  SearchInput,
  Select,
  StatisticsItem,
  Tabs,
  Table,
  TableRow,
} from '@hubspot/ui-extensions';
import { createRenderer } from '@hubspot/ui-extensions/testing';
import type { Answer } from '@invoice-sync/shared';
import { afterEach, expect, test, vi } from 'vitest';
import { monthOf } from '../src/app/pages/Period';
import { Pages } from '../src/app/pages/Pages';
import { calls, connection, considered, failure, posted, read, refusal, serves } from './service';

const COUNT = 'GET /v1/failures/count';
const CONNECTION = 'GET /v1/connection';
const CAUSES = 'GET /v1/failures?groupBy=cause&limit=25';
const RETRY = '/v1/failures/retry';
const unrecorded = { payments: 0, refunds: 0, lowered: 0, sums: [] };
const counted = (changes: Partial<Answer<'FailureCountAnswer'>> = {}): Answer<'FailureCountAnswer'> => ({
  failing: 3,
  byCode: { customer_not_found: 3 },
  oldestFailedAt: '2026-11-20T09:15:00Z',
  unrecorded,
  atStake: [{ currency: 'USD', amount: '3600.00', invoices: 2 }, { currency: 'EUR', amount: '80.00', invoices: 1 }],
  ...changes,
});
const cause: Answer<'FailureCause'> = {
  cause: 'customer_not_found.3f0c',
  code: 'customer_not_found',
  invoices: 200,
  newestAt: '2026-11-22T16:40:00Z',
  exampleInvoiceId: '123',
  failure: failure(),
  atStake: [{ currency: 'USD', amount: '240000.00', invoices: 200 }],
};
const causes = (some = [cause], single = {}): Answer<'CausesAnswer'> => ({ causes: some, single, cursor: '', more: false });
const row = (number: string, changes: Partial<Answer<'FailingInvoice'>> = {}): Answer<'FailingInvoice'> => ({
  invoiceId: number.slice(-2), number, failure: failure(), amount: '1200.00', currency: 'USD', date: '2026-11-20',
  dueDate: '2026-12-20', customer: 'Ada Byron', company: 'Acme Inc.', queuedAt: null, ...changes,
});
const button = (label: string) => (node: unknown) => read(node) === label;
const at = (path: string, others: Parameters<typeof serves>[0] = {}) => {
  serves({ [CONNECTION]: connection(), [COUNT]: counted(), 'GET /v1/failures': causes(), ...others });
  const renderer = createRenderer('pages');
  renderer.render(<Pages />);
  renderer.mocks.setPageLocation({ path, params: {} });
  return renderer;
};

// A preview, and a search in QuickBooks, cost reads that Intuit counts.
afterEach(() => {
  const costly = calls.filter(({ method, path }) => method === 'GET' && /preview|quickbooks|choices/.test(path));
  expect(costly).toEqual([]);
});

test('the banner says how many invoices fail and what is at stake', async () => {
  const { find, findAll, waitFor } = at('/');
  await waitFor(() => expect(find(Alert).props.title).toBe('3 invoices failing to sync'));
  expect(read(find(Alert))).toMatch(/3,600\.00.*80\.00/);
  expect(findAll(StatisticsItem).map(({ props }) => String(props.number))).toContainEqual(expect.stringContaining('80.00'));
});

test('one invoice is not “invoices”', async () => {
  const { find, waitFor } = at('/', { [COUNT]: counted({ failing: 1, atStake: [] }) });
  await waitFor(() => expect(find(Alert).props.title).toBe('1 invoice failing to sync'));
});

test('when all is synced it says so', async () => {
  const { find, waitFor } = at('/', { [COUNT]: counted({ failing: 0, byCode: {}, atStake: [], oldestFailedAt: null }) });
  await waitFor(() => expect(find(EmptyState).props.title).toBe('All invoices are synced'));
});

test('money in no book is on the overview', async () => {
  const some = { payments: 2, refunds: 0, lowered: 0, sums: [{ kind: 'payment' as const, currency: 'USD', amount: '1250.00' }] };
  const { findAll, waitFor } = at('/', { [COUNT]: counted({ unrecorded: some }) });
  await waitFor(() => expect(findAll(Alert).map(({ props }) => props.title)).toContain('2 amounts in no book'));
});

test('a connection that is broken leads to connecting again', async () => {
  const broken = connection({ state: 'reconnect_required', service: 'quickbooks' });
  const { find, waitFor } = at('/', { [CONNECTION]: broken });
  await waitFor(() => expect(find(Alert).props.title).toBe('QuickBooks must be connected again'));
  expect(find(Alert).find(Link).props.href).toEqual({ url: broken.connectUrl, external: true });
});

test('a portal that is not connected is told how to connect', async () => {
  const { find, waitFor } = at('/', { [CONNECTION]: connection({ state: 'not_connected' }) });
  await waitFor(() => expect(find(EmptyState).props.title).toBe('QuickBooks is not connected'));
});

test('in the panel a cause is opened, decided for all, and the list is there again', async () => {
  const resolve = 'POST /v1/invoices/123/resolve';
  const { find, waitFor } = at('/', {
    [CAUSES]: [causes(), causes([])],
    [resolve]: [considered({ affects: 200 }), considered({ done: true, affects: 200 })],
  });
  const panel = () => find(Panel);
  await waitFor(() => expect(read(panel())).toContain('No QuickBooks customer has the email'));
  expect(read(panel())).toMatch(/240,000\.00/);
  panel().find(Button, button('Details')).trigger('onClick');
  await waitFor(() => expect(read(panel())).toContain('Decide for all of them'));
  panel().find(Button, (node) => read(node).startsWith('Create the customer')).trigger('onClick');
  await waitFor(() => expect(read(find(Modal, { id: 'decide-123-create_customer' }))).toContain('This is about 200 invoices.'));
  find(Modal, { id: 'decide-123-create_customer' }).find(LoadingButton).trigger('onClick');
  await waitFor(() => expect(find(Panel).find(EmptyState).props.title).toBe('No invoice is failing'));
  expect(posted()).toEqual([
    { resolution: 'create_customer', preview: true },
    { resolution: 'create_customer', preview: false },
  ]);
});

test('the list is searched, filtered and paged', async () => {
  const list = 'GET /v1/failures';
  const { find, findAll, waitFor } = at('/failing', {
    [CAUSES]: causes(),
    [`${list}?limit=25`]: { failures: [row('INV-01'), row('INV-02')], cursor: 'next' },
    [`${list}?limit=25&cursor=next`]: { failures: [row('INV-03')], cursor: '' },
    [`${list}?search=acme%20%26&limit=25`]: { failures: [row('INV-04')], cursor: '' },
    [`${list}?code=customer_not_found&search=acme%20%26&limit=25`]: { failures: [], cursor: '' },
  });
  await waitFor(() => find(Tabs).trigger('onSelectedChange', 'all' as never));
  await waitFor(() => expect(findAll(TableRow).map(read).join()).toContain('INV-02'));
  const pages = () => find(Table).props as { page: number; pageCount: number };
  expect([pages().page, pages().pageCount]).toEqual([1, 2]);
  find(Table).trigger('onPageChange' as never, 2 as never);
  await waitFor(() => expect(findAll(TableRow).map(read).join()).toContain('INV-03'));
  expect([pages().page, pages().pageCount]).toEqual([2, 2]);
  find(SearchInput).trigger('onInput', 'acme &' as never);
  await vi.advanceTimersByTimeAsync(1000);
  await waitFor(() => expect(findAll(TableRow).map(read).join()).toContain('INV-04'));
  find(Select).trigger('onChange', 'customer_not_found' as never);
  await waitFor(() => expect(find(EmptyState).props.title).toBe('No failing invoice fits'));
});

test('one invoice is retried from the list, and shown as in line until it was looked at', async () => {
  const list = 'GET /v1/failures?limit=25';
  const { find, findAll, maybeFind, waitFor } = at('/failing', {
    [CAUSES]: causes(),
    [list]: [
      { failures: [row('INV-01')], cursor: '' },
      { failures: [row('INV-01', { queuedAt: '2026-11-26T19:00:00Z' })], cursor: '' },
      { failures: [], cursor: '' },
    ],
    'POST /v1/invoices/01/retry': { queued: 1 },
  });
  await waitFor(() => find(Tabs).trigger('onSelectedChange', 'all' as never));
  await waitFor(() => find(Button, button('Retry')).trigger('onClick'));
  await waitFor(() => expect(findAll(TableRow).map(read).join()).toContain('In line'));
  await vi.advanceTimersByTimeAsync(2000);
  await waitFor(() => expect(maybeFind(EmptyState)?.props.title).toBe('No invoice is failing'));
});

test('a retry of all shows how far it is', async () => {
  const retry = (state: string, queued: number) => ({ state, code: '', cause: '', total: 400, queued, requestedAt: '', updatedAt: '' });
  const { find, findAll, maybeFind, waitFor } = at('/failing', {
    [CAUSES]: causes(),
    [`POST ${RETRY}`]: retry('running', 300),
    [`GET ${RETRY}`]: [retry('running', 300), retry('done', 400)],
  });
  await waitFor(() => expect(find(LoadingButton, button('Retry all')).props.disabled).toBe(false));
  find(LoadingButton, button('Retry all')).trigger('onClick');
  await waitFor(() => expect(find(ProgressBar).props.valueDescription).toBe('300 of 400 are in line'));
  await vi.advanceTimersByTimeAsync(2000);
  await waitFor(() => expect(findAll(Alert).map(({ props }) => props.title).join()).toContain('All 400 are in line'));
  expect(maybeFind(ProgressBar)).toBeNull();
});

test('who may not act cannot retry', async () => {
  const { find, waitFor } = at('/failing', {
    [CAUSES]: causes(),
    [CONNECTION]: connection({ you: { email: 'sam@example.com', mayAct: false } }),
  });
  await waitFor(() => expect(read(find(Table))).toContain('No QuickBooks customer'));
  expect(find(LoadingButton, button('Retry all')).props.disabled).toBe(true);
});

const REPORT = '/v1/reports/reconciliation';
const report = (state: Answer<'ReportAnswer'>['state']): Answer<'ReportAnswer'> => ({
  from: '2026-11-01', to: '2026-11-30', state, why: '', doneTo: '', cursor: '', requestedAt: '', updatedAt: '',
  totals: state === 'done'
    ? [{ finding: 'amounts_differ', currency: 'USD', invoices: 1, hubspot: '100.00', quickbooks: '90.00', difference: '10.00' }]
    : [],
  wholes: [],
  plan: state === 'planning' ? null : { invoicesInHubspot: 120, invoicesInQuickbooks: 118, meteredReads: 7 },
  rows: [],
});

test('a report is planned, its cost seen, run, and its files linked', async () => {
  const { find, findAll, waitFor } = at('/report', {
    [`GET ${REPORT}`]: [refusal(404, 'not_found', 'None.'), report('planned'), report('running'), report('done')],
    [`POST ${REPORT}`]: report('planning'),
    [`GET ${REPORT}/files`]: {
      files: [{ label: 'Totals', url: 'https://stage.invalid/files/reconciliation?ticket=W10' }],
      expiresAt: '2026-11-26T19:05:00Z',
    },
  });
  await waitFor(() => find(DateInput, { name: 'from' }).trigger('onChange', { year: 2026, month: 10, date: 1 } as never));
  find(DateInput, { name: 'to' }).trigger('onChange', { year: 2026, month: 10, date: 30 } as never);
  await waitFor(() => expect(find(LoadingButton, button('Plan')).props.disabled).toBe(false));
  find(LoadingButton, button('Plan')).trigger('onClick');
  await waitFor(() => find(Button, button('Compare')).trigger('onClick'));
  for (let i = 0; i < 3; i++) await vi.advanceTimersByTimeAsync(2000);
  await waitFor(() => expect(read(find(Table))).toContain('Amounts differ'));
  find(LoadingButton, button('Make CSV files')).trigger('onClick');
  await waitFor(() => expect(findAll(Link).map(read)).toContain('Download: Totals (CSV)'));
  expect(posted()).toEqual([
    { from: '2026-11-01', to: '2026-11-30', again: false },
    { from: '2026-11-01', to: '2026-11-30', run: true },
  ]);
});

test('last month is chosen by one click, by the time zone of the portal', () => {
  const year = monthOf(new Date('2027-01-01T03:00:00Z'), 'America/New_York', 1);
  expect(year).toEqual([{ year: 2026, month: 10, date: 1 }, { year: 2026, month: 10, date: 30 }]);
  const leap = monthOf(new Date('2028-03-10T03:00:00Z'), 'Europe/Berlin', 1);
  expect(leap).toEqual([{ year: 2028, month: 1, date: 1 }, { year: 2028, month: 1, date: 29 }]);
});

test('after the connection has ended, each page says so first', async () => {
  const { find, waitFor } = at('/failing', { [CAUSES]: causes(), [CONNECTION]: connection({ state: 'not_connected' }) });
  await waitFor(() => expect(find(Alert).props.title).toBe('QuickBooks is not connected'));
  expect(read(find(Table))).toContain('No QuickBooks customer');
});

test('a period that ends before it begins cannot be planned', async () => {
  const { find, waitFor, getRootNode } = at('/report', { [`GET ${REPORT}`]: refusal(404, 'not_found', 'None.') });
  await waitFor(() => find(DateInput, { name: 'from' }).trigger('onChange', { year: 2026, month: 10, date: 2 } as never));
  find(DateInput, { name: 'to' }).trigger('onChange', { year: 2026, month: 10, date: 1 } as never);
  await waitFor(() => expect(read(getRootNode())).toContain('The first must not be after the last.'));
  expect(find(LoadingButton, button('Plan')).props.disabled).toBe(true);
});

test('a backfill shows what it would do before it is run, and how far it is', async () => {
  const backfill = (changes: Partial<Answer<'BackfillAnswer'>>): Answer<'BackfillAnswer'> => ({
    from: '2026-01-01', to: '2026-01-31', state: 'planned', why: '', progress: null, requestedAt: '', updatedAt: '',
    plan: {
      invoices: 120, byOutcome: { create: 96, fail: 4 }, byCode: { closed_period: { title: 'The period is closed', invoices: 4 } },
      numbersTakenBy: {}, meteredReads: 8, runMeteredReads: 8,
    },
    ...changes,
  });
  const progress = { done: 60, total: 120, adopted: 20, sent: 40, written: 39, failing: 1, left: 0 };
  const { find, waitFor, getRootNode } = at('/backfill', {
    'GET /v1/backfill': [backfill({}), backfill({ state: 'running', progress })],
    'POST /v1/backfill': backfill({ state: 'running', progress }),
  });
  await waitFor(() => expect(read(getRootNode())).toContain('96 invoices will be created or changed in QuickBooks.'));
  expect(read(find(Table))).toContain('The period is closed');
  find(Button, button('Bring them in')).trigger('onClick');
  await waitFor(() => expect(find(ProgressBar).props.valueDescription).toBe('60 / 120'));
  expect(posted()).toEqual([{ from: '2026-01-01', to: '2026-01-31', run: true }]);
});

test('a backfill that was planned can be stopped', async () => {
  const backfill = (changes: Partial<Answer<'BackfillAnswer'>>): Answer<'BackfillAnswer'> => ({
    from: '2026-01-01', to: '2026-01-31', state: 'planned', why: '', progress: null, requestedAt: '', updatedAt: '',
    plan: { invoices: 120, byOutcome: {}, byCode: {}, numbersTakenBy: {}, meteredReads: 8, runMeteredReads: 8 },
    ...changes,
  });
  const cancelled = backfill({ state: 'cancelled', why: 'pat@example.com stopped it.' });
  const { find, waitFor } = at('/backfill', {
    'GET /v1/backfill': [backfill({}), cancelled],
    'POST /v1/backfill/cancel': cancelled,
  });
  await waitFor(() => find(Button, button('Stop it')));
  find(Button, button('Stop it')).trigger('onClick');
  await waitFor(() => expect(find(Alert).props.title).toBe('pat@example.com stopped it.'));
  expect(posted()).toEqual([{ from: '2026-01-01', to: '2026-01-31' }]);
});

test('unrecorded money and who did what are listed', async () => {
  const amount = {
    kind: 'refund', invoiceId: '9', number: 'INV-9', hubspotId: '1', amount: '5.00', currency: 'USD', date: '2026-11-20',
    reason: 'Refunds are not recorded.', since: '2026-11-20T00:00:00Z',
  };
  const payments = at('/payments', { 'GET /v1/payments/unrecorded': { amounts: [amount], cursor: '' } });
  await payments.waitFor(() => expect(read(payments.find(Table))).toMatch(/INV-9.*Refund .*5\.00.*Refunds are not recorded/));
  const entry = { at: '2026-11-20T00:00:00Z', who: 'pat@example.com', action: 'settings', invoiceId: '', number: '', says: 'Changed “Record payments”.' };
  const audit = at('/audit', { 'GET /v1/audit': { entries: [entry], cursor: '' } });
  await audit.waitFor(() => expect(read(audit.find(Table))).toContain('Changed “Record payments”.'));
});

test('the connection says since when, by whom, and that a regular check is late', async () => {
  const { find, waitFor, getRootNode } = at('/connection', {
    [CONNECTION]: connection({ lastSweepAt: '2026-11-01T00:00:00Z' }),
  });
  await waitFor(() => expect(find(Alert).props.title).toBe('The regular check is late'));
  expect(read(getRootNode())).toMatch(/Acme Books.*pat@example\.com/);
});

test('the two are disconnected after a dialog, and what is kept is deleted only if asked', async () => {
  const { find, maybeFind, waitFor, mocks } = at('/connection', {
    'DELETE /v1/connection': refusal(503, 'unavailable', 'Try again in a moment.'),
  });
  await waitFor(() => expect(find(Button, button('Disconnect')).props.disabled).toBe(false));
  const dialog = () => find(Modal, { id: 'disconnect' });
  expect(read(dialog())).toContain('What is in QuickBooks stays as it is');
  dialog().find(LoadingButton).trigger('onClick');
  await waitFor(() => expect(dialog().find(Alert).props.title).toBe('Try again in a moment.'));
  serves({ [CONNECTION]: connection({ state: 'not_connected' }), 'DELETE /v1/connection': { accessEnded: true, deleting: true } });
  dialog().find(Checkbox).props.onChange?.(true, '');
  dialog().find(LoadingButton).trigger('onClick');
  await waitFor(() => expect(maybeFind(Button, button('Disconnect'))).toBeNull());
  const sent = calls.filter(({ method }) => method === 'DELETE');
  expect(sent.map(({ path }) => path)).toEqual(['/v1/connection', '/v1/connection?deleteData=true']);
  expect(mocks.actions.addAlert.calls).toMatchObject([[{ type: 'success' }]]);
});

test('that a service has not confirmed the end is said', async () => {
  const { find, waitFor, mocks } = at('/connection', {
    'DELETE /v1/connection': { accessEnded: false, deleting: false },
  });
  await waitFor(() => find(Modal, { id: 'disconnect' }));
  find(Modal, { id: 'disconnect' }).find(LoadingButton).trigger('onClick');
  await waitFor(() => expect(mocks.actions.addAlert.calls).toMatchObject([[{ type: 'warning' }]]));
});

test('who may only look cannot disconnect', async () => {
  const { find, waitFor } = at('/connection', { [CONNECTION]: connection({ you: { email: 'sam@example.com', mayAct: false } }) });
  await waitFor(() => expect(find(Button, button('Disconnect')).props.disabled).toBe(true));
});
