import type { OwnSession } from 'darkroom-client';
import { client } from '../session/session.ts';
import { Failed, Lines, Loading } from '../ui/states.tsx';
import { say } from '../ui/toasts.tsx';
import { useLoaded } from '../ui/useLoaded.ts';
import { sayAgo, sayError } from '../words.ts';
import { nameDevice } from './device.ts';

const Session = ({ session, onEnd }: { session: OwnSession; onEnd: () => void }) => (
  <li class="line">
    <div>
      <p class="strong" title={session.device ?? undefined}>
        {nameDevice(session.device)}
        {session.current && <span class="badge">This device</span>}
      </p>
      <p class="hint">
        Signed in {sayAgo(session.created_at)}
        {session.refreshed_at && `, last used ${sayAgo(session.refreshed_at)}`}
      </p>
    </div>
    {!session.current && (
      <button type="button" class="button small" onClick={onEnd}>
        End<span class="unseen"> the session of {nameDevice(session.device)}</span>
      </button>
    )}
  </li>
);

/** Where the account is signed in. */
export const Sessions = () => {
  const sessions = useLoaded(() => client.listSessions());
  const end = async (work: Promise<void>, left: (session: OwnSession) => boolean, done: string) => {
    try {
      await work;
      sessions.set((sessions.value.value ?? []).filter(left));
      say(done);
    } catch (error) {
      say(sayError(error));
    }
  };
  const found = sessions.value.value;
  return (
    <section class="part" aria-labelledby="sessions">
      <h2 id="sessions">Where you are signed in</h2>
      {sessions.error.value ? <Failed error={sessions.error.value} retry={sessions.reload} /> : null}
      {!found && !sessions.error.value && (
        <Loading what="Your sessions">
          <Lines count={2} />
        </Loading>
      )}
      {found && (
        <>
          <ul class="lined">
            {found.map((session) => (
              <Session
                key={session.id}
                session={session}
                onEnd={() =>
                  end(client.endSession(session.id), ({ id }) => id !== session.id, 'That session has ended.')
                }
              />
            ))}
          </ul>
          {found.length > 1 && (
            <button
              type="button"
              class="button"
              onClick={() =>
                end(client.endOtherSessions(), ({ current }) => current, 'All other sessions have ended.')
              }
            >
              End all other sessions
            </button>
          )}
        </>
      )}
    </section>
  );
};
