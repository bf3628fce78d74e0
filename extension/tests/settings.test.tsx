import { Alert, Button, EmptyState, ErrorState, Input, LoadingButton, Modal, Select, Text, Toggle, ToggleGroup } from '@hubspot/ui-extensions';
import { createRenderer } from '@hubspot/ui-extensions/testing';
import type { Answer } from '@invoice-sync/shared';
import { expect, test } from 'vitest';
import { SettingsPage } from '../src/app/settings/SettingsPage';
import { connection, posted, read, refusal, serves } from './service';

const CHOICES = 'GET /v1/settings/choices';
const settings: Answer<'SettingsAnswer'> = {
  createCustomers: false, displayName: 'company', onDisplayNameClash: 'fail', documentNumber: 'hubspot',
  serviceDate: 'billing_start', fallbackItemId: '21', feeItemId: '', discountAccountId: '', taxCodeId: '',
  untaxedCodeId: '', taxCodes: {}, terms: { '30': '3' }, recordPayments: true, depositAccountId: '',
  sources: ['hubspot'], nativeSync: 'never', mayAct: ['pat@example.com'],
};
const choices: Answer<'ChoicesAnswer'> = {
  items: [{ id: '22', name: 'Services', about: 'Service', fits: ['fallbackItemId'] }],
  accounts: [], taxCodes: [{ id: '2', name: 'VAT 20 %', about: '', fits: ['taxCodes'] }],
  terms: [{ id: '3', name: 'Net 30', about: '30 days', fits: ['terms'] }],
  leftOut: '',
  readAt: '2026-11-26T19:00:00Z', meteredReads: 4, cached: true,
};
const change = (done: boolean): Answer<'SettingsChangeAnswer'> => ({
  settings, done, retries: 7,
  changes: [{ setting: 'fallbackItemId', label: 'Item for lines that match none', before: '', after: 'Services' }],
});
const page = (others: Parameters<typeof serves>[0] = {}) => {
  serves({ 'GET /v1/connection': connection(), 'GET /v1/settings': settings, [CHOICES]: choices, ...others });
  const renderer = createRenderer('settings');
  renderer.render(<SettingsPage />);
  return renderer;
};
const button = (label: string) => (node: unknown) => read(node) === label;

test('records of QuickBooks are chosen by name, and one that is gone is said to be', async () => {
  const { find, waitFor } = page();
  await waitFor(() => expect(find(Select, { name: 'fallbackItemId' }).props.options).toEqual([
    { value: '', label: '(none)' },
    { value: '21', label: 'No longer in QuickBooks (id 21)' },
    { value: '22', label: 'Services (Service)' },
  ]));
  // An item that a fee cannot have is not offered for fees.
  expect(find(Select, { name: 'feeItemId' }).props.options).toEqual([{ value: '', label: '(none)' }]);
  expect(find(Select, { name: 'terms-30' }).props.options).toEqual([{ value: '3', label: 'Net 30 (30 days)' }]);
});

test('only what changed is saved, after a dialog that says what it does', async () => {
  const { find, waitFor, mocks } = page({ 'PATCH /v1/settings': [change(false), change(true)] });
  await waitFor(() => expect(find(Button, button('Nothing changed')).props.disabled).toBe(true));
  find(Select, { name: 'fallbackItemId' }).trigger('onChange', '22' as never);
  find(Toggle, { name: 'createCustomers' }).trigger('onChange', true as never);
  find(Toggle, { name: 'createCustomers' }).trigger('onChange', false as never);
  await waitFor(() => expect(find(Button, (node) => read(node).startsWith('Save changes')).props.disabled).toBe(false));
  find(Button, (node) => read(node).startsWith('Save changes')).trigger('onClick');
  await waitFor(() => expect(read(find(Modal))).toContain('7 failing invoices will be tried again.'));
  expect(read(find(Modal))).toMatch(/Item for lines that match none.*\(none\).*Services/);
  find(Modal).find(LoadingButton).trigger('onClick');
  await waitFor(() => expect(mocks.actions.closeOverlay.calls).toEqual([['save-settings']]));
  await waitFor(() => find(Button, button('Nothing changed')));
  expect(posted()).toEqual([
    { fallbackItemId: '22', preview: true },
    { fallbackItemId: '22', preview: false },
  ]);
});

