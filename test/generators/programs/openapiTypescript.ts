import createClient from 'openapi-fetch';
import type { paths } from './generated/schema.ts';
import type { Told } from './told.ts';

const asForm = (fields: Record<string, string | Blob>) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
};

/** Registers, logs in, uploads and publishes with the types that openapi-typescript generates, and openapi-fetch. */
export const run = async ({ origin, username, image }: Told) => {
  const api = createClient<paths>({ baseUrl: origin });
  const account = { username, password: 'correct horse' };
  await api.POST('/register', { body: account });
  const { data: session } = await api.POST('/login', { body: account });
  const headers = { Authorization: `Bearer ${session?.access_token}` };
  const { data: draft } = await api.POST('/photos', {
    headers,
    body: { caption: 'First light', file: image },
    bodySerializer: asForm as never,
  });
  if (!draft || !('id' in draft)) throw new Error('One file is answered with one photo');
  const publish = (id: number) => api.POST('/photos/{id}/publish', { headers, params: { path: { id } } });
  const { data: photo } = await publish(draft.id);
  const { error } = await publish(draft.id + 1_000_000);
  return { photo, code: error?.code };
};
