import { addOrganization, openDeployment, systemRandom } from '#platform';
import { beside } from './beside.ts';
import { type Command, UsageError } from './command.ts';
import { dataOption } from './settings-flags.ts';

export const organization: Command = {
  name: 'organization',
  takesOperands: true,
  synopsis: 'create --name NAME --owner EMAIL',
  summary: 'Creates another organisation, separate from all others in everything, and its first owner.',
  options: {
    ...dataOption,
    name: { type: 'string', value: 'NAME', description: 'What the organisation is called' },
    owner: { type: 'string', value: 'EMAIL', description: 'The e-mail address of its first owner' },
    json: { type: 'boolean', description: 'Prints the result as JSON' },
  },
  async run(given) {
    const [name, email] = [given.text('name'), given.text('owner')];
    if (given.positionals.join(' ') !== 'create' || name === null || email === null)
      throw new UsageError('Say what to create: deponent organization create --name NAME --owner EMAIL');
    return beside(given, 'organization', async (house, { dataDirectory, deploymentKey }) => {
      const made = await addOrganization(house, openDeployment(dataDirectory, deploymentKey, systemRandom), { name, email });
      const password = made.password === null ? 'has an account here already' : `password ${made.password} (shown once)`;
      process.stdout.write(given.flag('json') ? `${JSON.stringify(made)}\n` : `Organisation ${made.organizationId}; its owner ${email}: ${password}\n`);
      return 0;
    });
  },
};
