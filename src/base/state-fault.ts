/** Something in the state directory that cannot be used as it is: where it is, what is wrong, and what to do. */
export class StateFault extends Error {
  override readonly name = "StateFault";
  readonly path: string;
  /** What is so, as a clause without a full stop. */
  readonly says: string;
  /** The way out, as a whole sentence. */
  readonly help: string;

  constructor(path: string, says: string, help: string, options?: { readonly cause?: unknown }) {
    super(`${path}: ${says}. ${help}`, options);
    this.path = path;
    this.says = says;
    this.help = help;
  }
}
