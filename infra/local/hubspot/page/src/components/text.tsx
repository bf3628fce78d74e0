// What only shows something: words, marks and states.
import { Children } from 'react';
import type {
  AlertProps, DescriptionListItemProps, DescriptionListProps, DividerProps, EmptyStateProps, ErrorStateProps,
  HeadingProps, IconProps, IllustrationProps, ListProps, LoadingSpinnerProps, ProgressBarProps, ScoreProps,
  SpacerProps, StatisticsItemProps, StatisticsProps, StatisticsTrendProps, StatusTagProps, StepIndicatorProps,
  TextProps, TooltipProps,
} from '@hubspot/ui-extensions';
import { classes, size, useId } from './shared';

export const Text = ({ variant = 'bodytext', inline, format = {}, truncate, children, testId }: TextProps) => {
  const Tag = inline ? 'span' : 'div';
  const { fontWeight, italic, lineDecoration, textTransform } = format;
  const shortened = typeof truncate === 'object' ? truncate : {};
  const names = classes('text', variant, fontWeight, italic && 'italic', lineDecoration, textTransform, truncate && 'truncate');
  return (
    <Tag className={names} style={{ maxWidth: shortened.maxWidth }} title={shortened.tooltipText} data-testid={testId}>
      {children}
    </Tag>
  );
};

export const Heading = ({ inline, children, testId }: HeadingProps) => (
  <h3 className={classes('heading', inline && 'inline')} data-testid={testId}>{children}</h3>
);

const GLYPHS: Record<string, string> = {
  add: '+', bulb: '✦', checkCircle: '✓', success: '✓', clock: '◷', time: '◷', date: '▦', delete: '✕', remove: '✕', xCircle: '✕',
  downCarat: '▾', download: '↓', edit: '✎', ellipses: '…', email: '✉', exclamation: '!', exclamationCircle: '!', filter: '▽',
  home: '⌂', info: 'i', infoNoCircle: 'i', invoice: '▤', left: '‹', link: '↗', locked: '▣', question: '?', questionCircle: '?',
  redo: '↻', refresh: '↻', replace: '⇄', dataSync: '⇄', reports: '▥', right: '›', search: '⌕', settings: '⚙', undo: '↺',
  upCarat: '▴', upload: '↑', view: '◉', warning: '⚠', website: '◍', quickbooks: 'qb', duplicate: '⧉', copy: '⧉',
};

export const Icon = ({ name, color = 'inherit', size: given = 'sm', screenReaderText, testId }: IconProps) => (
  <span
    className={classes('icon', `icon-${color}`, `icon-${size(given)}`)} role="img" data-testid={testId}
    aria-label={screenReaderText} aria-hidden={screenReaderText ? undefined : true}
  >
    {GLYPHS[name] ?? '◦'}
  </span>
);

export const Illustration = ({ alt, width = 120, height = 90, testId }: IllustrationProps) => (
  <svg className="illustration" role="img" aria-label={alt || undefined} aria-hidden={!alt} width={width} height={height} viewBox="0 0 120 90" data-testid={testId}>
    <rect x="22" y="14" width="76" height="62" rx="6" /><path d="M36 34h48M36 46h48M36 58h28" />
  </svg>
);

export const List = ({ variant = 'unordered', children, testId }: ListProps) => {
  const Tag = variant.startsWith('ordered') ? 'ol' : 'ul';
  const items = Children.toArray(children);
  return (
    <Tag className={classes('list', variant)} data-testid={testId}>
      {items.map((item, index) => <li key={index}>{item}</li>)}
    </Tag>
  );
};

export const Divider = ({ size: thickness = 'sm', distance = 'sm', testId }: DividerProps) => (
  <hr className={classes('divider', `thick-${size(thickness)}`, `apart-${size(distance)}`)} data-testid={testId} />
);
export const Spacer = ({ size: given = 'md', testId }: SpacerProps) => (
  <div className={`spacer-${size(given)}`} data-testid={testId} />
);

export const StatusTag = ({ variant = 'default', hollow, onClick, showRemoveIcon, onRemoveClick, children, testId }: StatusTagProps) => {
  const names = classes('status-tag', variant, hollow && 'hollow');
  return (
    <span className={names} data-testid={testId}>
      {onClick ? <button type="button" className="bare" onClick={() => onClick()}>{children}</button> : children}
      {showRemoveIcon && <button type="button" className="bare" aria-label="Remove" onClick={() => onRemoveClick?.()}>×</button>}
    </span>
  );
};

