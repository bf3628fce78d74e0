import {
  Accordion,
  Alert,
  Button,
  EmptyState,
  ErrorState,
  Link,
  LoadingButton,
  LoadingSpinner,
  Modal,
  SearchInput,
  StatusTag,
  Text,
  ToggleGroup,
} from '@hubspot/ui-extensions';
import { createRenderer } from '@hubspot/ui-extensions/testing';
import { expect, test, vi } from 'vitest';
import { SyncCard } from '../src/app/cards/SyncCard';
import { calls, connection, considered, failure, posted, read, refusal, serves, status, synced } from './service';

const STATUS = 'GET /v1/invoices/123/sync-status';
const RESOLVE = '/v1/invoices/123/resolve';
const RETRY = '/v1/invoices/123/retry';
const queued = status({ queuedAt: '2026-11-26T19:04:00Z' });
const card = () => {
  const renderer = createRenderer('crm.record.tab');
  renderer.render(<SyncCard />);
  return renderer;
};
const button = (label: string) => (node: { text: string | null }) => node.text === label;

test('a failing invoice says why, what it concerns and what to do', async () => {
  serves({ [STATUS]: status() });
  const { find, findAll, waitFor, getRootNode } = card();
  expect(find(LoadingSpinner).props.label).toBe('Loading the sync status');
  await waitFor(() => expect(find(StatusTag).text).toBe('Failing to sync'));
  expect(find(Alert).props.title).toBe('An invoice should have an associated customer');
  expect(find(Alert).text).toBe('No QuickBooks customer has the email of the contact.');
  const all = read(getRootNode());
  for (const part of ['Acme Inc.', '1,200.00', 'In HubSpot', 'In QuickBooks', 'In this app', 'Choose the customer here.']) {
    expect(all).toContain(part);
  }
  expect(findAll(Link).map((link) => link.props.href)).toContainEqual({
    url: 'https://app.hubspot.com/contacts/1',
    external: true,
  });
  expect(posted()).toEqual([]);
});

test('a decision is previewed, made, and its outcome awaited', async () => {
  serves({
    [STATUS]: [status(), queued, synced],
    [`POST ${RESOLVE}`]: [considered({ affects: 12 }), considered({ done: true, affects: 12 })],
  });
  const { find, maybeFind, waitFor, mocks } = card();
  await waitFor(() => find(Button, button('Create the customer')).trigger('onClick'));
  const dialog = () => find(Modal, { id: 'decide-123-create_customer' });
  await waitFor(() => expect(read(dialog())).toContain('A new customer "Acme Inc." will be created'));
  expect(read(dialog())).toContain('This is about 12 invoices.');
  dialog().find(LoadingButton).trigger('onClick');
  await waitFor(() => expect(mocks.actions.closeOverlay.calls).toEqual([['decide-123-create_customer']]));
  await waitFor(() => find(LoadingButton, button('Checking')));
  await vi.advanceTimersByTimeAsync(2000);
  await waitFor(() => expect(find(StatusTag).text).toBe('Synced'));
  expect(maybeFind(Alert)).toBeNull();
  expect(posted(RESOLVE)).toEqual([
    { resolution: 'create_customer', preview: true },
    { resolution: 'create_customer', preview: false },
  ]);
});

test('a customer is chosen among the candidates, or found by name', async () => {
  const candidate = { id: '58', name: 'Acme Inc.', about: 'billing@example.com', reasons: ['same company name'] };
  serves({
    [STATUS]: status(),
    [`POST ${RESOLVE}`]: [
      considered({ says: '', candidates: [candidate] }),
      considered({ says: 'Invoices of this contact will go to "Beta".' }),
      considered({ done: true }),
    ],
    'GET /v1/quickbooks/customers?search=Beta%20%26%20Co': {
      candidates: [{ id: '77', name: 'Beta & Co', about: '', reasons: [] }],
      meteredReads: 1,
    },
  });
  const { find, waitFor } = card();
  await waitFor(() => find(Button, button('Use another customer')).trigger('onClick'));
  const dialog = () => find(Modal, { id: 'decide-123-use_customer' });
  await waitFor(() => expect(dialog().find(ToggleGroup).props.options).toEqual([
    { value: '58', label: 'Acme Inc.', description: 'billing@example.com · same company name' },
  ]));
  const confirm = () => dialog().find(LoadingButton, button('Do it'));
  expect(confirm().props.disabled).toBe(true);
  dialog().find(SearchInput).trigger('onInput', 'Beta & Co' as never);
  await waitFor(() => expect(dialog().find(LoadingButton, button('Search')).props.disabled).toBe(false));
  dialog().find(LoadingButton, button('Search')).trigger('onClick');
  await waitFor(() => expect(dialog().find(ToggleGroup).props.options?.[0]?.label).toBe('Beta & Co'));
  dialog().find(ToggleGroup).trigger('onChange', '77' as never);
  await waitFor(() => expect(confirm().props.disabled).toBe(false));
  confirm().trigger('onClick');
  await waitFor(() => expect(posted(RESOLVE)).toEqual([
    { resolution: 'use_customer', preview: true },
    { resolution: 'use_customer', customerId: '77', preview: true },
    { resolution: 'use_customer', customerId: '77', preview: false },
  ]));
});

