import type { Answer } from '@invoice-sync/shared';

export type Settings = Answer<'SettingsAnswer'>;
export type SettingName = keyof Settings;
export type Choices = Answer<'ChoicesAnswer'>;

/** The settings in the order of the page. */
export const SECTIONS = {
  invoices: ['nativeSync', 'sources'],
  customers: ['createCustomers', 'displayName', 'onDisplayNameClash'],
  lines: ['fallbackItemId', 'feeItemId', 'discountAccountId'],
  numbers: ['documentNumber', 'serviceDate', 'terms'],
  tax: ['taxCodeId', 'untaxedCodeId', 'taxCodes'],
  payments: ['recordPayments', 'depositAccountId'],
  people: ['mayAct'],
} as const satisfies Record<string, readonly SettingName[]>;

/** Which list of QuickBooks records a setting chooses from. */
export const LISTS = {
  fallbackItemId: 'items',
  feeItemId: 'items',
  discountAccountId: 'accounts',
  depositAccountId: 'accounts',
  taxCodeId: 'taxCodes',
  untaxedCodeId: 'taxCodes',
  terms: 'terms',
  taxCodes: 'taxCodes',
} as const;
