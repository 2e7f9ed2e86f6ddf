// Renames the member that holds a model's reasoning. OpenRouter and newer vLLM send
// `reasoning`, many clients read `reasoning_content` (or the other way round).

const SCHEMA = {
  type: ['object', 'null'],
  properties: {
    from: { type: 'string', minLength: 1, default: 'reasoning' },
    to: { type: 'string', minLength: 1, default: 'reasoning_content' },
  },
  additionalProperties: false,
};

const settings = (config) => ({
  from: 'reasoning',
  to: 'reasoning_content',
  ...JSON.parse(config),
});

// The state of one answer: each attempt has an instance of its own.
let names;

export const plugin = {
  describe: () => ({
    name: 'rename-reasoning',
    version: '0.1.0',
    summary: 'Renames the member that holds the reasoning in answers',
    configSchema: JSON.stringify(SCHEMA),
  }),

  plan(config) {
    const { from, to } = settings(config);
    if (from === to) {
      throw { code: 'same-name', message: `"from" and "to" are both "${from}"` };
    }
    // Only events that hold the name are ever shown to this plugin.
    return {
      request: { tag: 'none' },
      response: { tag: 'any-of', val: [JSON.stringify(from)] },
      errors: { tag: 'none' },
    };
  },

  begin(config) {
    names = settings(config);
  },

  onRequest: () => ({ tag: 'unchanged' }),

  onEvent({ name, data }) {
    const answer = JSON.parse(data);
    let changed = false;
    for (const choice of answer.choices ?? []) {
      for (const holder of ['delta', 'message']) {
        const renamed = rename(choice[holder]);
        if (renamed) {
          choice[holder] = renamed;
          changed = true;
        }
      }
    }
    if (!changed) return { tag: 'unchanged' };
    const event = { name, data: JSON.stringify(answer) };
    return { tag: 'emit', val: { items: [{ tag: 'new', val: event }], keep: 0 } };
  },

  onEnd: () => [],
};

// A copy with the member renamed in its place; undefined if there is nothing to rename.
function rename(value) {
  const { from, to } = names;
  if (typeof value?.[from] !== 'string' || to in value) return undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key === from ? to : key, member]),
  );
}
