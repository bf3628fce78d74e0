import type { Answer } from '@invoice-sync/shared';
import { beforeEach, vi } from 'vitest';

/** The API as a screen meets it: answers by "METHOD path", the last one again and again. */
type Reply = object | { status: number; code: string; detail: string };
export const calls: { method: string; path: string; body?: unknown }[] = [];
let replies: Record<string, Reply[]> = {};

export function serves(answers: Record<string, Reply | Reply[]>): void {
  replies = Object.fromEntries(Object.entries(answers).map(([name, reply]) => [name, [reply].flat()]));
}

export const refusal = (status: number, code: string, detail: string) => ({ status, code, detail, refused: true });

export function posted(path?: string): unknown[] {
  const sent = calls.filter((call) => call.method !== 'GET' && (path === undefined || call.path === path));
  return sent.map(({ body }) => body);
}

beforeEach(() => {
  calls.length = 0;
  replies = {};
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const hsFetch = async (url: string, options: { method?: string; body?: unknown }) => {
    const path = url.replace('https://stage.invalid', '');
    const method = options.method ?? 'GET';
    calls.push({ method, path, body: options.body });
    const queue = replies[`${method} ${path}`] ?? replies[`${method} ${path.split('?')[0] ?? ''}`];
    if (!queue) throw new Error(`nothing answers ${method} ${path}`);
    const reply = (queue.length > 1 ? queue.shift() : queue[0]) ?? {};
    if ('refused' in reply) return Response.json(reply, { status: (reply as unknown as { status: number }).status });
    return Response.json(reply);
  };
  Object.assign(globalThis, { self: globalThis, hsFetch });
});

export const failure = (changes: Partial<Answer<'ExplainedFailure'>> = {}): Answer<'ExplainedFailure'> => ({
  code: 'customer_not_found',
  title: 'An invoice should have an associated customer',
  explanation: 'No QuickBooks customer has the email of the contact.',
  remedy: {
    hubspot: ['Correct the contact’s email.'],
    quickbooks: ['Give the customer the email of the contact.'],
    app: ['Choose the customer here.'],
  },
  fixedBy: 'Anyone who may edit the record',
  healsWhen: 'A QuickBooks customer with the email appears.',
  resolutions: [
    { name: 'use_customer', label: 'Use another customer', sentence: 'You choose the customer.', argument: 'customerId' },
    { name: 'create_customer', label: 'Create the customer', sentence: 'It will be created.', argument: '' },
  ],
  links: [{ label: 'The contact in HubSpot', system: 'hubspot', url: 'https://app.hubspot.com/contacts/1' }],
  retried: false,
  detail: {},
  fault: '',
  differences: [],
  since: '2026-11-26T19:00:00Z',
  intuitTid: '',
  setting: null,
  ...changes,
});

export const status = (changes: Partial<Answer<'SyncStatusAnswer'>> = {}): Answer<'SyncStatusAnswer'> => ({
  invoiceId: '123',
  status: 'failing',
  reason: '',
  number: 'INV-2017',
  syncedAt: null,
  quickbooks: null,
  payment: null,
  leftOut: [],
  failure: failure(),
  resolutions: failure().resolutions,
  attempts: [],
  decisions: [],
  stopped: false,
  notShown: '',
  amount: '1200.00',
  currency: 'USD',
  date: '2026-11-20',
  dueDate: '2026-12-20',
  customer: 'Ada Byron',
  company: 'Acme Inc.',
  queuedAt: null,
  mayAct: true,
  connected: true,
  ...changes,
});

export const synced = status({
  status: 'synced',
  failure: null,
  resolutions: [],
  syncedAt: '2026-11-26T19:05:00Z',
  quickbooks: { id: '146', number: 'INV-2017', link: 'https://app.qbo.intuit.com/app/invoice?txnId=146' },
});

export const considered = (changes: Partial<Answer<'ResolutionAnswer'>> = {}): Answer<'ResolutionAnswer'> => ({
  resolution: 'create_customer',
  done: false,
  says: 'A new customer "Acme Inc." will be created in QuickBooks.',
  candidates: [],
  preview: null,
  affects: 1,
  ...changes,
});

export const connection = (changes: Partial<Answer<'ConnectionAnswer'>> = {}): Answer<'ConnectionAnswer'> => ({
  state: 'connected',
  service: '',
  companyName: 'Acme Books',
  realmId: '9130',
  country: 'US',
  homeCurrency: 'USD',
  quickbooksUrl: 'https://app.qbo.intuit.com',
  connectedAt: '2026-11-01T10:00:00Z',
  connectedBy: 'pat@example.com',
  startedAt: '2026-11-01T10:00:00Z',
  lastSweepAt: new Date().toISOString(),
  lastTrouble: null,
  connectUrl: 'https://stage.invalid/connect',
  you: { email: 'pat@example.com', mayAct: true },
  ...changes,
});

type Node = { text?: string | null; childNodes?: Node[] };

/** All the text of a part of the screen. */
export function read(node: unknown): string {
  const { childNodes, text } = node as Node;
  return childNodes?.length ? childNodes.map(read).join(' ') : (text ?? '');
}
