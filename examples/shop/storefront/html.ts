/** Text that is markup already, and so is not escaped again. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}

type Filling = Html | string | number | undefined | false | readonly Filling[];

/** A template for markup: what is filled in is escaped, unless it is {@link Html}; `undefined` and `false` leave nothing. */
export function html(parts: TemplateStringsArray, ...fillings: Filling[]): Html {
  return new Html(parts.map((part, index) => part + fill(fillings[index])).join(""));
}

function fill(filling: Filling): string {
  if (filling === undefined || filling === false) return "";
  if (filling instanceof Html) return filling.markup;
  if (Array.isArray(filling)) return filling.map(fill).join("");
  return String(filling).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
