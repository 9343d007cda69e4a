import type { Product } from "../catalogue/products.ts";
import { Html, html } from "./html.ts";

/** Body colour, shade and inside of each glaze. */
const glazes: Readonly<Record<Product["glaze"], readonly [body: string, shade: string, inside: string]>> = {
  ash: ["#d9d2c3", "#b3a892", "#8f8570"],
  cobalt: ["#3f5f99", "#2a4372", "#1d2f52"],
  celadon: ["#9dbfa8", "#77a086", "#55785f"],
  oxide: ["#b5563c", "#8a3c29", "#5f291c"],
  ochre: ["#d9a441", "#b07f28", "#7c581a"],
  tenmoku: ["#4a3b34", "#2e2420", "#1c1613"],
};

/** A pot is a silhouette with an opening; both sit on a ground line at 172 of 200. */
const shapes: Readonly<Record<string, { readonly body: string; readonly behind?: string; readonly opening?: string }>> =
  {
    teapot: {
      body: "M48 108c0 28 14 52 26 64h52c12-12 26-36 26-64 0-20-24-30-52-30s-52 10-52 30zM124 82c0-14-10-21-24-21s-24 7-24 21z",
      behind:
        "M150 104c22-4 22-24 34-30l6 8c-10 6-10 40-34 52zM56 96c-40-14-48 44 4 56l2-12c-30-8-28-38-6-32zM91 54a9 9 0 1 1 18 0l-3 14h-12z",
    },
    cup: {
      body: "M58 84c0 40 2 72 16 88h52c14-16 16-48 16-88z",
      opening: "M100 72c23 0 42 5 42 12s-19 12-42 12-42-5-42-12 19-12 42-12z",
    },
    bowl: {
      body: "M32 96c2 38 28 64 46 66l-4 10h52l-4-10c18-2 44-28 46-66z",
      opening: "M100 82c38 0 68 6 68 14s-30 14-68 14-68-6-68-14 30-14 68-14z",
    },
    vase: {
      body: "M88 44c2 18-2 26-16 42-20 24-18 66 4 86h48c22-20 24-62 4-86-14-16-18-24-16-42z",
      opening: "M100 39c8 0 13 2 13 5s-5 5-13 5-13-2-13-5 5-5 13-5z",
      behind: "M98 46C96 30 104 22 100 6h3c4 16-3 24-1 40zM101 22c8-12 18-12 22-10-4 8-14 12-22 10z",
    },
    jug: {
      body: "M62 52c-4-4-14-6-18-6 6 6 16 14 18 26 2 14-8 28-8 52 0 22 8 38 18 48h58c10-10 18-26 18-48 0-30-12-40-12-72z",
      behind: "M132 66c44-12 52 62 4 72l-2-12c28-8 26-54-2-46z",
      opening: "M98 44c22 0 38 4 38 9s-16 9-38 9c-30 0-50-12-54-16 12 2 22-2 54-2z",
    },
    plate: {
      body: "M14 138c10 20 44 30 60 31v3h52v-3c16-1 50-11 60-31z",
      opening: "M100 122c48 0 86 7 86 16s-38 16-86 16-86-7-86-16 38-16 86-16z",
    },
  };

/** A drawing of a product, coloured by its glaze; nothing is loaded for it. */
export function picture({ sku, glaze, name }: Product): Html {
  const { body, behind, opening } = shapes[sku] ?? shapes.bowl!;
  const [main, shade, inside] = glazes[glaze];
  const light = `light-${sku}`;
  return html`<svg class="picture" viewBox="0 0 200 200" role="img" aria-label="${name}">
  <defs><linearGradient id="${light}" x1="0" x2="1"><stop offset="0" stop-color="${shade}"/><stop
    offset=".3" stop-color="${main}"/><stop offset=".62" stop-color="${main}"/><stop offset="1" stop-color="${shade}"/></linearGradient>
    <clipPath id="cut-${sku}"><path d="${body}"/></clipPath></defs>
  <ellipse cx="100" cy="174" rx="74" ry="7" class="ground"/>
  ${behind && html`<path d="${behind}" fill="${sku === "vase" ? "#6f8a52" : shade}"/>`}
  <path d="${body}" fill="url(#${light})"/>
  <g clip-path="url(#cut-${sku})"><rect y="163" width="200" height="12" fill="#c9a581"/>
    <path d="M0 164c30-5 50 3 80-1s80 4 120-2v-9H0z" fill="${main}" opacity=".55"/>${specks(sku)}</g>
  ${opening && html`<path d="${opening}" fill="${inside}"/>`}
</svg>`;
}

/** The iron specks of stoneware: always at the same places for the same product. */
function specks(seed: string): Html {
  let state = [...seed].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  const next = (range: number) => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return Math.round((state / 2 ** 32) * range);
  };
  const dots = Array.from({ length: 26 }, () => `M${20 + next(160)} ${50 + next(110)}h.1`).join("");
  return new Html(`<path d="${dots}" stroke="#2b201a" stroke-width="1.7" stroke-linecap="round" opacity=".42"/>`);
}
