import { type Answer, SETTINGS } from '@invoice-sync/shared';
import type { SettingName } from './sections';

type Choice = Answer<'SettingChoice'>;

/** What a Select offers: "none" if it may be empty, and the value that is set even if QuickBooks lost it. */
export function optionsOf(setting: SettingName, choices: Choice[] | undefined, value: string, mayBeEmpty: boolean) {
  const fitting = (choices ?? []).filter(({ fits }) => (fits as string[]).includes(setting));
  const offered = fitting.map(({ id, name, about }) => ({
    value: id,
    label: about ? `${name} (${about})` : name,
  }));
  const lost = value !== '' && !offered.some((option) => option.value === value);
  return [
    ...(mayBeEmpty ? [{ value: '', label: SETTINGS.none }] : []),
    // Until the names are read nobody knows whether it is there.
    ...(lost ? [{ value, label: choices ? SETTINGS.unknownId(value) : value }] : []),
    ...offered,
  ];
}
