import type { Product } from "../catalogue/products.ts";
import type { Reviews } from "../reviews/main.ts";
import { stockOf } from "../stock/client.ts";
import { type Answered, getJson, NoAnswer } from "../wires/http-client.ts";
import type { ServedBy } from "../wires/identity.ts";
import type { PassedOn } from "../wires/passed-on.ts";
import { addresses } from "./addresses.ts";

/** A part of the page: what a service said, or why it said nothing. */
export type Part<T> = { readonly value: T } | { readonly missing: string };

export interface Shelf {
  readonly product: Product;
  readonly reviews: Part<Reviews>;
  readonly left: Part<number>;
}

/** All that a page is made from. */
export interface Gathered {
  readonly shelves: Part<readonly Shelf[]>;
  /** Every answer that took part, one entry each. */
  readonly servedBy: readonly ServedBy[];
  /** Services that gave no answer, and why. */
  readonly missing: ReadonlyMap<string, string>;
}

/**
 * Asks every service for its part of a page, at the same time. A service that is away is missing from the page, and
 * costs nothing else.
 *
 * @param sku  the one product to show; `undefined` for all
 */
export async function gather(sku: string | undefined, passedOn: PassedOn): Promise<Gathered> {
  const servedBy: ServedBy[] = [];
  const missing = new Map<string, string>();

  async function part<T>(service: string, asking: Promise<Answered<T>>): Promise<Part<T>> {
    try {
      const answer = await asking;
      servedBy.push(...answer.servedBy);
      return { value: answer.value };
    } catch (reason) {
      if (!(reason instanceof NoAnswer)) throw reason;
      missing.set(service, reason.message);
      return { missing: reason.message };
    }
  }

  const wanted = sku === undefined ? products(passedOn) : product(sku, passedOn);
  const catalogue = await part("catalogue", wanted);
  if ("missing" in catalogue) return { shelves: catalogue, servedBy, missing };

  const skus = catalogue.value.map((each) => each.sku);
  const reviewing = skus.map((each) =>
    part("reviews", getJson<Reviews>(`${addresses.reviews}/reviews/${each}`, passedOn)),
  );
  const [stock, ...reviews] = await Promise.all([part("stock", stockOf(addresses.stock, skus)), ...reviewing]);
  for (const each of reviews) {
    if ("value" in each && each.value.ratingsMissing) missing.set("ratings", each.value.ratingsMissing);
  }
  const shelves = catalogue.value.map((product, index) => ({
    product,
    reviews: reviews[index]!,
    left: "value" in stock ? { value: stock.value[index] ?? 0 } : stock,
  }));
  return { shelves: { value: shelves }, servedBy, missing };
}

function products(passedOn: PassedOn): Promise<Answered<readonly Product[]>> {
  return getJson(`${addresses.catalogue}/products`, passedOn);
}

/** None or one. */
async function product(sku: string, passedOn: PassedOn): Promise<Answered<readonly Product[]>> {
  try {
    const one = await getJson<Product>(`${addresses.catalogue}/products/${encodeURIComponent(sku)}`, passedOn);
    return { value: [one.value], servedBy: one.servedBy };
  } catch (reason) {
    if (reason instanceof NoAnswer && reason.status === 404) return { value: [], servedBy: [] };
    throw reason;
  }
}
