/** Numbers, money and times as the user's locale writes them. */

type Place = { locale?: string; timeZone?: string };

/** An amount such as "1200.00" as "1,200.00 USD", as the API writes them; as it came when either cannot be read. */
export function money(amount: string | null, currency: string, { locale }: Place = {}): string {
  if (!amount) return '–';
  const number = Number(amount);
  if (!Number.isFinite(number) || !currency) return `${amount} ${currency}`.trim();
  try {
    const { maximumFractionDigits: digits } = new Intl.NumberFormat(locale, { style: 'currency', currency }).resolvedOptions();
    const written = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return `${written.format(number)}\u00a0${currency}`;
  } catch {
    return `${amount} ${currency}`;
  }
}

type Sum = { currency: string; amount: string };

/** Sums of several currencies, such as "1,200.00 USD and 80.00 EUR". */
export function sums(amounts: Sum[], place: Place = {}): string {
  const texts = amounts.map(({ amount, currency }) => money(amount, currency, place));
  return new Intl.ListFormat(place.locale, { type: 'conjunction' }).format(texts);
}

/** A name of the API as a few words: "Customer not found", "Modified outside HubSpot". */
export function reasonOf(code: string): string {
  const words = code.replaceAll('_', ' ').replace(/\bhubspot\b/, 'HubSpot').replace(/\bquickbooks\b/, 'QuickBooks');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function count(value: number, { locale }: Place = {}): string {
  return new Intl.NumberFormat(locale).format(value);
}

/** A point in time, in the time zone of the portal. */
export function time(value: string | null, { locale, timeZone }: Place = {}): string {
  if (!value) return '–';
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(new Date(value));
}

/** The day of a point in time, in the time zone of the portal. */
export function dayOf(value: string | null, { locale, timeZone }: Place = {}): string {
  if (!value) return '–';
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone }).format(new Date(value));
}

/** A day such as "2026-11-20": it has no time zone. */
export function day(value: string | null, { locale }: Place = {}): string {
  return dayOf(value && `${value}T00:00:00Z`, { locale, timeZone: 'UTC' });
}
