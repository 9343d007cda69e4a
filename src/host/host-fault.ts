/** Something about this machine that stands in the way: where it is, what is so, and what to do. */
export class HostFault extends Error {
  override readonly name = "HostFault";
  /** What cannot be used, such as `port 8080` or `namespaces`; empty where it says so itself. */
  readonly where: string;
  /** What is so, as a clause without a full stop. */
  readonly says: string;
  /** The way out, as a whole sentence. */
  readonly help: string;

  constructor(where: string, says: string, help: string, options?: { readonly cause?: unknown }) {
    super(`${where === "" ? "" : `${where}: `}${says}. ${help}`, options);
    this.where = where;
    this.says = says;
    this.help = help;
  }
}
