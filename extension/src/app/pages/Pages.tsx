import { hubspot, Text } from '@hubspot/ui-extensions';

export function Pages() {
  return <Text>-</Text>;
}

hubspot.extend<'pages'>(() => <Pages />);
