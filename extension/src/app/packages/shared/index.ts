export { ApiError, call, withQuery, type Answer } from './api';
export { Decide } from './Decide';
export { count, day, money, reasonOf, sums, time } from './format';
export { usePlace, useAnswer, usePolling, type Loaded } from './hooks';
export { InvoiceStatus } from './InvoiceStatus';
export { usePages, type Pages } from './pagesOf';
export { Differences, FailureView } from './FailureView';
export { Trouble } from './Trouble';
export { PAGES, SETTINGS, WORDS } from './words';
