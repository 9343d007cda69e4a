import { visibleLine } from "#base/visible.ts";

/** From what a person must see to what only a debugging one wants to. */
export const logLevels = ["error", "warn", "info", "debug"] as const;
export type LogLevel = (typeof logLevels)[number];

export type LogFields = Readonly<Record<string, unknown>>;

/** Messages of one part of a program, named by its scope. */
export interface Log {
  error(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  /** A part of this part: its scope is `parent.scope`, and `fields` are on each of its lines. */
  child(scope: string, fields?: LogFields): Log;
}

export interface LogEntry {
  readonly at: Date;
  readonly level: LogLevel;
  readonly scope: string;
  readonly message: string;
  readonly fields: LogFields;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: "text" | "json";
  /** Takes each line, without its end. */
  readonly sink: (line: string) => void;
  readonly now: () => Date;
}

/**
 * A log on standard error. `STOD_LOG_LEVEL` and `STOD_LOG_FORMAT` set the level (`info`) and the format (`text`, or
 * `json` for machines) where the options do not.
 */
export function createLog(scope: string, options: Partial<LogOptions> = {}): Log {
  const { STOD_LOG_LEVEL: level, STOD_LOG_FORMAT: format } = process.env;
  return new ScopedLog(
    scope,
    {},
    {
      level: logLevels.find((known) => known === level) ?? "info",
      format: format === "json" ? "json" : "text",
      sink: (line) => void process.stderr.write(`${line}\n`),
      now: () => new Date(),
      ...options,
    },
  );
}

class ScopedLog implements Log {
  readonly #scope: string;
  readonly #fields: LogFields;
  readonly #options: LogOptions;

  constructor(scope: string, fields: LogFields, options: LogOptions) {
    this.#scope = scope;
    this.#fields = fields;
    this.#options = options;
  }

  error(message: string, fields?: LogFields): void {
    this.#write("error", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write("warn", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write("info", message, fields);
  }

  debug(message: string, fields?: LogFields): void {
    this.#write("debug", message, fields);
  }

  child(scope: string, fields: LogFields = {}): Log {
    return new ScopedLog(`${this.#scope}.${scope}`, { ...this.#fields, ...fields }, this.#options);
  }

  #write(level: LogLevel, message: string, fields: LogFields = {}): void {
    const { level: least, format, sink, now } = this.#options;
    if (logLevels.indexOf(level) > logLevels.indexOf(least)) return;
    const entry = { at: now(), level, scope: this.#scope, message, fields: { ...this.#fields, ...fields } };
    sink(format === "json" ? jsonLine(entry) : textLine(entry));
  }
}

/** `12:30:05.123 warn  xds.stream proxy went away proxy=reviews-v1-0 after=2s`, in UTC. */
export function textLine({ at, level, scope, message, fields }: LogEntry): string {
  const time = at.toISOString().slice(11, 23);
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  return [
    time,
    level.padEnd(5),
    scope,
    // What came from outside cannot fake a line of its own, nor send codes to a terminal.
    visibleLine(message),
    ...pairs.map(([key, value]) => `${visibleLine(`${key}=${shown(value)}`)}`),
  ].join(" ");
}

function jsonLine({ at, level, scope, message, fields }: LogEntry): string {
  return jsonOf({ ...fields, time: at.toISOString(), level, scope, message });
}

/** A value as JSON can hold it. An error is its message. */
function plain(value: unknown): unknown {
  if (value instanceof Error) return value.message;
  if (typeof value === "bigint") return String(value);
  return value;
}

function shown(value: unknown): string {
  const text = typeof value === "object" && !(value instanceof Error) ? jsonOf(value) : String(plain(value));
  return /^[^\s"=]+$/.test(text) || text.startsWith("{") || text.startsWith("[") ? text : JSON.stringify(text);
}

/** JSON of anything: a log line is no place to fall over what was to be logged. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value, (_key, field) => plain(field));
  } catch (thrown) {
    return JSON.stringify({ notShown: (thrown as Error).message.split("\n")[0] });
  }
}
