export { ApiError, call, withQuery, type Answer } from './api';
export { Decide } from './Decide';
export { FailureView } from './FailureView';
export { count, day, money, sums, time } from './format';
export { usePlace, useAnswer, usePolling, type Loaded } from './hooks';
export { InvoiceStatus } from './InvoiceStatus';
export { Trouble } from './Trouble';
export { WORDS } from './words';