test('a decision that the service refuses says why, and is not made', async () => {
  serves({ [STATUS]: status(), [`POST ${RESOLVE}`]: refusal(409, 'not_offered', 'The period is closed.') });
  const { find, waitFor, mocks } = card();
  await waitFor(() => find(Button, button('Create the customer')).trigger('onClick'));
  const dialog = () => find(Modal, { id: 'decide-123-create_customer' });
  await waitFor(() => expect(dialog().find(Alert).props.title).toBe('The period is closed.'));
  expect(dialog().find(LoadingButton).props.disabled).toBe(true);
  expect(mocks.actions.closeOverlay.calls).toEqual([]);
});

test('a double click decides once', async () => {
  serves({ [STATUS]: [status(), synced], [`POST ${RESOLVE}`]: [considered(), considered({ done: true })] });
  const { find, waitFor } = card();
  await waitFor(() => find(Button, button('Create the customer')).trigger('onClick'));
  const confirm = () => find(Modal, { id: 'decide-123-create_customer' }).find(LoadingButton, button('Do it'));
  await waitFor(() => expect(confirm().props.disabled).toBe(false));
  const { onClick } = confirm().props as unknown as { onClick: () => void };
  onClick();
  onClick();
  await waitFor(() => expect(find(StatusTag).text).toBe('Synced'));
  expect(posted(RESOLVE)).toHaveLength(2);
});

test('who decides after somebody else is told so, and sees the invoice as it is now', async () => {
  serves({
    [STATUS]: [status(), synced],
    [`POST ${RESOLVE}`]: [considered(), refusal(409, 'not_offered', 'The invoice is synced now.')],
  });
  const { find, waitFor, mocks } = card();
  await waitFor(() => find(Button, button('Create the customer')).trigger('onClick'));
  const confirm = () => find(Modal, { id: 'decide-123-create_customer' }).find(LoadingButton, button('Do it'));
  await waitFor(() => expect(confirm().props.disabled).toBe(false));
  confirm().trigger('onClick');
  await waitFor(() => expect(find(StatusTag).text).toBe('Synced'));
  expect(mocks.actions.addAlert.calls).toEqual([[{ type: 'warning', message: 'The invoice is synced now.' }]]);
});

test('a check now is asked for once, and awaited for a minute', async () => {
  serves({ [STATUS]: [status(), queued], [`POST ${RETRY}`]: { queued: 1 } });
  const { find, findAll, waitFor } = card();
  await waitFor(() => find(LoadingButton, button('Check again now')).trigger('onClick'));
  await waitFor(() => expect(findAll(Alert)[0]?.props.title).toContain('next in line'));
  for (let i = 0; i < 40; i++) await vi.advanceTimersByTimeAsync(2000);
  await waitFor(() => expect(findAll(Alert)[0]?.props.title).toContain('longer than usual'));
  expect(posted()).toHaveLength(1);
  expect(calls.filter(({ path }) => path.endsWith('sync-status')).length).toBe(2 + 30);
});

test('nothing is polled while nothing moves', async () => {
  serves({ [STATUS]: synced });
  const { find, waitFor } = card();
  await waitFor(() => expect(find(StatusTag).text).toBe('Synced'));
  await vi.advanceTimersByTimeAsync(120_000);
  expect(calls).toHaveLength(1);
});

test('who may not act sees everything, and no button works', async () => {
  serves({ [STATUS]: status({ mayAct: false }) });
  const { find, findAll, waitFor, getRootNode } = card();
  await waitFor(() => expect(find(StatusTag).text).toBe('Failing to sync'));
  const decisions = findAll(Button).filter(({ text }) => text?.includes('ustomer'));
  expect(decisions.map(({ props }) => props.disabled)).toEqual([true, true]);
  expect(find(LoadingButton).props.disabled).toBe(true);
  expect(read(getRootNode())).toContain('You may look, but not change this');
});

test('a portal that is not connected is told how to connect', async () => {
  serves({
    [STATUS]: status({ status: 'unknown', failure: null, resolutions: [], connected: false }),
    'GET /v1/connection': connection({ state: 'not_connected' }),
  });
  const { find, waitFor } = card();
  await waitFor(() => expect(find(EmptyState).props.title).toBe('QuickBooks is not connected'));
  expect(find(Link).props.href).toEqual({ url: 'https://stage.invalid/connect', external: true });
});

