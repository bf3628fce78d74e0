// What people fill in. A value is told when it is committed: on leaving the field, on Enter, on a choice.
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import type {
  CheckboxProps, CurrencyInputProps, DateInputProps, FormProps, InputProps, MultiSelectProps, NumberInputProps,
  RadioButtonProps, SearchInputProps, SelectProps, StepperInputProps, TextAreaProps, TimeInputProps, ToggleGroupProps,
  ToggleProps,
} from '@hubspot/ui-extensions';
import { classes, plainEvent, reactions, useDraft, useId } from './shared';

type Around = {
  label?: string; description?: string; tooltip?: string; validationMessage?: string; error?: boolean; required?: boolean;
  testId?: string;
};
type Given = { id: string; required?: boolean; 'aria-invalid'?: boolean; 'aria-describedby'?: string };

/** A label, the field, and what is said about it. */
const Field = ({ around, children }: { around: Around; children: (given: Given) => ReactNode }) => {
  const { label, description, tooltip, validationMessage, error, required, testId } = around;
  const id = useId();
  const says = validationMessage || description || tooltip;
  return (
    <div className={classes('field', error && 'invalid')} data-testid={testId}>
      {label && <label htmlFor={id}>{label}{required && <span className="required" aria-hidden> *</span>}</label>}
      {(description || tooltip) && <div className="microcopy" id={`${id}-says`}>{[description, tooltip].filter(Boolean).join(' ')}</div>}
      {children({ id, required, 'aria-invalid': error, 'aria-describedby': says ? `${id}-says ${id}-valid` : undefined })}
      {validationMessage && <div className={error ? 'validation error' : 'validation'} id={`${id}-valid`}>{validationMessage}</div>}
    </div>
  );
};

/** Commit with Enter as with leaving; in a form Enter also submits it. */
const onEnter = (commit: () => void) => (event: KeyboardEvent) => event.key === 'Enter' && commit();

type TextLike = InputProps & { type?: string };
const TextField = (props: TextLike & { clearable?: boolean }) => {
  const { value, defaultValue = '', name, type = 'text', placeholder, readOnly, clearable, onChange, onInput, onBlur, onFocus } = props;
  const [draft, setDraft] = useDraft<string>(value, defaultValue);
  const [told, setTold] = useState(draft);
  const tell = (text: string) => {
    if (text !== told) onChange?.(text);
    setTold(text);
  };
  const write = (text: string) => {
    setDraft(text);
    onInput?.(text);
  };
  return (
    <Field around={props}>
      {(given) => (
        <span className="input-row">
          <input
            {...given} type={type} name={name} value={draft} placeholder={placeholder} readOnly={readOnly}
            onChange={(event) => write(event.target.value)} onFocus={() => onFocus?.(draft)} onKeyDown={onEnter(() => tell(draft))}
            onBlur={() => {
              tell(draft);
              onBlur?.(draft);
            }}
          />
          {clearable && draft && (
            <button type="button" className="bare" aria-label="Clear" onClick={() => { write(''); tell(''); }}>×</button>
          )}
        </span>
      )}
    </Field>
  );
};
export const Input = (props: InputProps) => <TextField {...props} />;
export const SearchInput = ({ clearable = true, ...props }: SearchInputProps) => <TextField {...props} clearable={clearable} />;

export const TextArea = (props: TextAreaProps) => {
  const { value, defaultValue = '', name, placeholder, readOnly, rows = 3, cols, maxLength, resize = 'vertical' } = props;
  const [draft, setDraft] = useDraft<string>(value, defaultValue);
  return (
    <Field around={props}>
      {(given) => (
        <textarea
          {...given} name={name} value={draft} placeholder={placeholder} readOnly={readOnly} rows={rows} cols={cols}
          maxLength={maxLength} style={{ resize }} onFocus={() => props.onFocus?.(draft)}
          onChange={(event) => {
            setDraft(event.target.value);
            props.onInput?.(event.target.value);
          }}
          onBlur={() => {
            if (draft !== (value ?? defaultValue)) props.onChange?.(draft);
            props.onBlur?.(draft);
          }}
        />
      )}
    </Field>
  );
};

