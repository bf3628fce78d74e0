import { Input, Select, Toggle } from '@hubspot/ui-extensions';
import { SETTINGS } from '@invoice-sync/shared';
import { type MapName, MapField } from './MapField';
import { PeopleField } from './PeopleField';
import { optionsOf } from './options';
import { type Choices, LISTS, type SettingName, type Settings } from './sections';

export type FieldProps = {
  name: SettingName;
  settings: Settings;
  choices: Choices | null;
  readOnly: boolean;
  // Who connected the app last; empty when that is not known.
  connectedBy: string;
  onChange: (changed: Partial<Settings>) => void;
};

/** One setting, in the form that its values ask for. */
export function Field({ name, settings, choices, readOnly, connectedBy, onChange }: FieldProps) {
  const { label, about } = SETTINGS.fields[name];
  const common = { name, label, description: about, readOnly };
  switch (name) {
    case 'createCustomers':
    case 'recordPayments':
      return (
        <Toggle
          name={name}
          label={`${label}. ${about}`}
          readonly={readOnly}
          checked={settings[name]}
          onChange={(checked) => onChange({ [name]: checked })}
        />
      );
    case 'displayName':
    case 'onDisplayNameClash':
    case 'documentNumber':
    case 'serviceDate':
    case 'nativeSync':
      return (
        <Select
          {...common}
          value={settings[name]}
          options={Object.entries(SETTINGS.fields[name].options).map(([value, text]) => ({ value, label: text }))}
          onChange={(value) => onChange({ [name]: value })}
        />
      );
    case 'fallbackItemId':
    case 'feeItemId':
    case 'discountAccountId':
    case 'depositAccountId':
    case 'taxCodeId':
    case 'untaxedCodeId':
      return (
        <Select
          {...common}
          value={settings[name]}
          options={optionsOf(name, choices?.[LISTS[name]], settings[name], true)}
          onChange={(value) => onChange({ [name]: String(value) })}
        />
      );
    case 'sources':
      return (
        <Input
          {...common}
          value={settings.sources.join(', ')}
          onChange={(text: string) => onChange({ sources: listed(text) })}
        />
      );
    case 'terms':
    case 'taxCodes':
      return <MapField name={name satisfies MapName} {...{ settings, choices, readOnly, onChange }} />;
    case 'mayAct':
      return <PeopleField {...{ settings, readOnly, connectedBy, onChange }} />;
  }
}

/** The values of a list that is written with commas. */
export function listed(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}