test('after the connection has ended, a synced invoice is not said to be up to date', async () => {
  serves({
    [STATUS]: { ...synced, connected: false },
    'GET /v1/connection': connection({ state: 'reconnect_required', service: 'quickbooks' }),
  });
  const { find, waitFor } = card();
  await waitFor(() => expect(find(Alert).props.title).toBe('QuickBooks must be connected again'));
  expect(read(find(Alert))).toContain('Changes since then have not reached QuickBooks.');
  expect(find(StatusTag).text).toBe('Synced');
});

test('an invoice that was never seen says what to do', async () => {
  serves({
    [STATUS]: status({ status: 'unknown', failure: null, resolutions: [] }),
  });
  const { find, waitFor, getRootNode } = card();
  await waitFor(() => expect(find(StatusTag).text).toBe('Not synced yet'));
  await waitFor(() => expect(read(getRootNode())).toContain('Check it now'));
});

test('a skipped invoice says its reason', async () => {
  serves({ [STATUS]: status({ status: 'skipped', reason: 'It is a draft.', failure: null, resolutions: [] }) });
  const { find, waitFor, getRootNode } = card();
  await waitFor(() => expect(find(StatusTag).text).toBe('Not synced'));
  expect(read(getRootNode())).toContain('It is a draft.');
});

test('trouble is shown with a way on', async () => {
  serves({ [STATUS]: [refusal(503, 'unavailable', 'QuickBooks does not answer.'), synced] });
  const { find, waitFor } = card();
  await waitFor(() => expect(find(ErrorState).find(Text).text).toBe('QuickBooks does not answer.'));
  find(Button, button('Try again')).trigger('onClick');
  await waitFor(() => expect(find(StatusTag).text).toBe('Synced'));
});

test('a service that does not answer is trouble too', async () => {
  serves({});
  const { find, waitFor } = card();
  await waitFor(() => expect(read(find(ErrorState))).toContain('did not answer'));
});

test('what is shown stays when it cannot be refreshed, and says so', async () => {
  serves({
    [STATUS]: [status(), refusal(503, 'unavailable', 'Not now.')],
    [`POST ${RETRY}`]: { queued: 1 },
  });
  const { find, findAll, waitFor } = card();
  await waitFor(() => find(LoadingButton, button('Check again now')).trigger('onClick'));
  await waitFor(() => expect(findAll(Alert)[0]?.props.title).toBe('This may be out of date'));
  expect(find(StatusTag).text).toBe('Failing to sync');
});

test('a preview is asked for by a click only', async () => {
  serves({
    [STATUS]: status(),
    'GET /v1/invoices/123/preview': {
      invoiceId: '123', outcome: 'create', reason: '', customer: 'Acme Inc.', newCustomer: null,
      payload: {
        DocNumber: 'INV-2017', TxnDate: '2026-11-28', CurrencyRef: { value: 'USD' }, CustomerRef: { value: '106' },
        Line: [
          { LineNum: 1, Amount: 1200, Description: 'Support plan', SalesItemLineDetail: { Qty: 1, UnitPrice: 1200 } },
          { Amount: 100, DetailType: 'DiscountLineDetail', DiscountLineDetail: { PercentBased: false } },
        ],
      },
      differences: [], failures: [failure()], meteredReads: 1,
    },
  });
  const { find, waitFor } = card();
  const preview = () => find(Accordion, { title: 'What would be sent' });
  await waitFor(() => preview().find(Button).trigger('onClick'));
  await waitFor(() => expect(read(preview())).toContain('The invoice will be created in QuickBooks.'));
  for (const part of ['INV-2017', 'Acme Inc.', 'Nov 28, 2026', 'Support plan', '1,200.00\u00a0USD', 'Discount', '-100.00\u00a0USD']) {
    expect(read(preview())).toContain(part);
  }
  for (const code of ['CustomerRef', '{', '106']) expect(read(preview())).not.toContain(code);
  expect(preview().find(Alert).text).toBe('No QuickBooks customer has the email of the contact.');
});

test('what differs, what was left out and what is in no book are shown', async () => {
  const payment = {
    status: 'partly_paid' as const, total: '1200.00', balance: '500.00', currency: 'USD', quickbooksReadAt: null,
    hubspotBalance: '300.00', hubspotReadAt: null, difference: '200.00', exchangeRate: null, homeTotal: null, unread: '',
    payments: [{
      hubspotId: '1', state: 'not_synced' as const, amount: '200.00', applied: '', currency: 'USD', date: '2026-11-20',
      reason: 'It is in another currency.', quickbooksId: '',
    }],
  };
  serves({ [STATUS]: status({ ...synced, payment, leftOut: [{ field: 'email', reason: 'QuickBooks refuses it.' }] }) });
  const { find, waitFor, getRootNode } = card();
  await waitFor(() => expect(find(StatusTag).text).toBe('Synced'));
  const all = read(getRootNode());
  for (const part of ['500.00', '300.00', 'It is in another currency.', 'QuickBooks refuses it.']) expect(all).toContain(part);
});