const numberText = (value?: number | null) => (value === undefined || value === null ? undefined : String(value));
export const NumberInput = (props: NumberInputProps & { unit?: string; step?: number }) => {
  const { value, defaultValue, name, placeholder, readOnly, min, max, formatStyle, unit, step, onChange, onInput, onBlur, onFocus } = props;
  const [draft, setDraft] = useDraft<string>(numberText(value), numberText(defaultValue) ?? '');
  const [told, setTold] = useState(draft);
  const tell = () => {
    if (draft !== told && draft !== '') onChange?.(Number(draft));
    setTold(draft);
  };
  const sign = unit ?? (formatStyle === 'percentage' ? '%' : undefined);
  return (
    <Field around={props}>
      {(given) => (
        <span className="input-row">
          <input
            {...given} type="number" name={name} value={draft} placeholder={placeholder} readOnly={readOnly} min={min} max={max}
            step={step ?? 'any'} onFocus={() => onFocus?.(Number(draft))} onKeyDown={onEnter(tell)}
            onChange={(event) => {
              setDraft(event.target.value);
              onInput?.(Number(event.target.value));
            }}
            onBlur={() => {
              tell();
              onBlur?.(Number(draft));
            }}
          />
          {sign && <span className="unit">{sign}</span>}
        </span>
      )}
    </Field>
  );
};
export const CurrencyInput = ({ currency = 'USD', ...props }: CurrencyInputProps) => <NumberInput {...props} unit={currency} />;
export const StepperInput = ({ stepSize = 1, ...props }: StepperInputProps) => <NumberInput {...props} step={stepSize} />;

const two = (number: number) => String(number).padStart(2, '0');
type Day = NonNullable<DateInputProps['value']>;
/** HubSpot counts months from 0. */
const dayText = (day?: Day | null) => (day ? `${day.year}-${two(day.month + 1)}-${two(day.date)}` : undefined);

export const DateInput = (props: DateInputProps) => {
  const { value, defaultValue, name, readOnly, min, max, onChange, onBlur } = props;
  const [draft, setDraft] = useDraft<string>(value === null ? '' : dayText(value), dayText(defaultValue) ?? '');
  const day = (text: string) => {
    const [year, month, date] = text.split('-').map(Number);
    return { year: year!, month: month! - 1, date: date!, formattedDate: text };
  };
  return (
    <Field around={props}>
      {(given) => (
        <input
          {...given} type="date" name={name} value={draft} readOnly={readOnly} min={dayText(min)} max={dayText(max)}
          onChange={(event) => {
            setDraft(event.target.value);
            if (event.target.value) onChange?.(day(event.target.value));
          }}
          onBlur={() => draft && onBlur?.(day(draft))}
        />
      )}
    </Field>
  );
};

type Time = NonNullable<TimeInputProps['value']>;
const timeText = (time?: Time | null) => (time ? `${two(time.hours)}:${two(time.minutes)}` : undefined);
export const TimeInput = (props: TimeInputProps) => {
  const { value, defaultValue, name, readOnly, min, max, onChange } = props;
  const [draft, setDraft] = useDraft<string>(timeText(value), timeText(defaultValue) ?? '');
  const change = (text: string) => {
    const [hours, minutes] = text.split(':').map(Number);
    setDraft(text);
    if (text) onChange?.({ hours: hours!, minutes: minutes! });
  };
  return (
    <Field around={props}>
      {(given) => (
        <input
          {...given} type="time" name={name} value={draft} readOnly={readOnly} min={timeText(min)} max={timeText(max)}
          onChange={(event) => change(event.target.value)}
        />
      )}
    </Field>
  );
};

export const Select = (props: SelectProps) => {
  const { value, name, options = [], placeholder = 'Select an option', readOnly, variant = 'input', onChange } = props;
  const [draft, setDraft] = useDraft(value === undefined ? undefined : String(value), '');
  return (
    <Field around={props}>
      {(given) => (
        <select
          {...given} className={variant} name={name} value={draft} disabled={readOnly}
          onChange={(event) => {
            setDraft(event.target.value);
            const option = options.find((one) => String(one.value) === event.target.value);
            if (option) onChange?.(option.value);
          }}
        >
          {!options.some((one) => String(one.value) === draft) && <option value={draft}>{placeholder}</option>}
          {options.map((one) => <option key={String(one.value)} value={String(one.value)}>{one.label}</option>)}
        </select>
      )}
    </Field>
  );
};

