/** The object that a finding is about, in the words of its API. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Where an object was read from. */
export interface Origin {
  /** The file as the user would name it, or `undefined` for an object that came over an API. */
  readonly file: string | undefined;
  /** The line of a field such as `spec.http[1].retries`, or of the nearest field around it that is there; 1-based. */
  lineOf(path: string): number | undefined;
}

export const nowhere: Origin = { file: undefined, lineOf: () => undefined };

/** A field of an object, on its way from the root to where a finding points. */
export class FieldPath {
  readonly object: ObjectRef;
  readonly origin: Origin;
  readonly path: string;

  constructor(object: ObjectRef, origin: Origin, path = "") {
    this.object = object;
    this.origin = origin;
    this.path = path;
  }

  field(name: string): FieldPath {
    return new FieldPath(this.object, this.origin, this.path === "" ? name : `${this.path}.${name}`);
  }

  index(position: number): FieldPath {
    return new FieldPath(this.object, this.origin, `${this.path}[${position}]`);
  }

  get line(): number | undefined {
    return this.origin.lineOf(this.path);
  }
}