test('a value that QuickBooks does not have is refused in words, and nothing is saved', async () => {
  const words = 'The item 22 is not active in QuickBooks.';
  const { find, waitFor, mocks } = page({ 'PATCH /v1/settings': refusal(400, 'setting_invalid', words) });
  await waitFor(() => find(Select, { name: 'fallbackItemId' }).trigger('onChange', '22' as never));
  await waitFor(() => find(Button, (node) => read(node).startsWith('Save changes')).trigger('onClick'));
  await waitFor(() => expect(find(Modal).find(Alert).props.title).toBe(words));
  expect(find(Modal).find(LoadingButton).props.disabled).toBe(true);
  expect(mocks.actions.closeOverlay.calls).toEqual([]);
});

test('terms and people are added and removed', async () => {
  const { find, findAll, waitFor } = page({ 'PATCH /v1/settings': change(false) });
  await waitFor(() => find(Input, { name: 'terms-new-key' }).trigger('onInput', '14' as never));
  find(Select, { name: 'terms-new' }).trigger('onChange', '3' as never);
  const adds = () => find(Button, (node) => read(node) === 'Add' && node.props.disabled === false);
  await waitFor(() => adds().trigger('onClick'));
  const removes = () => findAll(Button, button('Remove'));
  await waitFor(() => expect(removes()).toHaveLength(2));
  removes()[1]?.trigger('onClick');
  await waitFor(() => expect(removes()).toHaveLength(1));
  find(Input, { name: 'people' }).trigger('onChange', 'pat@example.com, sam@example.com ,' as never);
  await waitFor(() => find(Button, (node) => read(node).startsWith('Save changes')).trigger('onClick'));
  await waitFor(() => expect(posted()).toHaveLength(1));
  const [sent] = posted() as { terms: Record<string, string>; mayAct: string[] }[];
  expect(sent?.terms).toEqual({ '14': '3' });
  expect(sent?.mayAct).toEqual(['pat@example.com', 'sam@example.com']);
});

test('everyone may be allowed to act', async () => {
  const { find, waitFor } = page({ 'PATCH /v1/settings': change(false) });
  await waitFor(() => find(ToggleGroup).trigger('onChange', 'everyone' as never));
  await waitFor(() => find(Button, (node) => read(node).startsWith('Save changes')).trigger('onClick'));
  await waitFor(() => expect(posted()).toEqual([{ mayAct: ['everyone'], preview: true }]));
});

test('while nobody is named, it is not said that everyone may act', async () => {
  const { find, waitFor } = page({ 'GET /v1/settings': { ...settings, mayAct: [] } });
  await waitFor(() => expect(find(ToggleGroup, { name: 'mayAct' }).props.value).toBe('named'));
});

test('who may not change them sees them', async () => {
  const { find, findAll, maybeFind, waitFor } = page({
    'GET /v1/connection': connection({ you: { email: 'sam@example.com', mayAct: false } }),
  });
  await waitFor(() => expect(findAll(Text).map(read).join()).toContain('You may look at the settings.'));
  expect(find(Select, { name: 'displayName' }).props.readOnly).toBe(true);
  expect(maybeFind(Button)).toBeNull();
});

test('without a connection there are no settings', async () => {
  const { find, waitFor } = page({ 'GET /v1/connection': connection({ state: 'not_connected' }) });
  await waitFor(() => expect(find(EmptyState).props.title).toBe('QuickBooks is not connected'));
});

test('settings that cannot be loaded say so; names that cannot be read do not hide them', async () => {
  const down = page({ 'GET /v1/settings': refusal(503, 'unavailable', 'Not now.') });
  await down.waitFor(() => expect(read(down.find(ErrorState))).toContain('Not now.'));
  const nameless = page({ [CHOICES]: refusal(503, 'unavailable', 'QuickBooks does not answer.') });
  await nameless.waitFor(() => expect(nameless.find(Select, { name: 'fallbackItemId' }).props.value).toBe('21'));
  await nameless.waitFor(() => expect(read(nameless.find(Alert))).toContain('QuickBooks does not answer.'));
});
