/** Numbers, money and times as the user's locale writes them. */

type Place = { locale?: string; timeZone?: string };

/** An amount such as "1200.00" with its currency; as it came when either cannot be read. */
export function money(amount: string | null, currency: string, { locale }: Place = {}): string {
  if (!amount) return '–';
  const number = Number(amount);
  if (!Number.isFinite(number) || !currency) return `${amount} ${currency}`.trim();
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'code' }).format(number);
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

/** A failure code as a few words: "Customer not found". */
export function reasonOf(code: string): string {
  const words = code.replaceAll('_', ' ');
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

/** A day such as "2026-11-20": it has no time zone. */
export function day(value: string | null, { locale }: Place = {}): string {
  if (!value) return '–';
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(`${value}T00:00:00Z`));
}