export const MultiSelect = (props: MultiSelectProps) => {
  const { value, name, options = [], placeholder = 'Select options', readOnly, onChange } = props;
  const [chosen, setChosen] = useDraft<(string | number | boolean)[]>(value, []);
  const labels = options.filter((one) => chosen.includes(one.value)).map((one) => one.label);
  const turn = (option: string | number | boolean, on: boolean) => {
    const next = options.map((one) => one.value).filter((one) => (one === option ? on : chosen.includes(one)));
    setChosen(next);
    onChange?.(next);
  };
  return (
    <Field around={props}>
      {(given) => (
        <details className="multi-select">
          <summary id={given.id} aria-describedby={given['aria-describedby']}>{labels.join(', ') || placeholder}</summary>
          <div role="group" aria-label={props.label}>
            {options.map((one) => (
              <label key={String(one.value)} className="choice">
                <input
                  type="checkbox" name={name} value={String(one.value)} disabled={readOnly} checked={chosen.includes(one.value)}
                  onChange={(event) => turn(one.value, event.target.checked)}
                />
                {one.label}
              </label>
            ))}
          </div>
        </details>
      )}
    </Field>
  );
};

const Choice = (props: CheckboxProps & { type: 'checkbox' | 'radio' }) => {
  const { type, value = '', name, checked, initialIsChecked = false, description, inline, onChange, children, testId } = props;
  const [on, setOn] = useDraft(checked, initialIsChecked);
  return (
    <label className={classes('choice', inline && 'inline')} data-testid={testId}>
      <input
        type={type} name={name} value={value} checked={on} disabled={props.readOnly ?? props.readonly} aria-label={props['aria-label']}
        onChange={(event) => {
          setOn(event.target.checked);
          onChange?.(event.target.checked, value);
        }}
      />
      <span>{children}{description && <span className="microcopy">{description}</span>}</span>
    </label>
  );
};
export const Checkbox = (props: CheckboxProps) => <Choice {...props} type="checkbox" />;
export const RadioButton = (props: RadioButtonProps) => <Choice {...props} type="radio" />;

export const ToggleGroup = (props: ToggleGroupProps) => {
  const { toggleType = 'checkboxList', name, label, options = [], value, inline, required, error, validationMessage, tooltip, testId } = props;
  const radio = toggleType === 'radioButtonList';
  const given = value === undefined ? undefined : [value].flat();
  const [chosen, setChosen] = useDraft(given, options.filter((one) => one.initialIsChecked).map((one) => one.value));
  const id = useId();
  const turn = (option: string, on: boolean) => {
    const others = chosen.filter((one) => one !== option);
    const next = radio ? [option] : on ? [...others, option] : others;
    setChosen(next);
    if (radio) (props.onChange as ((value: string) => void) | undefined)?.(option);
    else (props.onChange as ((value: string[]) => void) | undefined)?.(next);
  };
  return (
    <fieldset className={classes('field', inline && 'inline', error && 'invalid')} data-testid={testId}>
      <legend>{label}{required && <span className="required" aria-hidden> *</span>}</legend>
      {tooltip && <div className="microcopy">{tooltip}</div>}
      {options.map((option) => (
        <label key={option.value} className="choice">
          <input
            type={radio ? 'radio' : 'checkbox'} name={`${name}-${id}`} value={option.value} checked={chosen.includes(option.value)}
            disabled={option.readOnly ?? option.readonly} onChange={(event) => turn(option.value, event.target.checked)}
          />
          <span>{option.label}{option.description && <span className="microcopy">{option.description}</span>}</span>
        </label>
      ))}
      {validationMessage && <div className={error ? 'validation error' : 'validation'}>{validationMessage}</div>}
    </fieldset>
  );
};

export const Toggle = (props: ToggleProps) => {
  const { label, labelDisplay = 'inline', checked, initialIsChecked = false, name, textChecked = 'ON', textUnchecked = 'OFF', onChange, testId } = props;
  const [on, setOn] = useDraft(checked, initialIsChecked);
  const id = useId();
  const turn = () => {
    if (checked === undefined) setOn(!on);
    onChange?.(!on);
  };
  return (
    <div className={classes('toggle', labelDisplay)} data-testid={testId}>
      <button
        type="button" role="switch" id={id} name={name} aria-checked={on} disabled={props.readOnly ?? props.readonly}
        aria-label={label} onClick={turn}
      >
        {on ? textChecked : textUnchecked}
      </button>
      {labelDisplay !== 'hidden' && <label htmlFor={id}>{label}</label>}
    </div>
  );
};

export const Form = ({ onSubmit, preventDefault = true, autoComplete, children, testId }: FormProps) => (
  <form
    autoComplete={autoComplete} data-testid={testId}
    onSubmit={(event) => {
      if (preventDefault) event.preventDefault();
      // A form in a modal lies inside the page's form, as far as React knows.
      event.stopPropagation();
      const targetValue = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
      void onSubmit?.({ ...plainEvent('submit'), targetValue }, reactions);
    }}
  >
    {children}
  </form>
);
