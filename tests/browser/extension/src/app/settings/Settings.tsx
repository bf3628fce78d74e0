import { useState } from 'react';
import {
  Button, Checkbox, CurrencyInput, DateInput, Form, hubspot, Input, MultiSelect, NumberInput, RadioButton, SearchInput, Select, StepperInput,
  Text, TextArea, TimeInput, Toggle, ToggleGroup,
} from '@hubspot/ui-extensions';

const LETTERS = ['Alpha', 'Beta', 'Gamma'].map((label) => ({ label, value: label.toLowerCase() }));

/** Every field, and what it told last. */
const Settings = () => {
  const [told, setTold] = useState<Record<string, unknown>>({});
  const tell = (name: string) => (value: unknown) => setTold((all) => ({ ...all, [name]: value }));
  return (
    <Form onSubmit={({ targetValue }) => tell('submitted')(targetValue.words)}>
      <Input label="Words" name="words" required description="Some words" defaultValue="one" onChange={tell('words')} />
      <Input label="Wrong" name="wrong" error validationMessage="This is wrong" />
      <SearchInput label="Search" name="search" onChange={tell('search')} />
      <TextArea label="Text" name="text" onChange={tell('text')} />
      <NumberInput label="Number" name="number" value={Number(told.number ?? 3)} onChange={tell('number')} />
      <CurrencyInput label="Money" name="money" currency="EUR" onChange={tell('money')} />
      <StepperInput label="Steps" name="steps" onChange={tell('steps')} />
      <DateInput label="Day" name="day" value={{ year: 2026, month: 0, date: 31 }} onChange={tell('day')} />
      <TimeInput label="Time" name="time" onChange={tell('time')} />
      <Select label="Letter" name="letter" options={LETTERS} onChange={tell('letter')} />
      <MultiSelect label="Letters" name="letters" options={LETTERS} value={['beta']} onChange={tell('letters')} />
      <ToggleGroup label="One of them" name="one" toggleType="radioButtonList" options={LETTERS} value={String(told.one ?? 'alpha')} onChange={tell('one')} />
      <ToggleGroup label="Some of them" name="some" toggleType="checkboxList" options={LETTERS} onChange={tell('some')} />
      <Toggle label="On or off" checked={Boolean(told.on)} onChange={tell('on')} />
      <Checkbox name="agreed" description="It is well meant" onChange={tell('agreed')}>Agreed</Checkbox>
      <RadioButton name="radio" onChange={tell('radio')}>Radio</RadioButton>
      <Button type="submit" variant="primary">Save</Button>
      <Text testId="told">{JSON.stringify(told)}</Text>
    </Form>
  );
};
hubspot.extend<'settings'>(() => <Settings />);
