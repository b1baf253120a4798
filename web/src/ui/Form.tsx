import { useSignal } from '@preact/signals';
import { ProblemError } from 'darkroom-client';
import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useId, useRef } from 'preact/hooks';
import { sayError, sentence } from '../words.ts';

type State = { error: unknown; isBusy: boolean };

const FormState = createContext<State>({ error: undefined, isBusy: false });

type FormProps = {
  /** The form's filled fields. What it throws is shown beside the fields that it names. */
  onSend: (fields: Record<string, string>) => Promise<unknown>;
  children: ComponentChildren;
  class?: string;
  label?: string;
};

/** What is wrong with one field, by what the API said. */
const faultOf = (error: unknown, name: string) =>
  error instanceof ProblemError ? error.about(name) : undefined;

/** A form that sends itself once at a time. */
export const Form = ({ onSend, children, label, ...rest }: FormProps) => {
  const state = useSignal<State>({ error: undefined, isBusy: false });
  const form = useRef<HTMLFormElement>(null);
  const send = async (event: Event) => {
    event.preventDefault();
    if (state.value.isBusy || !form.current) return;
    const entries = [...new FormData(form.current)].filter(([, value]) => typeof value === 'string');
    state.value = { error: undefined, isBusy: true };
    try {
      await onSend(Object.fromEntries(entries) as Record<string, string>);
      state.value = { error: undefined, isBusy: false };
    } catch (error) {
      state.value = { error, isBusy: false };
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
    }
  };
  return (
    <FormState.Provider value={state.value}>
      <form ref={form} class={rest.class ?? 'form'} aria-label={label} onSubmit={send} noValidate>
        {children}
        <FormError />
      </form>
    </FormState.Provider>
  );
};

/** What no field of the form is to blame for. */
const FormError = () => {
  const { error } = useContext(FormState);
  const isBesideFields = error instanceof ProblemError && error.errors.length > 0;
  return (
    <p class="fault" role="alert">
      {error && !isBesideFields ? sayError(error) : ''}
    </p>
  );
};

type FieldProps = {
  name: string;
  label: string;
  type?: 'text' | 'password' | 'email' | 'number' | 'search';
  hint?: string;
  value?: string;
  autocomplete?: string;
  required?: boolean;
  multiline?: boolean;
  autofocus?: boolean;
  inputMode?: 'text' | 'decimal' | 'numeric' | 'email' | 'search';
  dir?: 'auto' | 'ltr';
};

/** A labelled input, with what is wrong with it beside it. */
export const Field = ({ name, label, hint, value, multiline, type, autofocus, ...rest }: FieldProps) => {
  const { error } = useContext(FormState);
  const id = useId();
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  useEffect(() => {
    if (autofocus) input.current?.focus();
  }, []);
  const fault = faultOf(error, name);
  const described = [fault && `${id}-fault`, hint && `${id}-hint`].filter(Boolean).join(' ');
  const shared = {
    ref: input,
    id,
    name,
    dir: 'auto' as const,
    'aria-invalid': fault ? ('true' as const) : undefined,
    'aria-describedby': described || undefined,
    ...rest,
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {multiline ? (
        <textarea {...shared} rows={3} defaultValue={value} />
      ) : (
        <input
          {...shared}
          type={(type ?? 'text') as 'text'}
          defaultValue={value}
          spellcheck={false}
          autocapitalize="none"
        />
      )}
      {fault && (
        <p class="fault" id={`${id}-fault`}>
          {sentence(fault)}
        </p>
      )}
      {hint && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
};

/** The button that sends the form. */
export const Submit = ({ children }: { children: ComponentChildren }) => {
  const { isBusy } = useContext(FormState);
  return (
    <button type="submit" class="button main" aria-disabled={isBusy} data-busy={isBusy || undefined}>
      {children}
    </button>
  );
};
