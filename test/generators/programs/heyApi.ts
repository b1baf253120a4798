import { client } from './generated/client.gen.ts';
import { logIn, publishPhoto, register, uploadPhoto } from './generated/index.ts';
import type { Told } from './told.ts';

/** Registers, logs in, uploads and publishes with the client that @hey-api/openapi-ts generates, which sends forms by itself. */
export const run = async ({ username, image }: Told) => {
  const account = { username, password: 'correct horse' };
  await register({ body: account, throwOnError: true });
  const { data: session } = await logIn({ body: account, throwOnError: true });
  client.setConfig({ auth: () => session.access_token });
  const { data: draft } = await uploadPhoto({
    body: { caption: 'First light', file: image },
    throwOnError: true,
  });
  if (!('id' in draft)) throw new Error('One file is answered with one photo');
  const { data: photo } = await publishPhoto({ path: { id: draft.id }, throwOnError: true });
  const { error } = await publishPhoto({ path: { id: draft.id + 1_000_000 } });
  return { photo, code: error?.code };
};
