import { StatusTag } from '@hubspot/ui-extensions';
import type { Answer } from './api';
import { WORDS } from './words';

type Status = Answer<'SyncStatusAnswer'>['status'];
const VARIANTS = { synced: 'success', failing: 'danger', pending: 'warning', skipped: 'default', unknown: 'info' } as const;

/** Whether an invoice is synced: a coloured dot and the word. */
export function InvoiceStatus({ status }: { status: Status }) {
  return <StatusTag variant={VARIANTS[status]}>{WORDS.status[status]}</StatusTag>;
}