export const Tooltip = ({ children, placement = 'top', testId }: TooltipProps) => (
  <span className={classes('tooltip', placement)} role="tooltip" data-testid={testId}>{children}</span>
);

export const DescriptionList = ({ direction = 'column', children, testId }: DescriptionListProps) => (
  <dl className={classes('description-list', direction)} data-testid={testId}>{children}</dl>
);
export const DescriptionListItem = ({ label, children, testId }: DescriptionListItemProps) => (
  <div data-testid={testId}><dt>{label}</dt><dd>{children}</dd></div>
);

export const Statistics = ({ children, testId }: StatisticsProps) => (
  <dl className="statistics" data-testid={testId}>{children}</dl>
);
export const StatisticsItem = ({ id, label, number, children, testId }: StatisticsItemProps) => (
  <div id={id} data-testid={testId}>
    <dt>{label}</dt>
    <dd><strong className="number">{number}</strong>{children}</dd>
  </div>
);
export const StatisticsTrend = ({ value, direction, color, testId }: StatisticsTrendProps) => {
  const up = direction === 'increase';
  return (
    <span className={classes('trend', color ?? (up ? 'green' : 'red'))} data-testid={testId}>
      <span aria-hidden>{up ? '▲' : '▼'}</span> <span className="sr-only">{up ? 'up' : 'down'}</span> {value}
    </span>
  );
};

export const ScoreCircle = ({ score, testId }: ScoreProps) => (
  <span className="score" role="img" aria-label={`Score ${score} of 100`} data-testid={testId}>{score}</span>
);

export const LoadingSpinner = ({ label, showLabel, size: given = 'sm', layout = 'inline', testId }: LoadingSpinnerProps) => (
  <div className={classes('loading', layout)} role="status" data-testid={testId}>
    <span className={classes('spinner', `spinner-${size(given)}`)} aria-hidden />
    <span className={showLabel ? undefined : 'sr-only'}>{label}</span>
  </div>
);

export const ProgressBar = (props: ProgressBarProps) => {
  const { title, value = 0, maxValue = props.valueMax ?? 100, valueDescription, showPercentage, variant, testId } = props;
  const id = useId();
  const percent = maxValue > 0 ? Math.round((100 * value) / maxValue) : 0;
  return (
    <div className={classes('progress', variant)} data-testid={testId}>
      {title && <label htmlFor={id}>{title}</label>}
      <progress id={id} value={value} max={maxValue || 1} aria-label={title ? undefined : (props['aria-label'] ?? valueDescription)} />
      <div className="microcopy">{valueDescription} {showPercentage && `${percent} %`}</div>
    </div>
  );
};

export const Alert = ({ title, variant = 'info', children, testId }: AlertProps) => {
  const kind = variant === 'error' ? 'danger' : variant;
  return (
    <section className={classes('alert', kind)} role={kind === 'danger' ? 'alert' : 'status'} data-testid={testId}>
      <strong>{title}</strong>
      {children && <div>{children}</div>}
    </section>
  );
};

export const EmptyState = ({ title = 'There is nothing here', layout = 'horizontal', flush, reverseOrder, children, testId }: EmptyStateProps) => (
  <section className={classes('state', layout, flush && 'flush', reverseOrder && 'reverse')} data-testid={testId}>
    <Illustration name="object" alt="" />
    <div><h3 className="heading">{title}</h3>{children}</div>
  </section>
);
export const ErrorState = ({ title = 'Something went wrong', type = 'error', children, testId }: ErrorStateProps) => (
  <section className={classes('state vertical error-state', type)} role="alert" data-testid={testId}>
    <span className="icon icon-alert icon-lg" aria-hidden>{type === 'lock' ? '▣' : '!'}</span>
    <div><h3 className="heading">{title}</h3>{children}</div>
  </section>
);

export const StepIndicator = (props: StepIndicatorProps) => {
  const { stepNames, currentStep = 0, direction = 'horizontal', variant = 'default', circleSize, onClick, testId } = props;
  return (
    <ol className={classes('steps', direction, variant, `circle-${size(circleSize)}`)} data-testid={testId}>
      {stepNames.map((name, step) => {
        const state = step < currentStep ? 'done' : step === currentStep ? 'current' : 'ahead';
        const shown = <><span className="circle" aria-hidden>{step < currentStep ? '✓' : step + 1}</span> {name}</>;
        return (
          <li key={name} className={state} aria-current={state === 'current' ? 'step' : undefined}>
            {onClick ? <button type="button" className="bare" onClick={() => onClick(step)}>{shown}</button> : shown}
          </li>
        );
      })}
    </ol>
  );
};
